//! From conditions to nodes that are shared by all who say the same.

use super::node::{Dial, Field, Literal, Node, Number, Operand, Place, Sign, Test, Worked};
use crate::expression::{
    self, Act, Clock, Comparison, Each, Expression, FieldRef, Hand, List, Quantifier,
};
use foldhash::HashMap;
use order::Value;
use std::sync::Arc;

/// Collects the nodes of one condition after the other.
#[derive(Default)]
pub(super) struct Compiler {
    pub(super) nodes: Vec<Node>,
    pub(super) values: Vec<Expression>,
    /// Nodes by what they test: equal tests are written equally.
    known_nodes: HashMap<String, usize>,
    known_values: HashMap<String, usize>,
}

/// Where a condition stands: of the order as a whole, or within a macro.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Order,
    /// Of the element that the outermost macro looks at.
    Element,
}

impl Compiler {
    /// What must all hold for a condition to be true.
    pub(super) fn conjuncts(&mut self, condition: &Expression) -> Vec<Literal> {
        let literal = self.literal(condition, Scope::Order);
        match &self.nodes[literal.node()].test {
            Test::All(parts) if literal.wanted() => parts.to_vec(),
            _ => vec![literal],
        }
    }

    fn literal(&mut self, expression: &Expression, scope: Scope) -> Literal {
        match &expression.act {
            Act::Constant(Value::Bool(truth)) => signed(self.all(Vec::new()), *truth),
            Act::And(parts) => {
                let parts = parts.iter().map(|part| self.literal(part, scope)).collect();
                self.all(parts)
            }
            Act::Or(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| !self.literal(part, scope))
                    .collect();
                !self.all(parts)
            }
            Act::Not(part) => !self.literal(part, scope),
            Act::Quantify(quantifier, each) => self
                .exists(*quantifier, each, scope)
                .unwrap_or_else(|| self.leaf(expression, scope)),
            Act::Compare(comparison, sides) => self
                .emptiness(*comparison, sides)
                .unwrap_or_else(|| self.leaf(expression, scope)),
            _ => self.leaf(expression, scope),
        }
    }

    /// Kleene's conjunction. Nested ones are made flat and the cheaper parts come first: neither
    /// changes what it says.
    fn all(&mut self, parts: Vec<Literal>) -> Literal {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match &self.nodes[part.node()].test {
                Test::All(inner) if part.wanted() => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        flat.sort_unstable_by_key(|part| (self.nodes[part.node()].test.cost(), *part));
        flat.dedup();
        if let Some(membership) = self.membership(&flat) {
            return !self.node(membership, Scope::Element);
        }
        match flat[..] {
            [single] => single,
            _ => {
                let local = flat.iter().any(|part| self.nodes[part.node()].local);
                let scope = if local { Scope::Element } else { Scope::Order };
                self.node(Test::All(flat.into()), scope)
            }
        }
    }

    /// `x != a && x != b` is `!(x in [a, b])`.
    fn membership(&self, parts: &[Literal]) -> Option<Test> {
        let mut all = Vec::new();
        let mut common = None;
        for part in parts {
            match &self.nodes[part.node()].test {
                Test::Text(field, texts)
                    if !part.wanted() && common.is_none_or(|common| common == *field) =>
                {
                    common = Some(*field);
                    all.extend(texts.iter().cloned());
                }
                _ => return None,
            }
        }
        Some(texts(common.filter(|_| parts.len() > 1)?, all))
    }

    /// `exists` and `all` over records; one is the other of the contrary.
    fn exists(&mut self, quantifier: Quantifier, each: &Each, scope: Scope) -> Option<Literal> {
        let (List::Records(kind), Scope::Order) = (&each.list, scope) else {
            return None;
        };
        if quantifier == Quantifier::ExistsOne {
            return None;
        }
        let body = self.literal(&each.body, Scope::Element);
        let exists = quantifier == Quantifier::Exists;
        let body = signed(body, exists);
        Some(signed(
            self.node(Test::Exists(*kind, body), Scope::Order),
            exists,
        ))
    }

    /// `size(records) > 0` asks whether there is one, whatever it is like.
    fn emptiness(&mut self, comparison: Comparison, sides: &[Expression; 2]) -> Option<Literal> {
        let (Act::ListSize(list), Act::Constant(Value::Int(size))) = (&sides[0].act, &sides[1].act)
        else {
            return None;
        };
        let List::Records(kind) = list.as_ref() else {
            return None;
        };
        let wanted = match (comparison, size) {
            (Comparison::Greater | Comparison::NotEqual, 0) | (Comparison::GreaterOrEqual, 1) => {
                true
            }
            (Comparison::Equal | Comparison::LessOrEqual, 0) | (Comparison::Less, 1) => false,
            _ => return None,
        };
        let anything = self.all(Vec::new());
        let exists = self.node(Test::Exists(*kind, anything), Scope::Order);
        Some(signed(exists, wanted))
    }

    fn leaf(&mut self, expression: &Expression, scope: Scope) -> Literal {
        let fast = match &expression.act {
            Act::Field(field) => plain(*field).map(|field| (Test::Flag(field), true)),
            Act::Has(field) => plain(*field).map(|field| (Test::Has(field), true)),
            Act::Compare(comparison, sides) => compare(*comparison, sides),
            Act::In(element, list) => membership(element, list).map(|test| (test, true)),
            Act::Clock(clock) => self.dial(clock).map(|dial| match dial.due() {
                Some((field, due)) => (Test::Due(field, due), true),
                None => {
                    let slow = Box::new(expression.clone());
                    (Test::Clock(Box::new(dial), slow), true)
                }
            }),
            _ => None,
        };
        let (test, wanted) =
            fast.unwrap_or_else(|| (Test::Slow(Box::new(expression.clone())), true));
        signed(self.node(test, scope), wanted)
    }

    fn dial(&mut self, clock: &Clock) -> Option<Dial> {
        let terms = clock.offsets.iter().map(|offset| {
            let sign = if offset.negated {
                Sign::Plus
            } else {
                Sign::Minus
            };
            Some((sign, self.operand(&offset.term)?))
        });
        let terms = terms.collect::<Option<_>>()?;
        let running = clock.running();
        let worked = match &clock.hand {
            Hand::Now => None,
            Hand::Worked { since, calendar } => Some(Worked {
                since: self.operand(since)?,
                calendar: calendar.clone(),
                exceeds: matches!(running, Comparison::Greater | Comparison::LessOrEqual),
            }),
        };
        Some(Dial {
            against: self.operand(&clock.against)?,
            terms,
            negated: clock.negated,
            worked,
            rises: matches!(running, Comparison::Greater | Comparison::GreaterOrEqual),
        })
    }

    /// What a clock is compared with; none when it must be made anew for each element of a list.
    fn operand(&mut self, expression: &Expression) -> Option<Operand> {
        match &expression.act {
            Act::Constant(Value::Duration(span)) => Some(Operand::Constant(span.micros())),
            Act::Constant(Value::Timestamp(instant)) => Some(Operand::Constant(instant.micros())),
            Act::Field(field) => plain(*field).map(Operand::Field),
            _ => {
                let shape = format!("{expression:?}");
                if mentions_element(&shape) {
                    return None;
                }
                let values = &mut self.values;
                let number = *self.known_values.entry(shape).or_insert_with(|| {
                    values.push(expression.clone());
                    values.len() - 1
                });
                Some(Operand::Value(number))
            }
        }
    }

    fn node(&mut self, test: Test, scope: Scope) -> Literal {
        let shape = format!("{test:?}");
        let nodes = &mut self.nodes;
        let local = scope == Scope::Element
            && match &test {
                Test::All(_) | Test::Exists(..) => true,
                _ => mentions_element(&shape),
            };
        let number = *self.known_nodes.entry(shape).or_insert_with(|| {
            nodes.push(Node {
                test,
                kept: false,
                local,
            });
            nodes.len() - 1
        });
        Literal::is_true(number)
    }
}

/// Whether a shape names the element of the outermost macro around it.
fn mentions_element(shape: &str) -> bool {
    shape.contains("Local(0)") || shape.contains("Element")
}

fn signed(literal: Literal, wanted: bool) -> Literal {
    if wanted { literal } else { !literal }
}

/// A field of a record that is found without walking through more than one list.
fn plain(field: FieldRef) -> Option<Field> {
    let place = match field.record {
        expression::Place::Order => Place::Order,
        expression::Place::Customer => Place::Customer,
        expression::Place::Local(0) => Place::Element,
        expression::Place::Local(_) => return None,
    };
    Some(Field {
        place,
        slot: u32::try_from(field.slot).ok()?,
        event: field.event,
    })
}

fn texts(field: Field, mut texts: Vec<Arc<str>>) -> Test {
    texts.sort_unstable();
    texts.dedup();
    Test::Text(field, texts.into())
}

/// A field against a constant, and the answer that is asked for.
fn compare(comparison: Comparison, sides: &[Expression; 2]) -> Option<(Test, bool)> {
    let (field, comparison, constant) = match (&sides[0].act, &sides[1].act) {
        (Act::Field(field), Act::Constant(constant)) => (*field, comparison, constant),
        (Act::Constant(constant), Act::Field(field)) => (*field, comparison.mirrored(), constant),
        _ => return None,
    };
    let field = plain(field)?;
    Some(match (comparison, constant) {
        (Comparison::Equal, Value::Text(text)) => (texts(field, vec![text.clone()]), true),
        (Comparison::NotEqual, Value::Text(text)) => (texts(field, vec![text.clone()]), false),
        (Comparison::Equal, Value::Bool(truth)) => (Test::Flag(field), *truth),
        (Comparison::NotEqual, Value::Bool(truth)) => (Test::Flag(field), !*truth),
        (_, Value::Int(number)) => (number_test(field, comparison, Number::Int(*number)), true),
        (_, Value::Double(number)) => (
            number_test(field, comparison, Number::Double(*number)),
            true,
        ),
        _ => return None,
    })
}

fn number_test(field: Field, comparison: Comparison, number: Number) -> Test {
    Test::Number(field, comparison, number)
}

/// `field in ["a", "b"]` and `"a" in field`.
fn membership(element: &Expression, list: &List) -> Option<Test> {
    match (&element.act, list) {
        (Act::Field(field), List::Literal(elements)) => {
            let elements = elements.iter().map(|element| match &element.act {
                Act::Constant(Value::Text(text)) => Some(text.clone()),
                _ => None,
            });
            Some(texts(plain(*field)?, elements.collect::<Option<_>>()?))
        }
        (Act::Constant(Value::Text(text)), List::Field(field)) => {
            Some(Test::Tagged(plain(*field)?, text.clone()))
        }
        _ => None,
    }
}
