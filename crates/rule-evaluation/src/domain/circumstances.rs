//! Under what orders are judged: the rules, and how far the sources are complete.

use std::sync::Arc;

use order::{EntityKind, Timestamp};
use rule_engine::{Effective, Gate, Late, RuleSet};

use crate::domain::source::Completeness;

/// The same for every order of one transaction.
#[derive(Debug)]
pub struct Circumstances {
    rule_set: Arc<RuleSet>,
    completeness: Completeness,
    effective: Vec<(Gate, Effective)>,
    read: Gate,
}

impl Circumstances {
    /// Takes the rule set in force and the sources as they stand.
    #[must_use]
    pub fn new(rule_set: Arc<RuleSet>, completeness: Completeness) -> Self {
        let gates = rule_set.gates();
        let read = gates.iter().copied().fold(Gate::NONE, Gate::union);
        let effective = gates
            .into_iter()
            .map(|gate| (gate, effective(&completeness, gate)))
            .collect();
        Self {
            rule_set,
            completeness,
            effective,
            read,
        }
    }

    /// Returns the rule set in force.
    #[must_use]
    pub fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Returns the sources as they stand.
    #[must_use]
    pub const fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    /// Returns the instant of the judgement.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.completeness.now()
    }

    /// Returns how far verdicts of a gate of the rule set may go.
    ///
    /// # Panics
    ///
    /// When no rule of the rule set has the gate.
    #[must_use]
    pub fn effective(&self, gate: Gate) -> &Effective {
        self.effective
            .iter()
            .find_map(|(known, effective)| (*known == gate).then_some(effective))
            .expect("every gate of the rule set is here")
    }

    /// Returns whether any rule may read such entities.
    #[must_use]
    pub fn reads(&self, kind: EntityKind) -> bool {
        let fields = self.rule_set.catalogue().fields(kind);
        fields.iter().any(|field| self.read.contains(field.system))
    }
}

fn effective(completeness: &Completeness, gate: Gate) -> Effective {
    let at = completeness.effective(gate);
    let late = completeness
        .late(gate, at)
        .map(|standing| Late {
            source: standing.declaration.source.clone(),
            watermark: standing.stated(completeness.now()),
        })
        .collect();
    Effective { at, late }
}
