//! cel's tree into ours: unsupported parts are refused at their place, expanded macros are
//! recognised by their shape.

use super::source::Source;
use super::{Form, MacroName, Syntax, limit};
use crate::fault::Fault;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

pub(super) fn convert(source: &Source<'_>, node: IdedExpr) -> Result<Syntax, Box<Fault>> {
    let at = source.offset(node.id);
    let refuse = |what: &str, help: &str| {
        let fault = Fault::at(source.text, at, format!("{what} not supported in rules"));
        Err(Box::new(fault.help(help)))
    };
    let form = match node.expr {
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(value) => Form::Bool(*value.inner()),
            LiteralValue::Int(value) => Form::Int(*value.inner()),
            LiteralValue::Double(value) => Form::Double(*value.inner()),
            LiteralValue::String(value) => Form::Text(value.inner().to_owned()),
            LiteralValue::UInt(_) => return refuse("unsigned numbers are", "leave out the `u`"),
            LiteralValue::Bytes(_) => return refuse("bytes are", "write a text without `b`"),
            LiteralValue::Null => {
                return refuse("null is", "ask has(order.field) or !has(order.field)");
            }
        },
        Expr::Ident(name) => Form::Name(name),
        Expr::Select(select) => {
            let of = Box::new(convert(source, *select.operand)?);
            match select.test {
                true => Form::Has {
                    of,
                    field: select.field,
                },
                false => Form::Field {
                    of,
                    field: select.field,
                },
            }
        }
        Expr::Call(call) => call_form(source, call)?,
        Expr::Comprehension(comprehension) => macro_form(source, at, *comprehension)?,
        Expr::List(list) if list.elements.len() > limit::MAX_ELEMENTS => {
            let what = format!("a list of more than {} elements", limit::MAX_ELEMENTS);
            return Err(limit::too_much(source.text, at, &what));
        }
        Expr::List(list) => Form::List(all(source, list.elements)?),
        Expr::Map(_) => return refuse("map literals are", "use a threshold to choose by a value"),
        Expr::Struct(_) => {
            return refuse(
                "message literals are",
                "use timestamp(\"…\") or duration(\"…\")",
            );
        }
        Expr::Unspecified => return refuse("an empty expression is", "write a condition"),
    };
    let text = source.cover(at, children(&form).map(|child| child.text.clone()));
    let text = if matches!(form, Form::Name(_) | Form::Text(_)) {
        source.cover(at, std::iter::empty())
    } else {
        text
    };
    Ok(Syntax { at, text, form })
}

fn call_form(source: &Source<'_>, call: CallExpr) -> Result<Form, Box<Fault>> {
    let target = match call.target {
        Some(target) => Some(Box::new(convert(source, *target)?)),
        None => None,
    };
    let arguments = all(source, call.args)?;
    let plain = call
        .func_name
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '.');
    Ok(match plain || target.is_some() {
        true => Form::Call {
            target,
            function: call.func_name,
            arguments,
        },
        false => Form::Operator {
            name: call.func_name,
            operands: arguments,
        },
    })
}

/// What the step of an expanded macro shows: which macro it was, and its body.
fn macro_form(source: &Source<'_>, at: usize, node: ComprehensionExpr) -> Result<Form, Box<Fault>> {
    let unknown = || {
        Box::new(Fault::at(
            source.text,
            at,
            "macro is not supported in rules",
        ))
    };
    let list = Box::new(convert(source, node.iter_range)?);
    let variable = node.iter_var;
    let build = |name, list, body| -> Result<Form, Box<Fault>> {
        let body = Box::new(convert(source, body)?);
        Ok(Form::Macro {
            name,
            list,
            variable: variable.clone(),
            body,
        })
    };
    let Expr::Call(step) = node.loop_step.expr else {
        return Err(unknown());
    };
    let mut parts = step.args.into_iter();
    let (first, second) = (
        parts.next().ok_or_else(unknown)?,
        parts.next().ok_or_else(unknown)?,
    );
    match step.func_name.as_str() {
        operators::LOGICAL_OR => build(MacroName::Exists, list, second),
        operators::LOGICAL_AND => build(MacroName::All, list, second),
        operators::ADD => build(MacroName::Map, list, element(second).ok_or_else(unknown)?),
        operators::CONDITIONAL => {
            let Expr::Call(add) = second.expr else {
                return Err(unknown());
            };
            let added = add.args.into_iter().nth(1).ok_or_else(unknown)?;
            if matches!(added.expr, Expr::Literal(_)) {
                return build(MacroName::ExistsOne, list, first);
            }
            let added = element(added).ok_or_else(unknown)?;
            let filter = build(MacroName::Filter, list, first)?;
            if matches!(&added.expr, Expr::Ident(name) if *name == variable) {
                return Ok(filter);
            }
            let text = source.cover(at, children(&filter).map(|child| child.text.clone()));
            build(
                MacroName::Map,
                Box::new(Syntax {
                    at,
                    text,
                    form: filter,
                }),
                added,
            )
        }
        _ => Err(unknown()),
    }
}

/// The one element of a list literal.
fn element(list: IdedExpr) -> Option<IdedExpr> {
    match list.expr {
        Expr::List(list) => list.elements.into_iter().next(),
        _ => None,
    }
}

fn all(source: &Source<'_>, nodes: Vec<IdedExpr>) -> Result<Vec<Syntax>, Box<Fault>> {
    nodes
        .into_iter()
        .map(|node| convert(source, node))
        .collect()
}

fn children(form: &Form) -> Box<dyn Iterator<Item = &Syntax> + '_> {
    match form {
        Form::Field { of, .. } | Form::Has { of, .. } => Box::new(std::iter::once(of.as_ref())),
        Form::Call {
            target, arguments, ..
        } => Box::new(target.iter().map(AsRef::as_ref).chain(arguments)),
        Form::Operator { operands, .. } => Box::new(operands.iter()),
        Form::Macro { list, body, .. } => Box::new([list.as_ref(), body.as_ref()].into_iter()),
        Form::List(elements) => Box::new(elements.iter()),
        _ => Box::new(std::iter::empty()),
    }
}
