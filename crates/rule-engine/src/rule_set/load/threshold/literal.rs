//! Literal values of decision tables.

use crate::check::parse_duration;
use crate::rule_set::ValueType;
use crate::rule_set::spec::Scalar;
use order::Value;

/// Reads a literal as a value of a type, or says what is expected.
pub(super) fn read(expected: ValueType, scalar: &Scalar) -> Result<Value, &'static str> {
    let duration = "a duration such as 2d, 36h or 1h30m";
    match (expected, scalar) {
        (ValueType::Duration, Scalar::Text(text)) => {
            parse_duration(text).map(Value::Duration).ok_or(duration)
        }
        (ValueType::Int, Scalar::Int(number)) => Ok(Value::Int(*number)),
        (ValueType::Double, Scalar::Double(number)) => Ok(Value::Double(*number)),
        (ValueType::Double, Scalar::Int(number)) => Ok(Value::Double(*number as f64)),
        (ValueType::Bool, Scalar::Bool(truth)) => Ok(Value::Bool(*truth)),
        (ValueType::String, Scalar::Text(text)) => Ok(Value::text(text)),
        (ValueType::Duration, _) => Err(duration),
        (ValueType::Int, _) => Err("an int"),
        (ValueType::Double, _) => Err("a number"),
        (ValueType::Bool, _) => Err("true or false"),
        (ValueType::String, _) => Err("a text; put it in quotes"),
    }
}
