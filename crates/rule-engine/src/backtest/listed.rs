//! The exceptions themselves, for those who hold them against what was said elsewhere.

use super::{Backtest, History};
use crate::Scratch;
use crate::judge::judge_in;
use order::Timestamp;
use serde::Serialize;

/// An exception that a backtest found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Listed {
    /// The order.
    pub order_id: String,
    /// The rule that became true.
    pub rule: String,
    /// When it became true.
    pub opened_at: Timestamp,
    /// When it ceased to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<Timestamp>,
    /// The exemption that silences it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt_by: Option<String>,
}

impl Backtest<'_> {
    /// Lists every exception of the rules that are reported, by order, rule and beginning.
    #[must_use]
    pub fn list(&self, history: &History) -> Vec<Listed> {
        let mut scratch = Scratch::default();
        let mut listed: Vec<Listed> = history
            .order_ids()
            .filter_map(|order_id| history.view(self.rule_set.catalogue(), order_id))
            .flat_map(|view| {
                let (complete, until) = (&self.complete, self.options.until);
                let judgement =
                    judge_in(&mut scratch, self.rule_set, &view, |_| complete, &[], until);
                let order_id = view.order_id().to_string();
                judgement.spoken.into_iter().map(move |said| Listed {
                    order_id: order_id.clone(),
                    rule: said.rule,
                    opened_at: said.opened_at,
                    cleared_at: said.cleared_at,
                    exempt_by: said.exempt,
                })
            })
            .collect();
        if let Some(rules) = &self.options.rules {
            listed.retain(|exception| rules.contains(&exception.rule));
        }
        listed.sort_unstable();
        listed
    }
}
