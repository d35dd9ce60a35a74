//! Signals by stepping: a rule is asked again at every instant at which its answer may change.

use cel::{Context, Env, Program};
use order::Timestamp;
use std::sync::Arc;

use crate::interpreter;
use crate::known::Order;
use crate::rule::Rule;

/// Which rules to ask when, and what was known then.
#[derive(Debug)]
pub struct Steps {
    /// By instant; what is known is by number of the context.
    pub instants: Vec<Step>,
}

/// One instant.
#[derive(Debug)]
pub struct Step {
    /// Microseconds.
    pub at: i64,
    /// Which of the contexts tells what was known.
    pub context: usize,
    /// Whose answers may change, by number.
    pub rules: Vec<usize>,
}

/// A rule by number and an instant at which its truth flips: opened, cleared, opened again.
pub type Flip = (usize, i64);

/// The contexts of an order, one for each stretch during which nothing happens.
#[must_use]
pub fn contexts(env: &Arc<Env>, order: &Order) -> (Vec<i64>, Vec<Context<'static, 'static>>) {
    let mut from = vec![i64::MIN];
    from.extend(order.events());
    let contexts = from
        .iter()
        .map(|from| interpreter::context(env, &order.known(*from)));
    let contexts = contexts.collect();
    (from, contexts)
}

/// Finds the instants through `until`.
#[must_use]
pub fn steps(rules: &[Rule], order: &Order, from: &[i64], until: Timestamp) -> Steps {
    let mut asked: Vec<(i64, usize)> = Vec::new();
    let mut flips = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        flips.clear();
        rule.parts()
            .iter()
            .for_each(|part| part.flips(order, &mut flips));
        flips.sort_unstable();
        flips.dedup();
        let flips = flips.iter().filter(|at| **at < until.micros());
        asked.extend(flips.map(|at| (*at, number)));
    }
    asked.sort_unstable();
    let instants = asked.chunk_by(|a, b| a.0 == b.0).map(|asked| {
        let at = asked[0].0;
        Step {
            at,
            context: from.partition_point(|from| *from <= at) - 1,
            rules: asked.iter().map(|(_, rule)| *rule).collect(),
        }
    });
    Steps {
        instants: instants.collect(),
    }
}

/// Walks through the instants; `holds` is the truth of each rule, all false before the first.
pub fn walk(
    programs: &[Program],
    steps: &Steps,
    contexts: &mut [Context],
    holds: &mut [bool],
    flips: &mut Vec<Flip>,
) {
    holds.fill(false);
    flips.clear();
    for step in &steps.instants {
        let context = &mut contexts[step.context];
        interpreter::set_now(context, step.at);
        for rule in &step.rules {
            let truth = interpreter::holds(&programs[*rule], context);
            if truth != holds[*rule] {
                holds[*rule] = truth;
                flips.push((*rule, step.at));
            }
        }
    }
}
