//! One field of one record, asked by an operator.

use super::Operand;
use crate::visual::cel::{Cel, Joint};
use crate::visual::field::Found;
use crate::visual::operator::Operator;
use crate::visual::value::Literal;
use order::FieldType;

/// The condition about a record's field, and what it says when the field is missing.
pub(super) fn about_one(
    found: &Found,
    record: &str,
    operator: Operator,
    operands: &[Operand],
) -> Result<Cel, String> {
    let Some(positive) = operator.denies() else {
        return holds(found, record, operator, operands);
    };
    let denied = denied(found, record, positive, operands)?;
    Ok(match counts_as_not(found, positive, operands) {
        true => Cel::join(Joint::Or, vec![has(found, record).negate(), denied]),
        false => denied,
    })
}

/// Whether a missing value answers "is not" with yes: who has no label has not this label. That
/// goes for labels and marks only; a number or an instant that is missing is neither this nor that.
pub(super) fn counts_as_not(found: &Found, positive: Operator, operands: &[Operand]) -> bool {
    let label = matches!(
        found.field_type,
        FieldType::Text | FieldType::TextList | FieldType::Bool
    );
    let given = |operand: &Operand| matches!(operand, Operand::Literal(literal) if !matches!(literal, Literal::Threshold(_)));
    label && found.can_be_missing() && positive != Operator::NotNull && operands.iter().all(given)
}

pub(super) fn has(found: &Found, record: &str) -> Cel {
    Cel::Call(format!("has({})", found.of(record)))
}

/// An operator that denies none.
pub(super) fn holds(
    found: &Found,
    record: &str,
    operator: Operator,
    operands: &[Operand],
) -> Result<Cel, String> {
    let field = found.of(record);
    let values: Vec<_> = operands
        .iter()
        .map(|operand| operand.to_cel(record))
        .collect();
    let relation = |sign: &str, value: &str| Cel::Relation(format!("{field} {sign} {value}"));
    let texts = found.field_type == FieldType::TextList;
    Ok(match (operator, values.as_slice()) {
        (Operator::NotNull, []) if !found.can_be_missing() => {
            return Err("an element of a list is never missing".to_owned());
        }
        (Operator::NotNull, []) => has(found, record),
        (Operator::BeforeNow, []) => relation("<", "now"),
        (Operator::AfterNow, []) => relation(">", "now"),
        (Operator::Equal, [value]) => relation("==", value),
        (Operator::Less, [value]) => relation("<", value),
        (Operator::Greater, [value]) => relation(">", value),
        (Operator::LessOrEqual, [value]) => relation("<=", value),
        (Operator::GreaterOrEqual, [value]) => relation(">=", value),
        (Operator::Contains, [value]) if texts => Cel::Relation(format!("{value} in {field}")),
        (Operator::Contains, [value]) => Cel::Call(format!("{field}.contains({value})")),
        (Operator::BeginsWith, [value]) => Cel::Call(format!("{field}.startsWith({value})")),
        (Operator::EndsWith, [value]) => Cel::Call(format!("{field}.endsWith({value})")),
        (Operator::Between, [from, to]) => {
            Cel::join(Joint::And, vec![relation(">=", from), relation("<=", to)])
        }
        (Operator::In, values) => one_of(&field, texts, operands, values),
        (operator, [span]) => clock(&field, operator, span, operands),
        _ => return Err("wrong number of values".to_owned()),
    })
}

fn one_of(field: &str, texts: bool, operands: &[Operand], values: &[String]) -> Cel {
    if operands
        .iter()
        .any(|operand| matches!(operand, Operand::Field(_)))
    {
        let each = values.iter().map(|value| match texts {
            true => Cel::Relation(format!("{value} in {field}")),
            false => Cel::Relation(format!("{field} == {value}")),
        });
        return Cel::join(Joint::Or, each.collect());
    }
    let list = format!("[{}]", values.join(", "));
    match texts {
        false => Cel::Relation(format!("{field} in {list}")),
        true => Cel::Macro {
            head: format!("{field}.exists(text, "),
            body: Box::new(Cel::Relation(format!("text in {list}"))),
            tail: ")".to_owned(),
            relation: false,
        },
    }
}

fn clock(field: &str, operator: Operator, span: &str, operands: &[Operand]) -> Cel {
    let calendar = match operands {
        [Operand::Limit(limit)] => limit.calendar.as_deref(),
        _ => None,
    };
    let elapsed = match calendar {
        Some(calendar) => {
            let calendar = crate::visual::cel::text(calendar);
            format!("elapsed({field}, {calendar})")
        }
        None => format!("elapsed({field})"),
    };
    Cel::Relation(match operator {
        Operator::ElapsedMoreThan => format!("{elapsed} > {span}"),
        Operator::ElapsedLessThan => format!("{elapsed} < {span}"),
        Operator::RemainingMoreThan => format!("{field} - now > {span}"),
        _ => format!("{field} - now < {span}"),
    })
}

/// The contrary of an operator, unknown where it is unknown.
fn denied(
    found: &Found,
    record: &str,
    positive: Operator,
    operands: &[Operand],
) -> Result<Cel, String> {
    let field = found.of(record);
    let of_fields = operands
        .iter()
        .any(|operand| matches!(operand, Operand::Field(_)));
    let relations = |joint, signs: &[&str]| {
        let parts = operands.iter().zip(signs.iter().cycle());
        let part = |(operand, sign): (&Operand, &&str)| {
            Cel::Relation(format!("{field} {sign} {}", operand.to_cel(record)))
        };
        Cel::join(joint, parts.map(part).collect())
    };
    let texts = found.field_type == FieldType::TextList;
    match positive {
        Operator::Equal => Ok(relations(Joint::And, &["!="])),
        Operator::In if of_fields && !texts => Ok(relations(Joint::And, &["!="])),
        Operator::Between => Ok(relations(Joint::Or, &["<", ">"])),
        positive => holds(found, record, positive, operands).map(Cel::negate),
    }
}
