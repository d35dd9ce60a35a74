//! Orders and rule sets, made quickly.

use order::{EntityKind, Fact, OrderView, Revision, Timestamp, Value};
use rule_engine::{Faults, RuleSet};
use std::sync::Arc;

/// 2026-11-11T00:00:00Z in microseconds, a Wednesday.
pub(crate) const ORIGIN: i64 = 1_794_355_200_000_000;
const MINUTE: i64 = 60_000_000;

/// The instant so many minutes after the origin.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(ORIGIN + minutes * MINUTE)
}

pub(crate) fn instant(minutes: i64) -> Value {
    Value::Timestamp(at(minutes))
}

pub(crate) fn fact(
    kind: EntityKind,
    id: &str,
    revision: i64,
    attributes: impl IntoIterator<Item = (&'static str, Value)>,
) -> Fact {
    let order = (!kind.is_shared()).then(|| "o-1".parse().unwrap());
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (Arc::from(name), value))
        .collect();
    Fact::new(
        "erp".parse().unwrap(),
        kind,
        id.parse().unwrap(),
        order,
        Revision(revision),
        attributes,
    )
    .unwrap()
}

pub(crate) fn view(rule_set: &RuleSet, facts: &[Fact]) -> OrderView {
    OrderView::join(rule_set.catalogue(), "o-1".parse().unwrap(), facts)
}

/// A rule document; a JSON text is a YAML text.
pub(crate) fn rule_document(name: &str, condition: &str) -> String {
    let condition = serde_json::to_string(condition).unwrap();
    format!(
        "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: {name}}}\n\
         spec: {{scenario: test, severity: high, title: {{en: T}}, condition: {condition}}}\n"
    )
}

/// What the rules of these tests may name beside the catalogue.
pub(crate) const RESOURCES: &str = r#"---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec:
  type: duration
  rows:
    - {when: 'customer.tier == "vip"', value: 32m}
    - {when: 'order.amount > 3.0 && elapsed(order.paid_at) > duration("64m")', value: 96m}
  default: 64m
---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: many-lines}
spec:
  type: int
  rows: [{when: 'has(order.paid_at)', value: 1}]
  default: 2
---
apiVersion: orderwatch/v1
kind: Calendar
metadata: {name: warehouse}
spec:
  timeZone: UTC
  weekly:
    tuesday: ["22:24-23:28"]
    wednesday: ["00:00-00:32", "00:48-01:36", "02:24-24:00"]
    friday: ["00:00-24:00"]
"#;

pub(crate) fn rule_set(conditions: &[&str]) -> Result<RuleSet, Faults> {
    let mut yaml = RESOURCES.to_owned();
    for (index, condition) in conditions.iter().enumerate() {
        yaml.push_str(&rule_document(&format!("r{index:03}"), condition));
    }
    RuleSet::parse(1, &yaml)
}
