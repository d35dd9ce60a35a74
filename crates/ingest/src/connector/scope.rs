//! What expressions see when they are evaluated.

use std::borrow::Cow;

use cel::Value as Cel;
use cel::common::types::{CelInt, CelNull, CelString, CelTimestamp};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use order::Timestamp;
use serde_json::Value as Json;

use super::Position;
use crate::mapping::row::from_json;
use crate::mapping::{Expression, Mapping, json, outcome};

/// The variables of one evaluation.
#[derive(Clone, Debug, Default)]
pub struct Scope<'v> {
    variables: Vec<(&'static str, Seen<'v>)>,
}

/// What a variable holds.
#[derive(Clone, Debug)]
pub enum Seen<'v> {
    /// JSON, which is looked up key by key.
    Json(&'v Json),
    /// An instant.
    Instant(Timestamp),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Cow<'v, str>),
    /// Nothing.
    Absent,
}

impl<'v> Scope<'v> {
    /// Returns it with one more variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, seen: Seen<'v>) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, seen));
        self
    }

    /// Returns it with one more variable that holds JSON.
    #[must_use]
    pub fn json(self, name: &'static str, value: &'v Json) -> Self {
        self.with(name, Seen::Json(value))
    }

    /// Evaluates an expression, and reads what comes of it where it is.
    fn evaluated<T>(
        &self,
        expression: &Expression,
        mapping: &Mapping,
        read: impl FnOnce(&dyn Val) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut context = mapping.context.new_inner_scope();
        context.set_variable_resolver(self);
        let value = Cel::resolve_val(&expression.ast, &context).map_err(outcome::explain)?;
        read(value.as_ref())
    }

    fn value(&self, expression: &Expression, mapping: &Mapping) -> Result<Cel, String> {
        self.evaluated(expression, mapping, |value| {
            Cel::try_from(value).map_err(outcome::explain)
        })
    }

    pub(super) fn value_as_json(
        &self,
        expression: &Expression,
        mapping: &Mapping,
    ) -> Result<Json, String> {
        self.evaluated(expression, mapping, json::from_value)
    }

    pub(super) fn truth(&self, expression: &Expression, mapping: &Mapping) -> Result<bool, String> {
        outcome::condition(&self.value(expression, mapping)?)
    }

    pub(super) fn text(
        &self,
        expression: &Expression,
        mapping: &Mapping,
    ) -> Result<Option<String>, String> {
        match self.value_as_json(expression, mapping)? {
            Json::Null => Ok(None),
            Json::String(text) if text.trim().is_empty() => Ok(None),
            Json::String(text) => Ok(Some(text)),
            single @ (Json::Number(_) | Json::Bool(_)) => Ok(Some(single.to_string())),
            Json::Array(_) => Err("expected a text, found a list".to_owned()),
            Json::Object(_) => Err("expected a text, found an object".to_owned()),
        }
    }

    pub(super) fn position(
        &self,
        cursor: &Expression,
        mapping: &Mapping,
    ) -> Result<Position, String> {
        match self.value(cursor, mapping)? {
            Cel::Int(number) => Ok(Position::Number(number)),
            Cel::Timestamp(instant) => {
                let micros = instant.timestamp_micros();
                Ok(Position::Instant(Timestamp::from_micros(micros)))
            }
            Cel::Null => Err("is empty".to_owned()),
            other => Err(format!(
                "expected an instant or a whole number, found {}; wrap it in instant(…), wall(…) \
                 or int(…)",
                other.type_of()
            )),
        }
    }

    pub(super) fn records(
        &self,
        expression: &Expression,
        mapping: &Mapping,
    ) -> Result<Vec<Json>, String> {
        let listed = match self.as_it_stands(expression) {
            Some(value) => value,
            None => self.value_as_json(expression, mapping)?,
        };
        let objects = match listed {
            Json::Null => return Ok(Vec::new()),
            Json::Array(items) => items,
            other => {
                return Err(format!(
                    "expected a list of objects, found {}; wrap it in […] if it is one record",
                    kind(&other)
                ));
            }
        };
        match objects.iter().position(|object| !object.is_object()) {
            None => Ok(objects),
            Some(index) => Err(format!(
                "expected a list of objects, found {} at index {index}",
                kind(&objects[index])
            )),
        }
    }

    /// Looks up what an expression names without evaluating it, so that nothing of it is
    /// lost: numbers keep their digits.
    fn as_it_stands(&self, expression: &Expression) -> Option<Json> {
        if let Some(items) = expression.listed_keys() {
            let items = items.iter().map(|item| self.found(item).cloned());
            return items.collect::<Option<_>>().map(Json::Array);
        }
        self.found(&expression.keys()?).cloned()
    }

    fn found(&self, (variable, keys): &(&str, Vec<&str>)) -> Option<&'v Json> {
        let (_, seen) = self.variables.iter().find(|(name, _)| name == variable)?;
        match seen {
            Seen::Json(root) => keys.iter().try_fold(*root, |value, key| value.get(key)),
            _ => None,
        }
    }
}

impl VariableResolver for Scope<'_> {
    /// Answers `body.data.orders` by walking through the JSON, so that a large answer is not
    /// copied for the sake of one key.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let mut keys = variable.split('.');
        let name = keys.next()?;
        let (_, seen) = self
            .variables
            .iter()
            .find(|(known, _)| *known == name.trim_end_matches('?'))?;
        Some(match seen {
            Seen::Json(root) => match keys.try_fold(*root, |value, key| value.get(key)) {
                Some(found) => CowVal::Owned(from_json(found)),
                None if name.ends_with('?') => CowVal::owned(CelNull),
                None => return None,
            },
            _ if keys.next().is_some() => return None,
            Seen::Instant(instant) => {
                CowVal::owned(CelTimestamp::from(instant.to_chrono().fixed_offset()))
            }
            Seen::Number(number) => CowVal::owned(CelInt::from(*number)),
            Seen::Text(text) => CowVal::owned(CelString::from(text.as_ref())),
            Seen::Absent => CowVal::owned(CelNull),
        })
    }
}

pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a truth",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
