//! Any text as an expression: of a rule, of a row, of an exemption, and by itself.

use super::{judged, places};
use rule_engine::evaluate_constant;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a rule may name beside the fields.
const RESOURCES: &str = r#"---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: t}
spec:
  type: duration
  rows:
    - {kind: presale, expression: order.requested_ship_at - order.paid_at}
    - {when: 'order.amount > 3.0 && elapsed(order.paid_at) > duration("64m")', value: 96m}
  default: 24h
---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: n}
spec:
  type: int
  rows: [{when: 'has(order.paid_at)', value: 1}]
  default: 2
---
apiVersion: orderwatch/v1
kind: Calendar
metadata: {name: c}
spec:
  timeZone: Asia/Shanghai
  weekly:
    monday: ["09:00-18:00"]
    wednesday: ["00:00-00:32", "00:48-01:36", "02:24-24:00"]
    friday: ["00:00-24:00"]
  overrides:
    "2026-11-11..2026-11-12": {hours: ["00:00-24:00"], reason: promotion}
"#;

/// Any text is answered, with places inside it; what passes is a condition like any other.
pub fn expression(text: &str) {
    if let Err(faults) = evaluate_constant(text, &BTreeMap::new()) {
        places::lie_within(text, &faults);
    }
    let alone = format!("{RESOURCES}{}", rule("r", text));
    let Some(rules) = places::rules(&alone, text) else {
        return;
    };
    judged::keeps_its_promises(&rules);
    let denied = format!("!({text}\n)");
    let mut beside = format!("{alone}{}{}", rule("denied", &denied), exemption(text));
    if !text.contains("threshold") {
        beside.push_str(&table(text));
    }
    // What is denied is longer and deeper, and may be too much.
    if let Some(rules) = places::rules(&beside, &denied) {
        judged::keeps_its_promises(&rules);
    }
}

fn rule(name: &str, condition: &str) -> String {
    format!(
        "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: {name}}}\n\
         spec: {{scenario: s, severity: low, title: {{en: T}}, condition: {}}}\n",
        quoted(condition)
    )
}

fn exemption(condition: &str) -> String {
    format!(
        "---\napiVersion: orderwatch/v1\nkind: Exemption\nmetadata: {{name: e}}\n\
         spec: {{reason: r, owner: o, expires: 2026-11-15T00:00:00Z, entries: [{{when: {}}}]}}\n",
        quoted(condition)
    )
}

fn table(condition: &str) -> String {
    let condition = quoted(condition);
    format!(
        "---\napiVersion: orderwatch/v1\nkind: Threshold\nmetadata: {{name: u}}\n\
         spec: {{type: bool, rows: [{{when: {condition}, value: true}}, \
         {{tier: vip, expression: {condition}}}], default: false}}\n"
    )
}

/// A text in YAML, whatever is in it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => {
                let written = write!(quoted, "\\U{:08X}", u32::from(character));
                written.unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
    quoted.push('"');
    quoted
}
