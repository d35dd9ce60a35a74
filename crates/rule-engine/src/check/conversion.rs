//! Conversions: which types become which.

use super::{Checker, Outcome, Type};
use crate::expression::{Act, Conversion};
use crate::language::Syntax;

/// The conversion that a function of this name makes.
pub(super) fn of(function: &str) -> Option<Conversion> {
    Some(match function {
        "bool" => Conversion::Bool,
        "int" => Conversion::Int,
        "double" => Conversion::Double,
        "string" => Conversion::Text,
        "timestamp" => Conversion::Timestamp,
        "duration" => Conversion::Duration,
        _ => return None,
    })
}

/// What it makes, and of what.
fn types(conversion: Conversion) -> (Type, &'static [Type]) {
    use Type::{Bool, Double, Duration, Int, Text, Timestamp};
    match conversion {
        Conversion::Bool => (Bool, &[Bool, Text]),
        Conversion::Int => (Int, &[Int, Double, Text, Timestamp]),
        Conversion::Double => (Double, &[Int, Double, Text]),
        Conversion::Text => (Text, &[Text, Int, Double, Bool, Timestamp, Duration]),
        Conversion::Timestamp => (Timestamp, &[Text, Int, Timestamp]),
        Conversion::Duration => (Duration, &[Text, Duration]),
    }
}

impl Checker<'_> {
    pub(super) fn conversion(&mut self, of: &Syntax, to: Conversion) -> Outcome<(Act, Type)> {
        let (expression, found) = self.steady(of)?;
        let (value_type, from) = types(to);
        if !from.contains(&found) {
            let names: Vec<_> = from.iter().map(Type::to_string).collect();
            let fault = self.fault(
                of.text.start,
                format!("cannot be converted to {value_type}"),
            );
            return self.report(fault.expected(names.join(" or "), found));
        }
        Ok((Act::Convert(to, Box::new(expression)), value_type))
    }
}
