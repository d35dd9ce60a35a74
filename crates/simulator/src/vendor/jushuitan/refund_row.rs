//! One refund as 聚水潭 lists it.

use serde_json::{Value as Json, json};

use super::order_row::{amount, clock, text};
use super::row_version;
use crate::life::Entity;
use crate::shop::Day;
use crate::vendor::ledger::Version;
use crate::vendor::wire::wall;

/// Number of the shop's first refund in the ERP.
const FIRST_REFUND: u32 = 70_500_000;

pub(super) fn write(day: &Day, version: &Version) -> Option<Json> {
    let life = day.lives().get(version.subject.index as usize)?;
    let refund = life.fact(Entity::Refund(version.subject.part), version.at)?;
    Some(json!({
        "as_id": FIRST_REFUND + version.subject.index * 10 + u32::from(version.subject.part),
        "outer_as_id": refund.entity_id().to_string(),
        "so_id": life.order_id().to_string(),
        "type": "仅退款",
        "status": text(&refund, "status"),
        "refund": amount(&refund, "amount"),
        "as_date": clock(&refund, "requested_at"),
        "confirm_date": clock(&refund, "approved_at"),
        "finish_date": clock(&refund, "completed_at"),
        "modified": wall(version.at),
        "ts": row_version(version),
    }))
}
