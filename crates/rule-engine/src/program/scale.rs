//! Literals of which one implies the other: `amount > 100.0` whatever `amount > 50.0` does not
//! exclude.

use super::node::{Dial, Literal, Node, Number, Operand, Test};
use crate::expression::Comparison;

/// A literal is a mark on a scale: where it holds, all lower marks of the same scale do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Equal for literals that differ in nothing but one constant.
    pub(super) scale: String,
    pub(super) height: i64,
}

/// The scales that a literal is on: more than one if it is about an element of a list, of which
/// several parts have a scale.
pub(super) fn marks(nodes: &[Node], literal: Literal) -> Vec<Mark> {
    match &nodes[literal.node()].test {
        Test::Exists(kind, body) if literal.wanted() => {
            let parts = match &nodes[body.node()].test {
                Test::All(parts) if body.wanted() => parts.as_ref(),
                _ => std::slice::from_ref(body),
            };
            let of = |(at, part): (usize, &Literal)| {
                let own = mark(&nodes[part.node()].test, part.wanted())?;
                let mut others = [&parts[..at], &parts[at + 1..]].concat();
                others.sort_unstable();
                let scale = format!("{kind:?} {others:?} {}", own.scale);
                Some(Mark { scale, ..own })
            };
            parts.iter().enumerate().filter_map(of).collect()
        }
        test => mark(test, literal.wanted()).into_iter().collect(),
    }
}

fn mark(test: &Test, wanted: bool) -> Option<Mark> {
    match test {
        Test::Number(field, comparison, number) => {
            let (of, height) = match number {
                Number::Int(number) => ("int", *number),
                Number::Double(number) if number.is_nan() => return None,
                Number::Double(number) => ("double", height(*number)),
            };
            let rises = match comparison {
                Comparison::Greater | Comparison::GreaterOrEqual => wanted,
                Comparison::Less | Comparison::LessOrEqual => !wanted,
                Comparison::Equal | Comparison::NotEqual => return None,
            };
            Some(Mark {
                scale: format!("{field:?} {comparison:?} {of} {wanted}"),
                height: if rises { height } else { !height },
            })
        }
        // Negative ones may have no instant where others have one, and so may those that wait
        // until the flip.
        Test::Due(field, due) => (due.rises == wanted && due.after >= 0).then(|| Mark {
            scale: format!("{field:?} {}", due.rises),
            height: due.after,
        }),
        Test::Clock(dial, _) => worked(dial, wanted),
        _ => None,
    }
}

/// So much working time since something.
fn worked(dial: &Dial, wanted: bool) -> Option<Mark> {
    let (Operand::Constant(amount), [], false, Some(_)) = (
        dial.against,
        dial.terms.as_ref(),
        dial.negated,
        &dial.worked,
    ) else {
        return None;
    };
    let zero = Dial {
        against: Operand::Constant(0),
        terms: Box::default(),
        negated: false,
        worked: dial.worked.clone(),
        rises: dial.rises,
    };
    (dial.rises == wanted && amount >= 0).then(|| Mark {
        scale: format!("{zero:?}"),
        height: amount,
    })
}

/// A number that is greater for a greater one.
fn height(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}
