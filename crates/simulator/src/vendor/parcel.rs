//! The history of a parcel, as a carrier tells it: one line for everything that was written.

use order::{Timestamp, Value};
use serde_json::{Value as Json, json};

use super::wire::wall;
use crate::life::{Entity, Life, Write};

/// One line of the history, by 快递100's codes of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    at: Timestamp,
    code: &'static str,
}

const LABELLED: &str = "101";
const COLLECTED: &str = "103";
const ON_THE_WAY: &str = "1002";
const CORRECTED: &str = "0";

/// What a field that was written says of the parcel.
const CODES: [(&str, &str); 7] = [
    ("label_created_at", LABELLED),
    ("handed_over_at", COLLECTED),
    ("problem_at", "2"),
    ("out_for_delivery_at", "5"),
    ("delivered_at", "301"),
    ("refused_at", "14"),
    ("returned_at", "4"),
];

/// Writes a parcel as it was known at an instant, in the shape of `param` of a push; none
/// before it exists.
pub(super) fn write(life: &Life, number: u8, as_of: Timestamp) -> Option<Json> {
    let parcel = life.fact(Entity::Shipment(number), as_of)?;
    let lines = history(life, number, as_of);
    let newest = lines.first()?;
    let state = state(newest.code);
    let is_over = matches!(state, "3" | "4");
    let data = lines.iter().map(|line| {
        let at = wall(line.at);
        json!({
            "time": at,
            "ftime": at,
            "context": context(line.code),
            "statusCode": line.code,
        })
    });
    Some(json!({
        "status": if is_over { "shutdown" } else { "polling" },
        "billstatus": "change",
        "message": "",
        "lastResult": {
            "message": "ok",
            "nu": parcel.entity_id().to_string(),
            "com": parcel.attribute("carrier").as_text(),
            "ischeck": if state == "3" { "1" } else { "0" },
            "status": "200",
            "state": state,
            "data": data.collect::<Vec<_>>(),
        },
    }))
}

/// The lines, newest first.
fn history(life: &Life, number: u8, as_of: Timestamp) -> Vec<Line> {
    let entity = Entity::Shipment(number);
    let writes = life.writes().iter();
    let known: Vec<_> = writes
        .filter(|write| write.entity == entity && write.at <= as_of)
        .collect();
    let mut lines: Vec<Line> = Vec::new();
    for moment in known.chunk_by(|a, b| a.at == b.at) {
        tell(moment, &mut lines);
    }
    lines.reverse();
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines
}

/// Adds what was written at one moment. A handover that is corrected takes the place of the
/// wrong one, and is a line of its own besides.
fn tell(moment: &[&Write], lines: &mut Vec<Line>) {
    for write in moment {
        let (Some(at), Some(code)) = (write.value.as_timestamp(), code(write.field)) else {
            continue;
        };
        let before = lines.iter_mut().find(|line| line.code == code);
        match before.filter(|_| code == COLLECTED) {
            Some(wrong) => {
                wrong.at = at;
                let at = write.at;
                lines.push(Line {
                    at,
                    code: CORRECTED,
                });
            }
            None => lines.push(Line { at, code }),
        }
    }
    let scanned = moment.iter().filter(|write| write.field == "last_scan_at");
    for at in scanned.filter_map(|write| write.value.as_timestamp()) {
        let is_told = moment.iter().any(|write| {
            let same = matches!(write.value, Value::Timestamp(other) if other == at);
            same && code(write.field).is_some()
        });
        if !is_told {
            let code = ON_THE_WAY;
            lines.push(Line { at, code });
        }
    }
}

fn code(field: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(name, _)| *name == field);
    found.map(|(_, code)| *code)
}

/// The state of a parcel whose newest line has that code.
fn state(code: &str) -> &str {
    match code {
        LABELLED | COLLECTED => "1",
        ON_THE_WAY => "0",
        "301" => "3",
        other => other,
    }
}

fn context(code: &str) -> &'static str {
    match code {
        LABELLED => "已下单,等待揽收",
        COLLECTED => "快件已揽收",
        ON_THE_WAY => "快件运输中",
        "2" => "快件异常,处理中",
        "5" => "快件派送中",
        "301" => "已签收",
        "14" => "收件人拒签",
        "4" => "快件已退回",
        _ => "揽收时间已更正",
    }
}
