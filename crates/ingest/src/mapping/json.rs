//! Values of expressions as JSON.

use cel::Value as Cel;
use cel::objects::Key;
use serde_json::{Map, Value as Json};

/// Writes a value as JSON; keys of mappings come in one order, whatever order they had.
pub(crate) fn from_value(value: &Cel) -> Result<Json, String> {
    Ok(match value {
        Cel::Null => Json::Null,
        Cel::Bool(truth) => Json::Bool(*truth),
        Cel::Int(whole) => Json::from(*whole),
        Cel::UInt(whole) => Json::from(*whole),
        Cel::Float(double) => number(*double)?,
        Cel::String(text) => Json::String(text.as_str().to_owned()),
        Cel::Timestamp(instant) => Json::String(super::wall::rfc3339(*instant)),
        Cel::List(items) => Json::Array(items.iter().map(from_value).collect::<Result<_, _>>()?),
        Cel::Map(map) => {
            let mut entries: Vec<(&Key, &Cel)> = map.map.iter().collect();
            entries.sort_by_key(|(key, _)| key.to_string());
            let entry = |(key, value): (&Key, &Cel)| Ok((key.to_string(), from_value(value)?));
            Json::Object(
                entries
                    .into_iter()
                    .map(entry)
                    .collect::<Result<Map<_, _>, String>>()?,
            )
        }
        other => return Err(format!("a {} cannot be written as JSON", other.type_of())),
    })
}

fn number(double: f64) -> Result<Json, String> {
    serde_json::Number::from_f64(double)
        .map(Json::Number)
        .ok_or_else(|| format!("{double} cannot be written as JSON"))
}
