//! Expressions without an order: names bound to constants, and a result of any type.

use super::{Checked, Checker, Element, Outcome, Type, World, cost};
use crate::constant::ConstantValue;
use crate::expression::{Act, Expression, List};
use crate::fault::Fault;
use crate::language::Syntax;
use order::Value;
use std::collections::BTreeMap;

/// An expression of any type that passed.
pub(crate) enum Constant {
    Value(Expression),
    List(List),
}

/// Parses, checks and compiles an expression that may name `bindings`.
pub(crate) fn constant(
    world: &World<'_>,
    text: &str,
    bindings: &BTreeMap<String, ConstantValue>,
) -> Result<Constant, Vec<Fault>> {
    let syntax = crate::language::parse(text)?;
    let mut checker = Checker::new(world, text, bindings);
    let outcome = match checker.check(&syntax) {
        Ok(Checked::List(list, Element::Scalar(_) | Element::Nothing)) => Ok(Constant::List(list)),
        Ok(checked) => checker
            .settle(&syntax, checked)
            .map(|(expression, _)| Constant::Value(expression)),
        Err(reported) => Err(reported),
    };
    let constant = match outcome {
        Ok(constant) if checker.faults.is_empty() => constant,
        _ => return Err(checker.faults),
    };
    let steps = match &constant {
        Constant::Value(expression) => cost::of(expression),
        Constant::List(list) => cost::of_list(list).steps,
    };
    cost::check(text, steps)?;
    Ok(constant)
}

impl Checker<'_> {
    /// A name that stands for a constant.
    pub(super) fn bound(&mut self, syntax: &Syntax, value: &ConstantValue) -> Outcome<Checked> {
        let ConstantValue::List(elements) = value else {
            let (act, value_type) = scalar(value);
            let expression = Expression {
                text: syntax.text.clone(),
                act,
            };
            return Ok(Checked::Steady(expression, value_type));
        };
        let mut element = Element::Nothing;
        let mut literal = Vec::with_capacity(elements.len());
        for value in elements {
            let (act, value_type) = scalar(value);
            let other = element != Element::Nothing && element != Element::Scalar(value_type);
            if other || matches!(value, ConstantValue::List(_)) {
                let fault = self.fault(syntax.at, "elements of a list differ in type");
                return self.report(fault.expected(self.element_name(element), value_type));
            }
            element = Element::Scalar(value_type);
            literal.push(Expression {
                text: syntax.text.clone(),
                act,
            });
        }
        Ok(Checked::List(List::Literal(literal), element))
    }
}

fn scalar(value: &ConstantValue) -> (Act, Type) {
    let (value, value_type) = match value {
        ConstantValue::Bool(value) => (Value::Bool(*value), Type::Bool),
        ConstantValue::Int(value) => (Value::Int(*value), Type::Int),
        ConstantValue::Double(value) => (Value::Double(*value), Type::Double),
        ConstantValue::Text(value) => (Value::text(value), Type::Text),
        ConstantValue::Timestamp(value) => (Value::Timestamp(*value), Type::Timestamp),
        ConstantValue::Duration(value) => (Value::Duration(*value), Type::Duration),
        ConstantValue::List(_) => (Value::Missing, Type::Text),
    };
    (Act::Constant(value), value_type)
}
