//! What becomes of verdicts already given when another rule set comes into force.

use rule_engine::RuleSet;

/// The open exceptions of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The rule.
    pub rule: String,
    /// How many there are.
    pub open: i64,
}

/// Counts of open exceptions by what becomes of them; every one is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// Orders that are judged again at once.
    pub orders: i64,
    /// Their rules are no more.
    pub retracted: i64,
    /// Their rules go to shadow: nobody is ticketed any more.
    pub silenced: i64,
    /// Their rules come out of shadow: they are ticketed.
    pub revived: i64,
    /// Their rules stay, as they are or otherwise.
    pub judged_again: i64,
}

impl Effect {
    /// Takes the open exceptions under the rule set in force and what comes after it.
    #[must_use]
    pub fn new(before: &RuleSet, after: &RuleSet, standings: &[Standing], orders: i64) -> Self {
        let is_shadow = |rule_set: &RuleSet, rule: &str| {
            rule_set.rule(rule).map(|rule| !rule.mode().is_active())
        };
        let mut effect = Self {
            orders,
            ..Self::default()
        };
        for Standing { rule, open } in standings {
            let counter = match (is_shadow(before, rule), is_shadow(after, rule)) {
                (_, None) => &mut effect.retracted,
                (Some(false), Some(true)) => &mut effect.silenced,
                (Some(true), Some(false)) => &mut effect.revived,
                _ => &mut effect.judged_again,
            };
            *counter += open;
        }
        effect
    }
}
