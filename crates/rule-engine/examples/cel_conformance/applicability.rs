//! Which cases use only what the rule language claims to have. Decided by what is written in a
//! case, never by how the case comes out.

use super::suite::{Case, Expectation};
use super::textproto::{Message, Value};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use cel::parser::PrattParser;
use std::fmt;

/// Why a case is not applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reason {
    Unchecked,
    Unsigned,
    Bytes,
    Null,
    Maps,
    Messages,
    Types,
    Dyn,
    MixedLists,
    NestedLists,
    DottedNames,
    Nanoseconds,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unchecked => "switches the type checker off",
            Self::Unsigned => "unsigned numbers",
            Self::Bytes => "bytes",
            Self::Null => "null",
            Self::Maps => "maps",
            Self::Messages => "messages",
            Self::Types => "types as values",
            Self::Dyn => "dyn",
            Self::MixedLists => "lists of several types",
            Self::NestedLists => "lists of lists",
            Self::DottedNames => "variables with dots in their names",
            Self::Nanoseconds => "finer than a microsecond",
        })
    }
}

/// The first reason for which a case is beyond what the language claims.
pub(crate) fn reason(case: &Case) -> Option<Reason> {
    if case.unchecked {
        return Some(Reason::Unchecked);
    }
    let mut reasons = Vec::new();
    for (name, value) in &case.bindings {
        if name.contains('.') {
            reasons.push(Reason::DottedNames);
        }
        reasons.extend(of_value(value));
    }
    if let Expectation::Value(value) = &case.expectation {
        reasons.extend(of_value(value));
    }
    let parser = PrattParser::new().enable_ident_escape_syntax(true);
    if let Ok(tree) = parser.parse(&case.expression) {
        of_node(&tree, &mut reasons);
    }
    reasons.into_iter().min()
}

/// Of a value as the cases write it down.
fn of_value(value: &Message) -> Option<Reason> {
    let (kind, held) = value.first()?;
    match kind {
        "uint64_value" => Some(Reason::Unsigned),
        "bytes_value" => Some(Reason::Bytes),
        "null_value" => Some(Reason::Null),
        "map_value" => Some(Reason::Maps),
        "type_value" => Some(Reason::Types),
        "object_value" => match held {
            Value::Message(object) => match object.first() {
                Some((name, _)) if is_time(name) => None,
                _ => Some(Reason::Messages),
            },
            _ => Some(Reason::Messages),
        },
        "list_value" => match held {
            Value::Message(list) => {
                let kinds: Vec<_> = list
                    .messages("values")
                    .filter_map(|value| value.first().map(|(kind, _)| kind))
                    .collect();
                if kinds.contains(&"list_value") {
                    return Some(Reason::NestedLists);
                }
                let mixed = kinds.windows(2).any(|pair| pair[0] != pair[1]);
                let inner = list.messages("values").find_map(of_value);
                inner.or(mixed.then_some(Reason::MixedLists))
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_time(type_url: &str) -> bool {
    type_url.ends_with("google.protobuf.Duration")
        || type_url.ends_with("google.protobuf.Timestamp")
}

fn of_node(node: &IdedExpr, reasons: &mut Vec<Reason>) {
    match &node.expr {
        Expr::Literal(LiteralValue::UInt(_)) => reasons.push(Reason::Unsigned),
        Expr::Literal(LiteralValue::Bytes(_)) => reasons.push(Reason::Bytes),
        Expr::Literal(LiteralValue::Null) => reasons.push(Reason::Null),
        Expr::Map(_) => reasons.push(Reason::Maps),
        Expr::Struct(_) => reasons.push(Reason::Messages),
        Expr::Ident(name) => {
            const DENOTATIONS: [&str; 11] = [
                "bool",
                "int",
                "uint",
                "double",
                "string",
                "bytes",
                "list",
                "map",
                "null_type",
                "type",
                "google",
            ];
            if DENOTATIONS.contains(&name.as_str()) {
                reasons.push(Reason::Types);
            }
        }
        Expr::Select(select) => of_node(&select.operand, reasons),
        Expr::Call(call) => of_call(call, reasons),
        Expr::List(list) => {
            let nested = list
                .elements
                .iter()
                .any(|element| matches!(element.expr, Expr::List(_)));
            if nested {
                reasons.push(Reason::NestedLists);
            }
            let kinds: Vec<_> = list.elements.iter().filter_map(kind).collect();
            if kinds.windows(2).any(|pair| pair[0] != pair[1]) {
                reasons.push(Reason::MixedLists);
            }
            list.elements
                .iter()
                .for_each(|element| of_node(element, reasons));
        }
        Expr::Comprehension(comprehension) => {
            of_node(&comprehension.iter_range, reasons);
            of_node(&comprehension.loop_step, reasons);
        }
        _ => {}
    }
}

fn of_call(call: &CallExpr, reasons: &mut Vec<Reason>) {
    match call.func_name.as_str() {
        "uint" => reasons.push(Reason::Unsigned),
        "bytes" => reasons.push(Reason::Bytes),
        "type" => reasons.push(Reason::Types),
        "dyn" => reasons.push(Reason::Dyn),
        "timestamp" | "duration" if call.args.iter().any(is_fine) => {
            reasons.push(Reason::Nanoseconds);
        }
        _ => {}
    }
    call.target
        .iter()
        .map(AsRef::as_ref)
        .chain(&call.args)
        .for_each(|part| of_node(part, reasons));
}

/// Whether a literal text speaks of less than a microsecond.
fn is_fine(argument: &IdedExpr) -> bool {
    let Expr::Literal(LiteralValue::String(text)) = &argument.expr else {
        return false;
    };
    let text = text.inner();
    let digits = text.split('.').nth(1).map_or(0, |fraction| {
        fraction.chars().take_while(char::is_ascii_digit).count()
    });
    digits > 6 || text.ends_with("ns")
}

/// The kind of a literal; none where it takes a checker to tell.
fn kind(node: &IdedExpr) -> Option<&'static str> {
    Some(match &node.expr {
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(_) => "bool",
            LiteralValue::Int(_) => "int",
            LiteralValue::UInt(_) => "uint",
            LiteralValue::Double(_) => "double",
            LiteralValue::String(_) => "string",
            LiteralValue::Bytes(_) => "bytes",
            LiteralValue::Null => "null",
        },
        Expr::List(_) => "list",
        Expr::Map(_) => "map",
        _ => return None,
    })
}
