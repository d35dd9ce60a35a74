//! 快递100: a query of one parcel, and, as it has none, a list of changes of the simulator's own.

use md5::{Digest, Md5};
use order::{Span, Timestamp};
use serde_json::{Value as Json, json};

use super::credentials::Credentials;
use super::ledger::{Ledger, Version};
use super::listing::{self, Listing};
use super::parcel;
use super::rows::{Feed, Read};
use super::wire::{Answer, Request};
use crate::life::Entity;
use crate::shop::Day;

/// Where one parcel is asked for.
pub(super) const QUERY: &str = "/kuaidi100/poll/query.do";
/// Where the simulator lists what changed.
pub(super) const CHANGES: &str = "/kuaidi100/changes";

/// The clock that dates changes is fast.
const LISTING: Listing = Listing {
    path: CHANGES,
    key: "changes",
    skew: Span::from_seconds(50),
};

/// Answers too many requests.
pub(super) fn throttle() -> Answer {
    listing::throttle()
}

/// Signs as 快递100 does: upper-case MD5 of the parts, one after the other.
pub(super) fn sign(parts: &[&str]) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hex::encode_upper(hash.finalize())
}

pub(super) fn changes(
    day: &Day,
    ledger: &Ledger,
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Read {
    LISTING.read(ledger, &credentials.token, request, now, |version| {
        let life = day.lives().get(version.subject.index as usize)?;
        Some(json!({
            "order": life.order_id().to_string(),
            "updated_at": (version.at + LISTING.skew).to_string(),
            "param": written(day, version)?,
        }))
    })
}

pub(super) fn written(day: &Day, version: &Version) -> Option<Json> {
    let life = day.lives().get(version.subject.index as usize)?;
    parcel::write(life, version.subject.part, version.at)
}

/// Answers the query of one parcel.
pub(super) fn query(
    day: &Day,
    ledgers: &[Ledger],
    credentials: &Credentials,
    request: &Request,
    now: Timestamp,
) -> Answer {
    let form = request.form();
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    };
    let (param, customer) = (field("param"), field("customer"));
    if field("sign") != sign(&[param, &credentials.key, customer]) {
        return failed("503", "验证签名失败");
    }
    let param: Json = serde_json::from_str(param).unwrap_or_default();
    let Some(number) = param.get("num").and_then(Json::as_str) else {
        return failed("400", "找不到对应公司或单号");
    };
    let versions = ledgers[Feed::Parcels as usize].rows(0, now);
    let found = versions.filter(|version| is_of(day, version, number));
    match found.last().and_then(|version| written(day, version)) {
        Some(parcel) => Answer::json(200, &parcel["lastResult"]),
        None => failed("500", "查询无结果，请隔段时间再查"),
    }
}

fn is_of(day: &Day, version: &Version, number: &str) -> bool {
    let life = day.lives().get(version.subject.index as usize);
    let entity = Entity::Shipment(version.subject.part);
    life.is_some_and(|life| entity.id(life.order_id()) == number)
}

fn failed(code: &str, message: &str) -> Answer {
    Answer::json(
        200,
        &json!({"result": false, "returnCode": code, "message": message}),
    )
}
