//! Publish gates: stored samples that a rule set must pass before it comes into force.

use std::sync::Arc;

use rule_engine::{PublishGate, RuleSet};
use sqlx::PgConnection;

use crate::domain::gate::{Closed, required};
use crate::error::Error;
use crate::samples;

/// Holds a candidate against every gate that it must pass: its own and those in force.
/// `only_gates` says that it differs from the rule set in force in nothing but gates; the
/// gates in force do not bind such a change, which is how they are removed or loosened.
///
/// # Errors
///
/// [`Error::GatesClosed`] with every gate that it does not pass, or when the database
/// refuses.
pub async fn pass(
    conn: &mut PgConnection,
    in_force: &RuleSet,
    candidate: &Arc<RuleSet>,
    only_gates: bool,
) -> Result<(), Error> {
    let mut closed = Vec::new();
    for gate in required(in_force, candidate, only_gates) {
        closed.extend(hold(conn, candidate, gate).await?);
    }
    if closed.is_empty() {
        return Ok(());
    }
    Err(Error::GatesClosed(closed))
}

async fn hold(
    conn: &mut PgConnection,
    candidate: &Arc<RuleSet>,
    gate: &PublishGate,
) -> Result<Option<Closed>, Error> {
    let gone = gate
        .rules
        .iter()
        .find(|rule| candidate.rule(rule).is_none());
    if let Some(rule) = gone {
        return Ok(Some(Closed::RuleGone {
            gate: gate.name.clone(),
            rule: rule.clone(),
        }));
    }
    match samples::run(conn, Arc::clone(candidate), &gate.sample, &gate.rules).await {
        Err(Error::NoSample(sample)) => Ok(Some(Closed::NoSample {
            gate: gate.name.clone(),
            sample,
        })),
        Err(error) => Err(error),
        Ok((_, _, outcome)) => Ok(Closed::by(gate, &outcome)),
    }
}

/// Names the first gate that needs a sample.
#[must_use]
pub fn needing<'r>(rule_set: &'r RuleSet, sample: &str) -> Option<&'r str> {
    let mut gates = rule_set.publish_gates().iter();
    let gate = gates.find(|gate| gate.sample == sample)?;
    Some(&gate.name)
}
