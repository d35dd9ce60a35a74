//! Expressions without an order, for tools: conformance tests, playgrounds, previews.

use crate::check::{self, Constant, World};
use crate::datum::Datum;
use crate::evaluate::Moment;
use crate::expression::List;
use crate::fault::Fault;
use order::{Catalogue, Fact, OrderView, Span, Timestamp};
use std::cell::Cell;
use std::collections::BTreeMap;

/// A value of the language, by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstantValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating number.
    Double(f64),
    /// A text.
    Text(String),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Span),
    /// Values of one type.
    List(Vec<ConstantValue>),
}

/// Evaluates an expression of any type that reads no order, with constants for its names. None is
/// unknown: what other implementations of CEL call an error of evaluation. The clock stands at
/// 1970, and whatever is read of the order is missing.
///
/// Meant for tools: it checks the text and builds an order without facts on every call.
///
/// # Errors
///
/// Every fault of the text, with its place.
pub fn evaluate_constant(
    text: &str,
    bindings: &BTreeMap<String, ConstantValue>,
) -> Result<Option<ConstantValue>, Vec<Fault>> {
    let catalogue = Catalogue::standard();
    let (calendars, thresholds) = (BTreeMap::new(), BTreeMap::new());
    let world = World {
        catalogue: &catalogue,
        calendars: &calendars,
        thresholds: Some(&thresholds),
        patterns: Cell::new(0),
    };
    let constant = check::constant(&world, text, bindings)?;
    let Ok(order) = "constant".parse() else {
        return Ok(None);
    };
    let no_facts: &[Fact] = &[];
    let view = OrderView::join(&catalogue, order, no_facts);
    let mut moment = Moment::new(&view, Timestamp::from_micros(0));
    Ok(match &constant {
        Constant::Value(expression) => moment.datum(expression).and_then(value),
        Constant::List(list) => elements(&mut moment, list).map(ConstantValue::List),
    })
}

fn elements<'e>(moment: &mut Moment<'e>, list: &'e List) -> Option<Vec<ConstantValue>> {
    let mut elements = Vec::new();
    moment.each(list, &mut |_, element| {
        elements.push(value(element));
        false
    })?;
    elements.into_iter().collect()
}

fn value(datum: Datum<'_>) -> Option<ConstantValue> {
    Some(match datum {
        Datum::Bool(value) => ConstantValue::Bool(value),
        Datum::Int(value) => ConstantValue::Int(value),
        Datum::Double(value) => ConstantValue::Double(value),
        Datum::Text(text) => ConstantValue::Text(text.into_owned()),
        Datum::Timestamp(micros) => ConstantValue::Timestamp(Timestamp::from_micros(micros)),
        Datum::Duration(micros) => ConstantValue::Duration(Span::from_micros(micros)),
        Datum::Record(_) => return None,
    })
}
