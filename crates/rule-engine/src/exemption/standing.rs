//! How one rule's exception of one order stands with the exemptions at an instant.

use super::{Entry, Exemption, Exemptions, Subject};
use crate::evaluate::Moment;
use crate::rule_set::Rule;
use order::{OrderView, Timestamp};

/// Whether an exception is exempt, and when that can change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'e> {
    /// The list and entry that exempt it: the first by name.
    pub(crate) by: Option<(&'e Exemption, &'e Entry)>,
    /// Earliest later instant at which it can be otherwise, if no other fact arrives.
    pub(crate) next: Option<Timestamp>,
}

impl Exemptions {
    /// How an exception of `rule` stands just after an instant.
    pub(crate) fn standing(&self, rule: &Rule, view: &OrderView, at: Timestamp) -> Standing<'_> {
        let mut standing = Standing {
            by: None,
            next: None,
        };
        if self.lists.is_empty() {
            return standing;
        }
        for place in self.candidates(view) {
            let (list, entry) = self.at(place);
            if at >= entry.expires || !entry.scope.covers(rule.name(), rule.scenario()) {
                continue;
            }
            if let Some(from) = entry.from.filter(|from| at < *from) {
                standing.can_change(from);
                continue;
            }
            let matches = match &entry.subject {
                Subject::Condition(condition) => {
                    let mut moment = Moment::new(view, at);
                    let truth = moment.truth(&condition.expression) == Some(true);
                    standing.can_change(moment.bound());
                    truth
                }
                _ => true,
            };
            if matches {
                standing.can_change(entry.expires);
                standing.by = Some((list, entry));
                break;
            }
        }
        standing
    }
}

impl Standing<'_> {
    fn can_change(&mut self, at: Timestamp) {
        if at != Timestamp::MAX {
            self.next = Some(self.next.map_or(at, |next| next.min(at)));
        }
    }
}
