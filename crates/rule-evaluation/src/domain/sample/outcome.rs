//! A rule set held against the labels of a sample.

use contracts::facts::SealedFact;
use order::{OrderFacts, OrderId, OrderView};

use super::{Label, Scores};
use crate::domain::circumstances::Circumstances;

/// An order of a sample with what is said of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The order.
    pub order_id: OrderId,
    /// All that was known of it, and of what it shares with others.
    pub facts: OrderFacts<SealedFact>,
    /// What people say of it.
    pub labels: Vec<Label>,
}

/// What a rule set says of a sample.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How often it is right.
    pub scores: Scores,
    /// What it does not find.
    pub missed: Vec<Wrong>,
    /// What it finds and is not there.
    pub false_alarms: Vec<Wrong>,
}

/// A verdict that its label contradicts.
#[derive(Debug)]
pub struct Wrong {
    /// What people say.
    pub label: Label,
    /// The order as it was judged.
    pub view: OrderView,
}

impl Outcome {
    /// Judges every case as if nothing had been said of it before. Only what some rules
    /// find counts, or what all do when none is named.
    #[must_use]
    pub fn of(
        circumstances: &Circumstances,
        cases: impl IntoIterator<Item = Case>,
        rules: &[String],
    ) -> Self {
        let mut outcome = Self::default();
        for case in cases {
            outcome.add(circumstances, case, rules);
        }
        outcome
    }

    fn add(&mut self, circumstances: &Circumstances, case: Case, rules: &[String]) {
        let rule_set = circumstances.rule_set();
        let view = OrderView::join(rule_set.catalogue(), case.order_id, &case.facts);
        let judgement = rule_engine::judge(
            rule_set,
            &view,
            |gate| circumstances.effective(gate),
            &[],
            circumstances.now(),
        );
        let counting = case
            .labels
            .into_iter()
            .filter(|label| label.subject.counts(rule_set, rules));
        for label in counting {
            let is_found = label.subject.is_found(rule_set, &judgement.spoken, rules);
            self.scores.count(&label, is_found);
            if is_found != label.is_exception {
                let wrongs = if is_found {
                    &mut self.false_alarms
                } else {
                    &mut self.missed
                };
                let view = view.clone();
                wrongs.push(Wrong { label, view });
            }
        }
    }
}
