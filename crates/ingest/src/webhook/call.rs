//! A call as expressions see it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use crate::connector::{Connector, Scope, Webhook};
use crate::mapping::mask_text;

/// Most bytes of what is said of a call that cannot be understood.
const MAX_TOLD: usize = 400;

/// A call as it came in, once its body is read.
///
/// It cannot be printed: its body holds personal data and its headers a signature.
pub(crate) struct Arrived {
    /// Method in capitals.
    pub(crate) method: String,
    /// Whole URL as the sender knows it.
    pub(crate) url: String,
    /// What stands behind the `?`.
    pub(crate) query: String,
    /// Headers in the order in which they came.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The body, byte for byte.
    pub(crate) body: bytes::Bytes,
}

/// Cuts a call into records; none when it is about something else.
///
/// # Errors
///
/// Says what cannot be understood, without what is about people.
pub(crate) fn records(
    connector: &Connector,
    webhook: &Webhook,
    (arrived, is_form): (&Arrived, bool),
    parameters: &Json,
) -> Result<Option<Vec<Json>>, String> {
    let call = Call::read(arrived, is_form)?;
    let scope = call.scope(parameters);
    if let Some(when) = &webhook.when
        && !told("when", connector.truth(when, &scope))?
    {
        return Ok(None);
    }
    told("records", connector.records(&webhook.records, &scope)).map(Some)
}

/// Says which expression failed, without what it had found of people.
fn told<T>(place: &str, result: Result<T, String>) -> Result<T, String> {
    result.map_err(|message| {
        let masked = mask_text(&message);
        let cut: String = masked.chars().take(MAX_TOLD).collect();
        format!("`{place}`: {cut}")
    })
}

/// What expressions see of a call.
struct Call {
    body: Json,
    headers: Json,
    query: Json,
    form: Json,
}

impl Arrived {
    /// Returns whether the body says that it is a form.
    pub(super) fn is_form(&self) -> bool {
        let form = b"application/x-www-form-urlencoded";
        self.headers.iter().any(|(name, value)| {
            let begins = value.get(..form.len());
            name.eq_ignore_ascii_case("content-type")
                && begins.is_some_and(|begins| begins.eq_ignore_ascii_case(form))
        })
    }
}

impl Call {
    /// Reads a call; else says what is wrong with its body.
    fn read(arrived: &Arrived, is_form: bool) -> Result<Self, String> {
        let (body, form) = if is_form {
            (Json::Null, pairs(&arrived.body))
        } else {
            (json(&arrived.body)?, Json::Null)
        };
        Ok(Self {
            body,
            headers: headers(&arrived.headers),
            query: pairs(arrived.query.as_bytes()),
            form,
        })
    }

    /// Returns the variables of its expressions.
    fn scope<'c>(&'c self, parameters: &'c Json) -> Scope<'c> {
        Scope::default()
            .json("body", &self.body)
            .json("headers", &self.headers)
            .json("query", &self.query)
            .json("form", &self.form)
            .json("parameter", parameters)
    }
}

/// A body of nothing is nothing: some calls say all in their headers.
fn json(body: &[u8]) -> Result<Json, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Json::Null);
    }
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("the body is not JSON at line {line}, column {column}")
    })
}

/// Names in lower case; a header that stands twice is one list, as RFC 9110 has it.
fn headers(headers: &[(String, Vec<u8>)]) -> Json {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value);
        all.entry(name.to_ascii_lowercase())
            .and_modify(|list| {
                list.push_str(", ");
                list.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let entries = all
        .into_iter()
        .map(|(name, value)| (name, Json::String(value)));
    Json::Object(entries.collect())
}

/// A key that stands twice holds a list.
fn pairs(encoded: &[u8]) -> Json {
    let mut all = Map::new();
    for (key, value) in form_urlencoded::parse(encoded) {
        let value = Json::String(value.into_owned());
        match all.get_mut(&*key) {
            None => {
                all.insert(key.into_owned(), value);
            }
            Some(Json::Array(values)) => values.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
        }
    }
    Json::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_headers_that_stand_twice_become_lists() {
        assert_eq!(
            pairs(b"a=1&b=%E5%8F%B7&a=2&a=3"),
            serde_json::json!({"a": ["1", "2", "3"], "b": "号"})
        );
        let twice = [
            ("X-Topic".to_owned(), b"a".to_vec()),
            ("x-topic".to_owned(), b"b".to_vec()),
        ];
        assert_eq!(headers(&twice), serde_json::json!({"x-topic": "a, b"}));
    }
}
