//! Exceptions.

use contracts::event::v1 as wire;
use serde::Serialize;

use super::{word, yes};
use crate::output::Row;
use crate::time::optional;

/// An interval during which a rule was true of an order.
#[derive(Debug, Serialize)]
pub(crate) struct Exception {
    id: String,
    order_id: String,
    rule: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    scenario: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    severity: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleared_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_at: Option<String>,
    unconfirmed: bool,
    late_sources: Vec<String>,
    retroactive: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    exempt_by: String,
    shadow: bool,
    rule_set: i64,
}

impl From<wire::Exception> for Exception {
    fn from(exception: wire::Exception) -> Self {
        Self {
            state: word(exception.state().as_str_name(), "EXCEPTION_STATE"),
            opened_at: optional(exception.opened_at.as_ref()),
            cleared_at: optional(exception.cleared_at.as_ref()),
            detected_at: optional(exception.detected_at.as_ref()),
            id: exception.id,
            order_id: exception.order_id,
            rule: exception.rule,
            scenario: exception.scenario,
            severity: exception.severity,
            unconfirmed: exception.unconfirmed,
            late_sources: exception.late_sources,
            retroactive: exception.retroactive,
            exempt_by: exception.exempt_by,
            shadow: exception.shadow,
            rule_set: exception.rule_set,
        }
    }
}

impl Row for Exception {
    const COLUMNS: &'static [&'static str] = &[
        "ORDER",
        "RULE",
        "SEVERITY",
        "STATE",
        "OPENED AT",
        "CLEARED AT",
        "DETECTED AT",
        "NOTES",
    ];

    fn cells(&self) -> Vec<String> {
        let mut notes = vec![
            yes(self.retroactive, "retroactive"),
            yes(self.shadow, "shadow"),
        ];
        if !self.exempt_by.is_empty() {
            notes.push(format!("exempt by {}", self.exempt_by));
        }
        if self.unconfirmed {
            notes.push(format!(
                "unconfirmed: {} late",
                self.late_sources.join(", ")
            ));
        }
        notes.retain(|note| !note.is_empty());
        vec![
            self.order_id.clone(),
            self.rule.clone(),
            self.severity.clone(),
            self.state.clone(),
            self.opened_at.clone().unwrap_or_default(),
            self.cleared_at.clone().unwrap_or_default(),
            self.detected_at.clone().unwrap_or_default(),
            notes.join("; "),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, write_list};

    #[test]
    fn an_open_exception_has_no_clearing() {
        let exception = Exception::from(wire::Exception {
            id: "0197".to_owned(),
            order_id: "A1".to_owned(),
            rule: "handover-overdue".to_owned(),
            scenario: "not-shipped".to_owned(),
            severity: "high".to_owned(),
            state: wire::ExceptionState::Open.into(),
            opened_at: Some(prost_types::Timestamp {
                seconds: 1_507_146_900,
                nanos: 0,
            }),
            unconfirmed: true,
            late_sources: vec!["logistics".to_owned()],
            rule_set: 3,
            ..Default::default()
        });
        let mut out = Vec::new();
        write_list(&mut out, Format::Json, std::slice::from_ref(&exception)).unwrap();
        write_list(&mut out, Format::Table, &[exception]).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
