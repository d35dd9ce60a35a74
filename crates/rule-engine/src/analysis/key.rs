//! What is the same in two expressions: the same key means the same value at the same moment.

use crate::expression::{Act, Arithmetic, Clock, Expression, FieldRef, Hand, List, Place};
use std::fmt::Write;
use std::sync::Arc;

/// A key of an expression. Expressions that differ may be the same all the same;
/// expressions of one key are the same always.
pub(super) fn key(expression: &Expression) -> String {
    let mut key = String::new();
    write_key(expression, &mut key);
    key
}

pub(super) fn field_key(field: FieldRef) -> String {
    let record = match field.record {
        Place::Order => "o".to_owned(),
        Place::Customer => "c".to_owned(),
        Place::Local(local) => format!("l{local}"),
    };
    format!("{record}.{}", field.slot)
}

/// A key of a list, when it is one of records or a field.
pub(super) fn list_key(list: &List) -> String {
    match list {
        List::Records(kind) => format!("records {kind}"),
        List::Field(field) => format!("list {}", field_key(*field)),
        List::Filter(each) => format!(
            "filter {} {} {}",
            each.local,
            list_key(&each.list),
            key(&each.body)
        ),
        other => format!("{other:?}"),
    }
}

fn write_key(expression: &Expression, into: &mut String) {
    let written = match &expression.act {
        Act::Constant(value) => write!(into, "={value:?}"),
        Act::Field(field) => write!(into, "{}", field_key(*field)),
        Act::Has(field) => write!(into, "has {}", field_key(*field)),
        Act::Local(local) => write!(into, "l{local}"),
        Act::Threshold(threshold) => write!(into, "threshold {:p}", Arc::as_ptr(threshold)),
        Act::ListSize(list) => write!(into, "size {}", list_key(list)),
        Act::And(parts) => return write_all("and", parts, into),
        Act::Or(parts) => return write_all("or", parts, into),
        Act::Not(part) => return write_all("not", std::slice::from_ref(part), into),
        Act::Negate(part) => return write_all("-", std::slice::from_ref(part), into),
        Act::TextSize(part) => return write_all("length", std::slice::from_ref(part), into),
        Act::If(parts) => return write_all("if", parts.as_slice(), into),
        Act::Compare(comparison, sides) => {
            return write_all(&format!("{comparison:?}"), sides.as_slice(), into);
        }
        Act::Arithmetic(arithmetic, sides) => {
            return write_all(sign(*arithmetic), sides.as_slice(), into);
        }
        Act::Quantify(quantifier, each) => write!(
            into,
            "{quantifier:?} {} {} {}",
            each.local,
            list_key(&each.list),
            key(&each.body)
        ),
        Act::TextTest(test, sides) => {
            return write_all(&format!("{test:?}"), sides.as_slice(), into);
        }
        Act::Clock(clock) => return write_clock(clock, into),
        // The same as itself only.
        _ => write!(into, "{expression:p}"),
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

fn write_all<'e>(
    name: &str,
    parts: impl IntoIterator<Item = &'e (impl std::borrow::Borrow<Expression> + 'e)>,
    into: &mut String,
) {
    into.push('(');
    into.push_str(name);
    for part in parts {
        into.push(' ');
        write_key(part.borrow(), into);
    }
    into.push(')');
}

fn write_clock(clock: &Clock, into: &mut String) {
    let hand = match &clock.hand {
        Hand::Now => "now".to_owned(),
        Hand::Worked { since, calendar } => {
            format!("worked {:p} {}", Arc::as_ptr(calendar), key(since))
        }
    };
    into.push_str(&format!(
        "(clock {hand} {} {:?}",
        clock.negated, clock.comparison
    ));
    for offset in &clock.offsets {
        into.push_str(&format!(" {} ", offset.negated));
        write_key(&offset.term, into);
    }
    into.push(' ');
    write_key(&clock.against, into);
    into.push(')');
}

fn sign(arithmetic: Arithmetic) -> &'static str {
    match arithmetic {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Modulo => "%",
    }
}
