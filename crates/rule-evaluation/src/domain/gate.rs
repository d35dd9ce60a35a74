//! Which publish gates a rule set must pass, and what keeps one closed.

use std::collections::BTreeSet;
use std::fmt;

use rule_engine::{PublishGate, RuleSet};

use super::sample::{Outcome, Wrong};

/// Orders named where a gate is closed.
const MOST_NAMED: usize = 20;

/// Why a gate does not let a rule set through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Its sample was never stored.
    NoSample {
        /// The gate.
        gate: String,
        /// The sample.
        sample: String,
    },
    /// It looks at a rule that is not there.
    RuleGone {
        /// The gate.
        gate: String,
        /// The rule.
        rule: String,
    },
    /// Too much of the sample is judged wrongly.
    Wrong {
        /// The gate.
        gate: String,
        /// The sample.
        sample: String,
        /// Orders in which too little is found, when they are too many.
        missed: Option<Excess>,
        /// Orders in which too much is found, when they are too many.
        false_alarms: Option<Excess>,
    },
}

/// More than may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// How many orders there are.
    pub count: usize,
    /// How many there may be.
    pub most: u32,
    /// The first of them.
    pub orders: Vec<String>,
}

/// The gates that a candidate must pass: its own, and those in force unless it changes
/// nothing but gates. One that stays as it is is passed once.
pub fn required<'r>(
    in_force: &'r RuleSet,
    candidate: &'r RuleSet,
    only_gates: bool,
) -> impl Iterator<Item = &'r PublishGate> {
    let own = candidate.publish_gates();
    let kept = in_force.publish_gates().iter();
    let kept = kept.filter(move |gate| !only_gates && !own.contains(gate));
    own.iter().chain(kept)
}

impl Closed {
    /// Holds a gate against what came of its sample; none when it is open.
    #[must_use]
    pub fn by(gate: &PublishGate, outcome: &Outcome) -> Option<Self> {
        let missed = Excess::of(&outcome.missed, Some(gate.max_missed));
        let false_alarms = Excess::of(&outcome.false_alarms, gate.max_false);
        (missed.is_some() || false_alarms.is_some()).then(|| Self::Wrong {
            gate: gate.name.clone(),
            sample: gate.sample.clone(),
            missed,
            false_alarms,
        })
    }

    /// Returns the gate.
    #[must_use]
    pub fn gate(&self) -> &str {
        match self {
            Self::NoSample { gate, .. }
            | Self::RuleGone { gate, .. }
            | Self::Wrong { gate, .. } => gate,
        }
    }
}

impl Excess {
    fn of(wrongs: &[Wrong], most: Option<u32>) -> Option<Self> {
        let orders: BTreeSet<&str> = wrongs
            .iter()
            .map(|wrong| wrong.label.order_id.as_str())
            .collect();
        let most = most?;
        (orders.len() > most as usize).then(|| Self {
            count: orders.len(),
            most,
            orders: orders
                .into_iter()
                .take(MOST_NAMED)
                .map(str::to_owned)
                .collect(),
        })
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSample { gate, sample } => {
                write!(formatter, "gate {gate}: there is no sample `{sample}`")
            }
            Self::RuleGone { gate, rule } => {
                write!(
                    formatter,
                    "gate {gate}: it looks at rule `{rule}`, which is not there"
                )
            }
            Self::Wrong {
                gate,
                sample,
                missed,
                false_alarms,
            } => {
                write!(formatter, "gate {gate}, sample {sample}:")?;
                if let Some(missed) = missed {
                    write!(formatter, " misses {missed}")?;
                }
                if let Some(alarms) = false_alarms {
                    let and = if missed.is_some() { "," } else { "" };
                    write!(formatter, "{and} raises false alarms in {alarms}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            count,
            most,
            orders,
        } = self;
        let more = if *count > orders.len() { ", …" } else { "" };
        let orders = orders.join(", ");
        write!(
            formatter,
            "{count} orders where {most} may be ({orders}{more})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(gates: &[(&str, u32)]) -> RuleSet {
        let gate = |(name, most): &(&str, u32)| {
            format!(
                "---\napiVersion: orderwatch/v1\nkind: Gate\nmetadata: {{name: {name}}}\n\
                 spec: {{sample: marked, maxMissed: {most}}}\n"
            )
        };
        RuleSet::parse(1, &gates.iter().map(gate).collect::<String>()).unwrap()
    }

    fn names(in_force: &[(&str, u32)], candidate: &[(&str, u32)], only_gates: bool) -> Vec<String> {
        let (in_force, candidate) = (rules(in_force), rules(candidate));
        required(&in_force, &candidate, only_gates)
            .map(|gate| format!("{} {}", gate.name, gate.max_missed))
            .collect()
    }

    #[test]
    fn a_gate_in_force_binds_the_change_that_removes_or_loosens_it() {
        let in_force = [("a", 5), ("b", 5)];
        assert_eq!(
            names(&in_force, &[("b", 5), ("c", 1)], false),
            ["b 5", "c 1", "a 5"]
        );
        assert_eq!(
            names(&in_force, &[("a", 9), ("b", 5)], false),
            ["a 9", "b 5", "a 5"]
        );
    }

    #[test]
    fn unless_it_changes_nothing_but_gates() {
        assert_eq!(names(&[("a", 5), ("b", 5)], &[("a", 9)], true), ["a 9"]);
    }
}
