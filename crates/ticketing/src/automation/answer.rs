//! What a webhook says, read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::ticket::Answer;

/// `{"outcome": "refunded", "fields": {"amount": 12.5}}`; both may be left out.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    outcome: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Filled>,
}

/// A field as JSON has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Filled {
    Text(String),
    Boolean(bool),
    Number(serde_json::Number),
}

/// Reads the body of an answer; an empty one says that the step is done.
///
/// # Errors
/// Why it cannot be read, in one sentence. Nothing of the body is repeated.
pub(super) fn read(body: &[u8]) -> Result<Answer, String> {
    if body.trim_ascii().is_empty() {
        return Ok(Answer::default());
    }
    let wrong = "its answer is not JSON with outcome and fields";
    // A list would pass for an object whose keys are left out.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(wrong.to_owned());
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("{wrong}: see line {line}, column {column}")
    })?;
    let text = |filled| match filled {
        Filled::Text(text) => text,
        Filled::Boolean(yes) => yes.to_string(),
        Filled::Number(number) => number.to_string(),
    };
    let fields = body.fields.into_iter();
    Ok(Answer {
        outcome: body.outcome.unwrap_or_default(),
        fields: fields.map(|(name, it)| (name, text(it))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_text_and_nothing_said_is_the_first_way_on() {
        let body =
            br#"{"outcome": "paid", "fields": {"amount": 12.50, "by": "bank", "whole": true}}"#;
        let answer = read(body).unwrap();
        assert_eq!(answer.outcome, "paid");
        let told: Vec<&str> = answer.fields.values().map(String::as_str).collect();
        assert_eq!(told, ["12.5", "bank", "true"]);
        assert_eq!(read(b" \r\n").unwrap(), Answer::default());
        assert_eq!(read(b"{}").unwrap(), Answer::default());
    }

    #[test]
    fn garbage_is_refused_and_not_repeated() {
        for body in [
            &b"OK"[..],
            b"<html>secret</html>",
            b"[]",
            b"\"paid\"",
            br#"{"outcome": 3}"#,
            br#"{"fields": {"a": {"b": 1}}}"#,
            br#"{"fields": {"a": null}}"#,
            b"\xff\xfe",
        ] {
            let told = read(body).unwrap_err();
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
