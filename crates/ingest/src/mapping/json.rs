//! Values of expressions as JSON.

use std::sync::Arc;

use cel::Value as Cel;
use cel::common::types::{CelList, CelMap, CelMapKey};
use cel::common::value::Val;
use serde_json::Value as Json;

/// Writes a value as JSON; keys of mappings come in one order, whatever order they had.
pub(crate) fn from_value(value: &dyn Val) -> Result<Json, String> {
    if let Some(items) = value.downcast_ref::<CelList>() {
        let items = items.inner().iter().map(|item| from_value(item.as_ref()));
        return items.collect::<Result<_, _>>().map(Json::Array);
    }
    if let Some(map) = value.downcast_ref::<CelMap>() {
        let mut entries: Vec<_> = map.inner().iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        let entries = entries
            .into_iter()
            .map(|(key, value)| (key, value.as_ref()));
        let entry = |(key, value)| Ok((text(key), from_value(value)?));
        return entries
            .map(entry)
            .collect::<Result<_, _>>()
            .map(Json::Object);
    }
    let found = || format!("a {} cannot be written as JSON", value.get_type().name());
    Ok(match Cel::try_from(value).map_err(|_| found())? {
        Cel::Null => Json::Null,
        Cel::Bool(truth) => Json::Bool(truth),
        Cel::Int(whole) => Json::from(whole),
        Cel::UInt(whole) => Json::from(whole),
        Cel::Float(double) => number(double)?,
        Cel::String(text) => Json::String(Arc::unwrap_or_clone(text)),
        Cel::Timestamp(instant) => Json::String(super::wall::rfc3339(instant)),
        _ => return Err(found()),
    })
}

fn text(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(truth) => truth.inner().to_string(),
        CelMapKey::Int(whole) => whole.inner().to_string(),
        CelMapKey::UInt(whole) => whole.inner().to_string(),
        CelMapKey::String(text) => text.inner().to_owned(),
    }
}

fn number(double: f64) -> Result<Json, String> {
    serde_json::Number::from_f64(double)
        .map(Json::Number)
        .ok_or_else(|| format!("{double} cannot be written as JSON"))
}
