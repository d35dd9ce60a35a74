//! The exception that a source is, as a row for those who list and as events for those who listen.

use contracts::event::v1;
use order::Timestamp;
use prost::Message;
use rule_engine::RuleSet;
use service::event_log::NewEvent;
use uuid::Uuid;

use super::exception::{changed, wire};
use crate::domain::source::Standing;
use crate::error::Error;
use crate::store::exceptions::Row;

/// The exception of a source whose watermark is further behind than it may be. It begins where it
/// may be no further behind, and ends when the source has caught up.
#[derive(Debug, Clone, Copy)]
pub struct LateSource;

/// What happens to it.
#[derive(Debug, Clone)]
pub enum Turn {
    /// The source is late from that instant on.
    Opens(Timestamp),
    /// The source is late no longer.
    Clears(Box<Row>),
}

impl LateSource {
    /// Name of its rule and scenario.
    pub const RULE: &'static str = "source-late";

    /// Decides what happens to the exception of a source, given the one that is open.
    #[must_use]
    pub fn turn(standing: &Standing, open: Option<&Row>, now: Timestamp) -> Option<Turn> {
        let late_from = standing.late_from().filter(|from| *from <= now);
        match (open, late_from) {
            (None, Some(from)) => Some(Turn::Opens(from)),
            (Some(row), None) => Some(Turn::Clears(Box::new(row.clone()))),
            _ => None,
        }
    }

    /// Whether an exception is that of a source.
    #[must_use]
    pub fn is_of(row: &Row, standing: &Standing) -> bool {
        row.rule == Self::RULE && row.order_id == Self::subject(standing)
    }

    /// What stands where other exceptions name an order.
    fn subject(standing: &Standing) -> String {
        format!("source:{}", standing.declaration.source)
    }

    /// Makes the exception of a source that is late.
    #[must_use]
    pub fn opened(
        standing: &Standing,
        opened_at: Timestamp,
        (rule_set, now): (&RuleSet, Timestamp),
    ) -> Row {
        let subject = Self::subject(standing);
        let name = format!("{subject}\n{}\n{}", Self::RULE, opened_at.micros());
        let summary = v1::OrderSummary {
            order_id: subject.clone(),
            ..v1::OrderSummary::default()
        };
        Row {
            id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
            order_id: subject,
            rule: Self::RULE.to_owned(),
            scenario: Self::RULE.to_owned(),
            severity: "high".to_owned(),
            state: v1::ExceptionState::Open as i16,
            opened_at: opened_at.into(),
            cleared_at: None,
            detected_at: now.into(),
            updated_at: now.into(),
            unconfirmed: false,
            late_sources: vec![standing.declaration.source.to_string()],
            retroactive: false,
            rule_set: rule_set.number(),
            version: 1,
            exempt_by: None,
            shadow: false,
            summary: summary.encode_to_vec(),
        }
    }

    /// Ends it.
    #[must_use]
    pub fn cleared(row: &Row, (rule_set, now): (&RuleSet, Timestamp)) -> Row {
        Row {
            state: v1::ExceptionState::Cleared as i16,
            cleared_at: Some(now.into()),
            updated_at: now.into(),
            rule_set: rule_set.number(),
            version: row.version + 1,
            ..row.clone()
        }
    }
}

/// Tells that a source became late, or is late no longer.
///
/// # Errors
///
/// When what is stored of it cannot be read.
pub fn tell(row: &Row, standing: &Standing, waiting_rules: Vec<String>) -> Result<NewEvent, Error> {
    let source = &standing.declaration.source;
    let through = match standing.watermark {
        Some(watermark) => format!("is complete through {watermark}"),
        None => "has never said how far it is complete".to_owned(),
    };
    let waits = match waiting_rules.as_slice() {
        [] => "no rule waits for it".to_owned(),
        [rule] => format!("rule {rule} waits for it"),
        rules => format!("{} rules wait for it: {}", rules.len(), rules.join(", ")),
    };
    let (transition, token, reason) = match row.cleared_at {
        None => (
            v1::ExceptionTransition::Opened,
            "opened",
            format!("source {source} {through}; {waits}"),
        ),
        Some(_) => (
            v1::ExceptionTransition::Cleared,
            "cleared",
            format!("source {source} {through} and is late no longer"),
        ),
    };
    let summary = v1::OrderSummary::decode(row.summary.as_slice());
    let summary = summary.map_err(|_| Error::Unreadable("summary of an exception"))?;
    let exception = v1::Exception {
        waiting_rules,
        ..wire(row, summary)
    };
    Ok(changed(exception, row, (transition, token), reason))
}

/// Namespace of the ids of such exceptions.
const NAMESPACE: Uuid = Uuid::from_u128(0x51d0_2a7e_90f4_4c0e_b6d1_8e0c_4a97_33c5);

#[cfg(test)]
mod tests {
    use contracts::facts::Declaration;
    use order::{Span, System};

    use super::*;

    fn standing(watermark: Option<i64>, late_after: Option<i64>) -> Standing {
        Standing {
            declaration: Declaration {
                source: "shop-erp".parse().unwrap(),
                system: System::Erp,
                states_watermarks: true,
                patience: None,
                late_after: late_after.map(Span::from_hours),
            },
            frontier: 0,
            watermark: watermark.map(hours),
            known_since: Some(hours(0)),
        }
    }

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_seconds(hours * 3_600)
    }

    fn open() -> Row {
        let rules = RuleSet::parse(7, "").unwrap();
        LateSource::opened(&standing(Some(10), Some(2)), hours(12), (&rules, hours(12)))
    }

    fn opens(standing: &Standing, now: Timestamp) -> Option<Timestamp> {
        match LateSource::turn(standing, None, now) {
            Some(Turn::Opens(from)) => Some(from),
            _ => None,
        }
    }

    #[test]
    fn a_source_is_late_from_where_it_may_be_no_further_behind() {
        let source = standing(Some(10), Some(2));
        assert_eq!(opens(&source, hours(12) - Span::from_micros(1)), None);
        assert_eq!(opens(&source, hours(12)), Some(hours(12)));
        // However late that is noticed.
        assert_eq!(opens(&source, hours(50)), Some(hours(12)));
        assert!(LateSource::turn(&source, Some(&open()), hours(13)).is_none());
    }

    #[test]
    fn a_source_that_never_stated_anything_is_late_from_when_it_was_heard_of() {
        assert_eq!(opens(&standing(None, Some(2)), hours(3)), Some(hours(2)));
    }

    #[test]
    fn only_sources_that_are_declared_so_are_ever_late() {
        assert_eq!(opens(&standing(Some(10), None), hours(99)), None);
        let mut live = standing(Some(10), Some(2));
        live.declaration.states_watermarks = false;
        assert_eq!(opens(&live, hours(99)), None);
    }

    #[test]
    fn it_ends_when_the_source_has_caught_up_and_not_on_the_way() {
        let row = open();
        let on_the_way = standing(Some(11), Some(2));
        assert!(LateSource::turn(&on_the_way, Some(&row), hours(14)).is_none());
        let caught_up = standing(Some(13), Some(2));
        let turn = LateSource::turn(&caught_up, Some(&row), hours(14));
        let Some(Turn::Clears(cleared)) = turn else {
            panic!("{turn:?}");
        };
        let rules = RuleSet::parse(8, "").unwrap();
        let cleared = LateSource::cleared(&cleared, (&rules, hours(14)));
        assert_eq!(cleared.cleared_at, Some(hours(14).into()));
        assert_eq!(
            (cleared.id, cleared.version, cleared.rule_set),
            (row.id, 2, 8)
        );
        // Nobody waits for it any more once it is declared so no longer.
        let undeclared = standing(Some(10), None);
        assert!(LateSource::turn(&undeclared, Some(&row), hours(14)).is_some());
    }
}
