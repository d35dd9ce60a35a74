//! Conditions that are no rules: asked of an order when somebody wants to know.

use super::RuleSet;
use crate::Gate;
use crate::check::{self, World};
use crate::evaluate::Moment;
use crate::expression::Expression;
use crate::fault::Fault;
use crate::signal;
use order::{OrderView, Timestamp};
use std::cell::Cell;

/// A condition, checked and compiled against the fields, thresholds and calendars of a rule set.
#[derive(Debug)]
pub struct Question {
    gate: Gate,
    condition: Expression,
}

impl RuleSet {
    /// Checks and compiles a condition as if a rule had it.
    ///
    /// # Errors
    ///
    /// Every fault of the text, with its place.
    pub fn question(&self, text: &str) -> Result<Question, Vec<Fault>> {
        let world = World {
            catalogue: &self.catalogue,
            calendars: &self.calendars,
            thresholds: Some(&self.tables),
            patterns: Cell::new(0),
        };
        let condition = check::condition(&world, text)?;
        Ok(Question {
            gate: condition.reads.systems(),
            condition: condition.expression,
        })
    }
}

impl Question {
    /// The systems that it reads.
    pub fn gate(&self) -> Gate {
        self.gate
    }

    /// Its truth just after an instant; none is unknown.
    pub fn truth(&self, view: &OrderView, at: Timestamp) -> Option<bool> {
        Moment::new(view, at).truth(&self.condition)
    }

    /// The next instant later than `after` at which it turns true or ceases to be, if no other
    /// fact arrives.
    pub fn next_change(&self, view: &OrderView, after: Timestamp) -> Option<Timestamp> {
        signal::next_change(&self.condition, view, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::OrderFacts;

    const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec: {type: duration, default: 24h}
"#;

    #[test]
    fn a_question_may_name_what_rules_may_and_is_told_its_faults_by_their_places() {
        let rules = RuleSet::parse(1, RULES).unwrap();
        let asked = r#"elapsed(order.paid_at) > threshold("ship-within")"#;
        let question = rules.question(asked).unwrap();
        assert_ne!(question.gate(), Gate::NONE);
        let facts: OrderFacts = OrderFacts::default();
        let view = OrderView::join(rules.catalogue(), "o-1".parse().unwrap(), &facts);
        let at = Timestamp::from_seconds(1_800_000_000);
        assert_eq!(
            question.truth(&view, at),
            None,
            "nobody knows when it was paid"
        );
        assert_eq!(question.next_change(&view, at), None);
        let faults = rules.question("has(order.payed_at)").unwrap_err();
        assert_eq!(
            (faults[0].line, faults[0].nearest.as_deref()),
            (1, Some("paid_at"))
        );
        assert!(rules.question("order.kind").is_err(), "is no condition");
    }
}
