//! Customs: a plain list of declarations, of no real vendor.

use order::{Fact, Span, Timestamp};
use serde_json::{Value as Json, json};

use super::credentials::Credentials;
use super::ledger::Ledger;
use super::listing::{self, Listing};
use super::rows::Read;
use super::wire::{Answer, Request};
use crate::life::Entity;
use crate::shop::Day;

/// Where declarations are listed.
pub(super) const DECLARATIONS: &str = "/customs/declarations";

/// The clock of customs is slow.
const LISTING: Listing = Listing {
    path: DECLARATIONS,
    key: "declarations",
    skew: Span::from_seconds(-45),
};

/// Answers too many requests.
pub(super) fn throttle() -> Answer {
    listing::throttle()
}

pub(super) fn declarations(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    LISTING.read(ledger, &credentials.token, request, now, |version| {
        let life = day.lives().get(version.subject.index as usize)?;
        let entity = Entity::Declaration(version.subject.part);
        let declaration = life.fact(entity, version.at)?;
        Some(json!({
            "number": declaration.entity_id().to_string(),
            "order": life.order_id().to_string(),
            "status": declaration.attribute("status").as_text(),
            "declared_at": instant(&declaration, "declared_at"),
            "held_at": instant(&declaration, "held_at"),
            "cleared_at": instant(&declaration, "cleared_at"),
            "version": version.number,
            "updated_at": (version.at + LISTING.skew).to_string(),
        }))
    })
}

fn instant(fact: &Fact, name: &str) -> Json {
    let instant = fact.attribute(name).as_timestamp();
    instant.map_or(Json::Null, |instant| instant.to_string().into())
}
