//! What rules would do.

use contracts::event::v1 as event;
use contracts::rules::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::{Detailed, Row, table};
use crate::time::optional;

/// What would become of verdicts under another rule set.
#[derive(Debug, Serialize)]
pub(crate) struct Impact {
    rule_set: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    unchanged: bool,
    orders: i64,
    orders_in_flight: i64,
    #[serde(skip_serializing_if = "is_none")]
    unreadable: i64,
    rules_judged: Vec<String>,
    warnings: Vec<String>,
    total: Effect,
    in_flight: Effect,
    by_rule: Vec<Group>,
    by_scenario: Vec<Group>,
    by_warehouse: Vec<Group>,
    examples: Vec<Example>,
}

/// Transitions counted.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Effect {
    opened: i64,
    updated: i64,
    cleared: i64,
    retracted: i64,
    retroactive: i64,
    exempted: i64,
    exemption_ended: i64,
    mode_changed: i64,
    orders: i64,
    open_before: i64,
    open_after: i64,
    ticketed_before: i64,
    ticketed_after: i64,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    shadow: bool,
    #[serde(flatten)]
    effect: Effect,
}

/// One exception that something would be told of.
#[derive(Debug, Serialize)]
struct Example {
    order_id: String,
    rule: String,
    scenario: String,
    what: String,
    warehouse: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Glimpse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Glimpse>,
    exception_id: String,
}

#[derive(Debug, Serialize)]
struct Glimpse {
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    exempt_by: String,
    shadow: bool,
}

impl Impact {
    /// Takes what was found over a number of orders.
    pub(crate) fn new(orders: i64, impact: wire::Impact) -> Self {
        let groups = |groups: Vec<wire::EffectGroup>| groups.into_iter().map(Group::from).collect();
        Self {
            rule_set: impact.rule_set,
            at: optional(impact.at.as_ref()),
            unchanged: impact.unchanged,
            orders,
            orders_in_flight: impact.orders_in_flight,
            unreadable: impact.unreadable,
            rules_judged: impact.rules_judged,
            warnings: impact.warnings,
            total: impact.total.unwrap_or_default().into(),
            in_flight: impact.in_flight.unwrap_or_default().into(),
            by_rule: groups(impact.by_rule),
            by_scenario: groups(impact.by_scenario),
            by_warehouse: groups(impact.by_warehouse),
            examples: impact.examples.into_iter().map(Example::from).collect(),
        }
    }

    /// The one sentence that says it all.
    fn headline(&self) -> String {
        if self.unchanged {
            return format!(
                "says what rule set {} says: nothing would change",
                self.rule_set
            );
        }
        let total = self.total;
        let mut parts = vec![format!("opens {}", total.opened)];
        for (count, what) in [
            (total.cleared, "clears"),
            (total.retracted, "retracts"),
            (total.updated, "updates"),
            (total.exempted, "exempts"),
            (total.exemption_ended, "ends the exemption of"),
            (total.mode_changed, "changes the mode of"),
            (total.retroactive, "finds as over already"),
        ] {
            if count > 0 {
                parts.push(format!("{what} {count}"));
            }
        }
        format!(
            "{} in {} of {} orders ({} in flight); open {} -> {}, with tickets {} -> {}",
            parts.join(", "),
            total.orders,
            self.orders,
            self.orders_in_flight,
            total.open_before,
            total.open_after,
            total.ticketed_before,
            total.ticketed_after,
        )
    }
}

impl Detailed for Impact {
    fn describe(&self) -> String {
        let mut parts = vec![self.headline()];
        if self.unreadable > 0 {
            parts.push(format!("{} orders cannot be read", self.unreadable));
        }
        parts.extend(
            self.warnings
                .iter()
                .map(|warning| format!("warning: {warning}")),
        );
        for (title, groups) in [
            ("BY RULE", &self.by_rule),
            ("BY SCENARIO", &self.by_scenario),
            ("BY WAREHOUSE", &self.by_warehouse),
        ] {
            let told: Vec<&Group> = groups
                .iter()
                .filter(|group| group.effect.orders > 0)
                .collect();
            if !told.is_empty() {
                parts.push(format!("\n{title}\n{}", table(&told)));
            }
        }
        if !self.examples.is_empty() {
            let examples: Vec<&Example> = self.examples.iter().collect();
            parts.push(format!("\nEXAMPLES\n{}", table(&examples)));
        }
        parts.join("\n")
    }
}

impl Row for &Group {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "OPENED",
        "CLEARED",
        "RETRACTED",
        "UPDATED",
        "EXEMPT",
        "OVER",
        "ORDERS",
        "OPEN",
        "TICKETED",
    ];

    fn cells(&self) -> Vec<String> {
        let effect = self.effect;
        let name = match (self.name.as_str(), self.shadow) {
            ("", _) => "-".to_owned(),
            (name, true) => format!("{name} (shadow)"),
            (name, false) => name.to_owned(),
        };
        vec![
            name,
            effect.opened.to_string(),
            effect.cleared.to_string(),
            effect.retracted.to_string(),
            (effect.updated + effect.mode_changed).to_string(),
            format!("+{} -{}", effect.exempted, effect.exemption_ended),
            effect.retroactive.to_string(),
            effect.orders.to_string(),
            format!("{} -> {}", effect.open_before, effect.open_after),
            format!("{} -> {}", effect.ticketed_before, effect.ticketed_after),
        ]
    }
}

impl Row for &Example {
    const COLUMNS: &'static [&'static str] =
        &["ORDER", "WAREHOUSE", "RULE", "WHAT", "BEFORE", "AFTER"];

    fn cells(&self) -> Vec<String> {
        let shown = |glimpse: &Option<Glimpse>| glimpse.as_ref().map(Glimpse::shown);
        vec![
            self.order_id.clone(),
            self.warehouse.clone(),
            self.rule.clone(),
            self.what.clone(),
            shown(&self.before).unwrap_or_default(),
            shown(&self.after).unwrap_or_default(),
        ]
    }
}

impl Glimpse {
    fn shown(&self) -> String {
        let mut shown = format!(
            "{} {}",
            self.state,
            self.opened_at.as_deref().unwrap_or_default()
        );
        if let Some(cleared_at) = &self.cleared_at {
            shown.push_str(&format!("..{cleared_at}"));
        }
        if !self.exempt_by.is_empty() {
            shown.push_str(&format!(" exempt by {}", self.exempt_by));
        }
        if self.shadow {
            shown.push_str(" shadow");
        }
        shown
    }
}

impl From<wire::Effect> for Effect {
    fn from(effect: wire::Effect) -> Self {
        Self {
            opened: effect.opened,
            updated: effect.updated,
            cleared: effect.cleared,
            retracted: effect.retracted,
            retroactive: effect.retroactive,
            exempted: effect.exempted,
            exemption_ended: effect.exemption_ended,
            mode_changed: effect.mode_changed,
            orders: effect.orders,
            open_before: effect.open_before,
            open_after: effect.open_after,
            ticketed_before: effect.ticketed_before,
            ticketed_after: effect.ticketed_after,
        }
    }
}

impl From<wire::EffectGroup> for Group {
    fn from(group: wire::EffectGroup) -> Self {
        Self {
            name: group.name,
            shadow: group.shadow,
            effect: group.effect.unwrap_or_default().into(),
        }
    }
}

impl From<wire::EffectExample> for Example {
    fn from(example: wire::EffectExample) -> Self {
        let order: event::OrderSummary = example.order.unwrap_or_default();
        Self {
            order_id: order.order_id,
            warehouse: order.warehouse,
            rule: example.rule,
            scenario: example.scenario,
            what: example.what,
            before: example.before.map(Glimpse::from),
            after: example.after.map(Glimpse::from),
            exception_id: example.exception_id,
        }
    }
}

impl From<wire::ExceptionGlimpse> for Glimpse {
    fn from(glimpse: wire::ExceptionGlimpse) -> Self {
        Self {
            state: word(glimpse.state().as_str_name(), "EXCEPTION_STATE"),
            opened_at: optional(glimpse.opened_at.as_ref()),
            cleared_at: optional(glimpse.cleared_at.as_ref()),
            exempt_by: glimpse.exempt_by,
            shadow: glimpse.shadow,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked for by serde")]
const fn is_none(count: &i64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, write_one};

    fn effect() -> wire::Effect {
        wire::Effect {
            opened: 312,
            cleared: 30,
            retracted: 10,
            orders: 350,
            open_before: 100,
            open_after: 372,
            ticketed_before: 90,
            ticketed_after: 362,
            ..Default::default()
        }
    }

    #[test]
    fn an_impact_is_told_in_one_sentence_and_by_rule_and_warehouse() {
        let group = |name: &str| wire::EffectGroup {
            name: name.to_owned(),
            effect: Some(effect()),
            shadow: false,
        };
        let example = wire::EffectExample {
            order: Some(event::OrderSummary {
                order_id: "o-1".to_owned(),
                warehouse: "wh-1".to_owned(),
                ..Default::default()
            }),
            rule: "late".to_owned(),
            what: "opened".to_owned(),
            after: Some(wire::ExceptionGlimpse {
                state: event::ExceptionState::Open.into(),
                opened_at: Some(prost_types::Timestamp {
                    seconds: 1_800_000_000,
                    nanos: 0,
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let impact = wire::Impact {
            rule_set: 3,
            total: Some(effect()),
            orders_in_flight: 9_000,
            by_rule: vec![group("late")],
            by_warehouse: vec![group("wh-1")],
            examples: vec![example],
            ..Default::default()
        };
        let mut out = Vec::new();
        write_one(&mut out, Format::Table, &Impact::new(10_000, impact)).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
