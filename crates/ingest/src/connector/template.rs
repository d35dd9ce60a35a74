//! Texts with `${ CEL }` in them.

use serde_json::Value as Json;

use super::scope::{Scope, kind};
use crate::mapping::expression::{self, within};
use crate::mapping::vocabulary::Vocabulary;
use crate::mapping::{Expression, Fault, Mapping, Place};

/// A text whose expressions are filled in when it is used.
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
    path: String,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Expression(Box<Expression>),
}

impl Template {
    /// Reads a template and reports every fault in it. `$${` stands for `${` itself.
    pub(crate) fn compile(
        text: &str,
        at: Place,
        path: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, Vec<Fault>> {
        let mut parts = Vec::new();
        let mut faults = Vec::new();
        let mut plain = String::new();
        let mut rest = 0;
        while let Some(found) = text[rest..].find("${") {
            let begin = rest + found;
            plain.push_str(&text[rest..begin]);
            if plain.ends_with('$') {
                plain.push('{');
                rest = begin + 2;
                continue;
            }
            let place = place_of(text, begin + 2, at);
            let Some(end) = closing(&text[begin + 2..]) else {
                let message = "`${` is never closed";
                let fault = Fault::new(path, place_of(text, begin, at), message);
                return Err(vec![fault.help("end the expression with `}`")]);
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let inner = &text[begin + 2..begin + 2 + end];
            match expression::compile(inner, place, path, vocabulary) {
                Ok(compiled) => parts.push(Part::Expression(Box::new(compiled))),
                Err(found) => faults.extend(found),
            }
            rest = begin + 2 + end + 1;
        }
        plain.push_str(&text[rest..]);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            parts,
            path: path.to_owned(),
        })
    }

    /// Returns the text that it begins with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Returns whether it is the same whatever is filled in.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Text(_)])
    }

    /// Fills it in; none when all of it is one expression whose value is absent.
    pub(super) fn text(
        &self,
        scope: &Scope<'_>,
        mapping: &Mapping,
    ) -> Result<Option<String>, String> {
        if let [Part::Expression(only)] = self.parts.as_slice() {
            return self.written(only, scope, mapping);
        }
        let mut whole = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => whole.push_str(text),
                Part::Expression(inner) => {
                    let text = self.written(inner, scope, mapping)?;
                    let absent = || format!("{}: an expression within it gives nothing", self.path);
                    whole.push_str(&text.ok_or_else(absent)?);
                }
            }
        }
        Ok(Some(whole))
    }

    /// Fills it in as JSON: what is one expression alone keeps its type.
    pub(super) fn json(&self, scope: &Scope<'_>, mapping: &Mapping) -> Result<Json, String> {
        if let [Part::Expression(only)] = self.parts.as_slice() {
            return self.value(only, scope, mapping);
        }
        let text = self.text(scope, mapping)?;
        Ok(text.map_or(Json::Null, Json::String))
    }

    fn value(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
        mapping: &Mapping,
    ) -> Result<Json, String> {
        let value = scope.value_as_json(expression, mapping);
        value.map_err(|message| format!("{}: {message}", self.path))
    }

    fn written(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
        mapping: &Mapping,
    ) -> Result<Option<String>, String> {
        match self.value(expression, scope, mapping)? {
            Json::Null => Ok(None),
            Json::String(text) => Ok(Some(text)),
            single @ (Json::Number(_) | Json::Bool(_)) => Ok(Some(single.to_string())),
            other => Err(format!(
                "{}: expected a text, found {}; wrap it in json(…)",
                self.path,
                kind(&other)
            )),
        }
    }
}

/// Finds the brace that closes an expression, beyond those of its own texts and maps.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut is_escaped = false;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(index),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// Finds the place of a byte of the text.
fn place_of(text: &str, index: usize, at: Place) -> Place {
    let before = &text[..index];
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    let counted = |count: usize| isize::try_from(count).unwrap_or(1);
    within(at, counted(line), counted(last.chars().count() + 1))
}
