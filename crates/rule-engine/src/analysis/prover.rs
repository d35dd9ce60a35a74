//! Whether a condition can be true, or false, of any order at any moment.
//!
//! In three-valued logic a condition built of `&&`, `||`, `!` and choices is true exactly when one
//! of the conjunctions that it multiplies out to has every atom decided the right way. So each of
//! them is tried, until one holds together. What holds together here may be impossible all the
//! same; what does not is impossible for certain.

use super::cube::Cube;
use super::key::list_key;
use crate::expression::{Act, Comparison, Expression, List, Quantifier};
use order::Value;

/// Most atoms looked at before a question is given up.
const MAX_STEPS: usize = 5_000;

/// Whether all of these may be true at once; no means never.
pub(super) fn may_be_true(parts: &[&Expression]) -> bool {
    let wanted = parts.iter().map(|part| (*part, true));
    Search::new().some(Cube::default(), wanted.collect(), &mut |_, _| true)
}

/// Whether a condition may be false; no means never.
pub(super) fn may_be_false(condition: &Expression) -> bool {
    let wanted = vec![(condition, false)];
    Search::new().some(Cube::default(), wanted, &mut |_, _| true)
}

/// Whether the second is true whenever every one of the first is, for certain.
pub(super) fn implies(parts: &[&Expression], then: &Expression) -> bool {
    let wanted = parts.iter().map(|part| (*part, true));
    let mut search = Search::new();
    let escapes = search.some(Cube::default(), wanted.collect(), &mut |search, cube| {
        !search.follows(cube, then, true)
    });
    !escapes && !search.is_exhausted()
}

/// Whether a condition is true or false of every order, and never unknown, for certain.
pub(super) fn is_total(expression: &Expression) -> bool {
    let is_count = |term: &Expression| matches!(&term.act, Act::ListSize(list) if matches!(list.as_ref(), List::Records(_)));
    let is_whole = |term: &Expression| matches!(&term.act, Act::Constant(Value::Int(_)));
    match &expression.act {
        Act::Constant(value) => !value.is_missing(),
        Act::Has(_) => true,
        Act::And(parts) | Act::Or(parts) => parts.iter().all(is_total),
        Act::Not(part) => is_total(part),
        Act::If(parts) => parts.iter().all(is_total),
        Act::Compare(_, sides) => sides.iter().all(|side| is_count(side) || is_whole(side)),
        Act::Quantify(_, each) => matches!(each.list, List::Records(_)) && is_total(&each.body),
        _ => false,
    }
}

/// A condition that must be true, or must be false.
type Wanted<'w> = (&'w Expression, bool);

type Visit<'v, 'c> = dyn FnMut(&mut Search, &Cube<'c>) -> bool + 'v;

struct Search {
    steps: usize,
}

impl Search {
    fn new() -> Self {
        Self { steps: MAX_STEPS }
    }

    fn is_exhausted(&self) -> bool {
        self.steps == 0
    }

    /// Whether `visit` takes any of the conjunctions that hold together. Yes when it is given up.
    fn some<'c>(
        &mut self,
        mut cube: Cube<'c>,
        mut wanted: Vec<Wanted<'c>>,
        visit: &mut Visit<'_, 'c>,
    ) -> bool {
        while let Some((part, truth)) = wanted.pop() {
            self.steps = self.steps.saturating_sub(1);
            if self.is_exhausted() {
                return true;
            }
            match &part.act {
                Act::Not(inner) => wanted.push((inner, !truth)),
                Act::And(parts) if truth => wanted.extend(parts.iter().map(|each| (each, true))),
                Act::Or(parts) if !truth => wanted.extend(parts.iter().map(|each| (each, false))),
                Act::And(parts) | Act::Or(parts) => {
                    let choices = parts.iter().map(|each| vec![(each, truth)]);
                    return self.any(&cube, &wanted, choices.collect(), visit);
                }
                Act::If(parts) => {
                    let choices = vec![
                        vec![(&parts[0], true), (&parts[1], truth)],
                        vec![(&parts[0], false), (&parts[2], truth)],
                    ];
                    return self.any(&cube, &wanted, choices, visit);
                }
                Act::Constant(Value::Bool(value)) if *value == truth => {}
                Act::Constant(_) => return false,
                Act::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), sides) => {
                    match bool_comparison(sides.as_slice()) {
                        Some((side, value)) => {
                            let same = *comparison == Comparison::Equal;
                            wanted.push((side, truth == (same == value)));
                        }
                        None if cube.add(part, truth).is_err() => {
                            return false;
                        }
                        None => {}
                    }
                }
                _ => {
                    if cube.add(part, truth).is_err() || !self.has_element(&cube, part, truth) {
                        return false;
                    }
                }
            }
        }
        visit(self, &cube)
    }

    fn any<'c>(
        &mut self,
        cube: &Cube<'c>,
        rest: &[Wanted<'c>],
        choices: Vec<Vec<Wanted<'c>>>,
        visit: &mut Visit<'_, 'c>,
    ) -> bool {
        choices.into_iter().any(|choice| {
            let wanted = rest.iter().copied().chain(choice).collect();
            self.some(cube.clone(), wanted, visit)
        })
    }

    /// Whether a list can have the element that a quantifier says it has.
    fn has_element<'c>(&mut self, cube: &Cube<'c>, part: &'c Expression, truth: bool) -> bool {
        let Act::Quantify(quantifier, each) = &part.act else {
            return true;
        };
        let so = match quantifier {
            Quantifier::Exists | Quantifier::ExistsOne if truth => true,
            Quantifier::All if !truth => false,
            _ => return true,
        };
        self.some(cube.clone(), vec![(&each.body, so)], &mut |_, _| true)
    }

    /// Whether a condition has a truth wherever a conjunction holds, for certain.
    fn follows<'c>(&mut self, cube: &Cube<'c>, part: &'c Expression, truth: bool) -> bool {
        match &part.act {
            Act::Not(inner) => self.follows(cube, inner, !truth),
            Act::And(parts) | Act::Or(parts) => {
                let needs_all = matches!(part.act, Act::And(_)) == truth;
                let mut each = parts.iter().map(|each| self.follows(cube, each, truth));
                if needs_all {
                    each.all(|follows| follows)
                } else {
                    each.any(|follows| follows)
                }
            }
            Act::Constant(Value::Bool(value)) => *value == truth,
            _ => {
                cube.decided(part) == Some(truth)
                    || self.is_forced(cube, part, truth)
                    || (truth && self.some_element_follows(cube, part))
            }
        }
    }

    fn is_forced<'c>(&mut self, cube: &Cube<'c>, part: &'c Expression, truth: bool) -> bool {
        if !cube.is_known(part) {
            return false;
        }
        !self.some(cube.clone(), vec![(part, !truth)], &mut |_, _| true)
    }

    fn some_element_follows<'c>(&mut self, cube: &Cube<'c>, part: &'c Expression) -> bool {
        let Act::Quantify(Quantifier::Exists, each) = &part.act else {
            return false;
        };
        let list = list_key(&each.list);
        cube.some().iter().any(|known| {
            known.local == each.local
                && list_key(&known.list) == list
                && !self.some(
                    Cube::default(),
                    vec![(&known.body, true)],
                    &mut |search, cube| !search.follows(cube, &each.body, true),
                )
        })
    }
}

/// A comparison with true or false is the other side or its contrary.
fn bool_comparison(sides: &[Expression]) -> Option<(&Expression, bool)> {
    match sides {
        [side, other] => match (&side.act, &other.act) {
            (_, Act::Constant(Value::Bool(value))) => Some((side, *value)),
            (Act::Constant(Value::Bool(value)), _) => Some((other, *value)),
            _ => None,
        },
        _ => None,
    }
}
