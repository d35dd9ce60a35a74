//! Atoms that must be true or false at one moment, and whether they can be at all.

use super::clock::Clocks;
use super::domain::{Domain, Range};
use super::key::{field_key, key, list_key};
use crate::expression::{Act, Clock, Comparison, Each, Expression, Hand, List, Quantifier};
use order::Value;
use std::collections::{HashMap, HashSet};

/// A conjunction of atoms, each true or false and not unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Cube<'c> {
    decided: HashMap<String, bool>,
    domains: HashMap<String, Domain>,
    /// What is left of less, equal, greater and unordered, by pair of terms.
    relations: HashMap<(String, String), u8>,
    clocks: Clocks,
    present: HashSet<String>,
    absent: HashSet<String>,
    /// Lists of which some element is so.
    some: Vec<&'c Each>,
}

const LESS: u8 = 1;
const EQUAL: u8 = 2;
const GREATER: u8 = 4;
/// One of the two is not a number.
const UNORDERED: u8 = 8;

/// The atoms cannot hold together.
pub(super) struct Contradiction;

impl<'c> Cube<'c> {
    /// Takes in that an atom has a truth.
    pub(super) fn add(&mut self, atom: &'c Expression, truth: bool) -> Result<(), Contradiction> {
        let name = key(atom);
        if self.decided.insert(name, truth) == Some(!truth) {
            return Err(Contradiction);
        }
        match &atom.act {
            Act::Has(field) => {
                let name = field_key(*field);
                let (into, other) = if truth {
                    (&mut self.present, &self.absent)
                } else {
                    (&mut self.absent, &self.present)
                };
                let contradicts = other.contains(&name);
                into.insert(name);
                refuse(contradicts)
            }
            Act::Compare(comparison, sides) => {
                self.require_all(sides.as_slice())?;
                self.compare(*comparison, &sides[0], &sides[1], truth)
            }
            Act::In(element, list) => {
                if let List::Literal(elements) = list.as_ref()
                    && !elements.is_empty()
                {
                    self.require(element)?;
                    return self.member(element, elements, truth);
                }
                Ok(())
            }
            Act::Clock(clock) => {
                self.require_clock(clock)?;
                refuse(self.clocks.add(clock, truth))
            }
            Act::Quantify(quantifier, each) => {
                let has_element = match quantifier {
                    Quantifier::Exists | Quantifier::ExistsOne => truth,
                    Quantifier::All => !truth,
                };
                if has_element {
                    self.count_at_least_one(&each.list)?;
                }
                if truth && *quantifier != Quantifier::All {
                    self.some.push(each);
                }
                Ok(())
            }
            Act::Field(_) => self.require(atom),
            Act::TextTest(_, sides) => self.require_all(sides.as_slice()),
            Act::Matches(of, _) => self.require(of),
            _ => Ok(()),
        }
    }

    /// The truth that an atom was found to have.
    pub(super) fn decided(&self, atom: &Expression) -> Option<bool> {
        self.decided.get(&key(atom)).copied()
    }

    /// Whether an atom is true or false here, and not unknown.
    pub(super) fn is_known(&self, atom: &Expression) -> bool {
        let is_present = |term: &Expression| match &term.act {
            Act::Field(field) => self.present.contains(&field_key(*field)),
            Act::Constant(value) => !value.is_missing(),
            Act::ListSize(list) => matches!(list.as_ref(), List::Records(_)),
            _ => false,
        };
        match &atom.act {
            Act::Has(_) => true,
            Act::Field(_) => is_present(atom),
            Act::Compare(_, sides) => sides.iter().all(is_present),
            Act::In(element, list) => {
                let is_literal = matches!(list.as_ref(), List::Literal(elements)
                    if elements.iter().all(|element| matches!(element.act, Act::Constant(_))));
                is_literal && is_present(element)
            }
            _ => false,
        }
    }

    /// Lists of which some element is known to be so.
    pub(super) fn some(&self) -> &[&'c Each] {
        &self.some
    }

    fn require_all(&mut self, terms: &[Expression]) -> Result<(), Contradiction> {
        terms.iter().try_for_each(|term| self.require(term))
    }

    /// Takes in that a term is known: what it cannot be known without is there.
    fn require(&mut self, term: &Expression) -> Result<(), Contradiction> {
        match &term.act {
            Act::Field(field) => {
                let name = field_key(*field);
                let contradicts = self.absent.contains(&name);
                self.present.insert(name);
                refuse(contradicts)
            }
            Act::Arithmetic(_, sides) => self.require_all(sides.as_slice()),
            Act::Negate(part) | Act::TextSize(part) | Act::Convert(_, part) => self.require(part),
            _ => Ok(()),
        }
    }

    fn require_clock(&mut self, clock: &Clock) -> Result<(), Contradiction> {
        self.require(&clock.against)?;
        for offset in &clock.offsets {
            self.require(&offset.term)?;
        }
        match &clock.hand {
            Hand::Now => Ok(()),
            Hand::Worked { since, .. } => self.require(since),
        }
    }

    fn domain(&mut self, term: &Expression) -> &mut Domain {
        let is_count = matches!(term.act, Act::ListSize(_) | Act::TextSize(_));
        let domain = self.domains.entry(key(term));
        domain.or_insert_with(|| {
            if is_count {
                Domain::natural()
            } else {
                Domain::default()
            }
        })
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        truth: bool,
    ) -> Result<(), Contradiction> {
        let effective = if truth {
            comparison
        } else {
            comparison.negated()
        };
        match (Range::of(left), Range::of(right)) {
            (Some(a), Some(b)) if key(left) == key(right) => {
                refuse(a.single().is_none() && b.single().is_none() && is_strict(effective))?;
                refuse(!a.can(effective, &b))
            }
            (Some(a), Some(b)) => refuse(!a.can(effective, &b)),
            (None, Some(range)) => {
                let domain = self.domain(left);
                domain.constrain(effective, &range, truth);
                refuse(domain.is_empty())
            }
            (Some(range), None) => {
                let domain = self.domain(right);
                domain.constrain(effective.mirrored(), &range, truth);
                refuse(domain.is_empty())
            }
            (None, None) => self.relate(comparison, left, right, truth),
        }
    }

    /// Two terms of which neither is a constant.
    fn relate(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        truth: bool,
    ) -> Result<(), Contradiction> {
        let (a, b) = (key(left), key(right));
        let (comparison, pair) = if a <= b {
            (comparison, (a, b))
        } else {
            (comparison.mirrored(), (b, a))
        };
        let true_when = match comparison {
            Comparison::Equal => EQUAL,
            Comparison::NotEqual => LESS | GREATER | UNORDERED,
            Comparison::Less => LESS,
            Comparison::LessOrEqual => LESS | EQUAL,
            Comparison::Greater => GREATER,
            Comparison::GreaterOrEqual => GREATER | EQUAL,
        };
        let all = if pair.0 == pair.1 {
            EQUAL | UNORDERED
        } else {
            LESS | EQUAL | GREATER | UNORDERED
        };
        let left_over = self.relations.entry(pair).or_insert(all);
        *left_over &= if truth { true_when } else { !true_when };
        refuse(*left_over == 0)
    }

    fn member(
        &mut self,
        element: &Expression,
        elements: &[Expression],
        truth: bool,
    ) -> Result<(), Contradiction> {
        let constant = |element: &Expression| match &element.act {
            Act::Constant(value) => Some(value.clone()),
            _ => None,
        };
        let Some(values) = elements
            .iter()
            .map(constant)
            .collect::<Option<Vec<Value>>>()
        else {
            return Ok(());
        };
        if matches!(element.act, Act::Constant(_)) {
            return Ok(());
        }
        let domain = self.domain(element);
        if truth {
            domain.be_among(&values);
        } else {
            domain.exclude(&values);
        }
        refuse(domain.is_empty())
    }

    fn count_at_least_one(&mut self, list: &List) -> Result<(), Contradiction> {
        let name = format!("size {}", list_key(list));
        let domain = self.domains.entry(name).or_insert_with(Domain::natural);
        let one = Range {
            least: Value::Int(1),
            greatest: Value::Int(1),
        };
        domain.constrain(Comparison::GreaterOrEqual, &one, true);
        refuse(domain.is_empty())
    }
}

fn is_strict(comparison: Comparison) -> bool {
    matches!(
        comparison,
        Comparison::Less | Comparison::Greater | Comparison::NotEqual
    )
}

fn refuse(contradicts: bool) -> Result<(), Contradiction> {
    if contradicts {
        Err(Contradiction)
    } else {
        Ok(())
    }
}
