//! Conditions on tickets, such as `severity >= high` or `region in (east, north)`.

mod all;
mod expression;

use std::fmt;

use regex::Regex;

use super::{
    label::Label,
    ticket::{Amount, Ticket},
};

pub use self::all::Matchers;
use self::expression::expression;

/// Longest matcher, in bytes.
const LONGEST: usize = 1_000;

/// Largest compiled expression that anybody asks for, in bytes: some `\w` each take 50 KB. It is
/// read in a millisecond or two.
const ASKED_BYTES: usize = 256 << 10;

/// The same of what is stored, which may be of before it was asked for less.
const STORED_BYTES: usize = 1 << 20;

/// One condition. It holds the text that it was read from, so that equal texts
/// are equal conditions.
#[derive(Debug, Clone)]
pub struct Matcher {
    text: String,
    label: Label,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Among { values: Vec<String>, negated: bool },
    Like { expression: Regex, negated: bool },
    Ranked { comparison: Comparison, than: i64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    More,
    Less,
}

/// Why a text is no matcher.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// Operators, the longer before those that they begin with.
const OPERATORS: [&str; 10] = [
    "=~", "!~", ">=", "<=", "!=", "=", ">", "<", "not in ", "in ",
];

impl Matcher {
    /// Reads a matcher that somebody asks for.
    ///
    /// # Errors
    ///
    /// It is none, or too large: what was expected, and what was found.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        Self::within(text, ASKED_BYTES)
    }

    /// Reads a matcher that is stored.
    ///
    /// # Errors
    ///
    /// It is none: what was expected, and what was found.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        Self::within(text, STORED_BYTES)
    }

    /// Whether a text, if it is a matcher, has a regular expression; without reading that.
    #[must_use]
    pub fn has_expression(text: &str) -> bool {
        let (_, rest) = apart(text.trim());
        matches!(operator(rest), Some("=~" | "!~"))
    }

    /// Reads a matcher whose expression takes so many bytes at most.
    fn within(text: &str, bytes: usize) -> Result<Self, Unreadable> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(Unreadable(format!(
                "expected at most {LONGEST} bytes, found {}",
                text.len()
            )));
        }
        let (name, rest) = apart(text);
        let label: Label = name
            .parse()
            .map_err(|error| Unreadable(format!("{error}, found \"{name}\" in \"{text}\"")))?;
        let operator = operator(rest).ok_or_else(|| {
            Unreadable(format!(
                "expected one of =, !=, =~, !~, >=, <=, >, <, in (…), not in (…) after \
                 `{label}`, found \"{rest}\""
            ))
        })?;
        let value = rest[operator.len()..].trim();
        Ok(Self {
            text: text.to_owned(),
            label,
            test: test(label, operator.trim_end(), value, bytes)?,
        })
    }

    /// The matcher that a label has one of several values.
    #[must_use]
    pub fn among(label: Label, values: &[String]) -> Self {
        let quoted: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        Self {
            text: format!("{label} in ({})", quoted.join(", ")),
            label,
            test: Test::Among {
                values: values.iter().map(|value| cased(label, value)).collect(),
                negated: false,
            },
        }
    }

    /// The matcher that something is known of a label.
    #[must_use]
    pub fn is_known(label: Label) -> Self {
        Self {
            text: format!("{label} != \"\""),
            label,
            test: Test::Among {
                values: vec![String::new()],
                negated: true,
            },
        }
    }

    /// Whether it holds of a ticket: of any of the label's values, or, negated, of none.
    #[must_use]
    pub fn matches(&self, ticket: &Ticket) -> bool {
        let found = self.label.values(ticket);
        match &self.test {
            Test::Among { values, negated } => {
                let is_among = |found: &str| values.iter().any(|value| value == found);
                found.iter().any(|found| is_among(found)) != *negated
            }
            Test::Like {
                expression,
                negated,
            } => found.iter().any(|found| expression.is_match(found)) != *negated,
            Test::Ranked { comparison, than } => {
                let mut ranks = found.iter().filter_map(|found| self.label.rank(found));
                ranks.any(|rank| match comparison {
                    Comparison::AtLeast => rank >= *than,
                    Comparison::AtMost => rank <= *than,
                    Comparison::More => rank > *than,
                    Comparison::Less => rank < *than,
                })
            }
        }
    }
}

/// The name that a matcher begins with, and what follows it.
fn apart(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    (name, rest.trim_start())
}

/// The operator that a text begins with.
fn operator(text: &str) -> Option<&'static str> {
    OPERATORS
        .into_iter()
        .find(|operator| text.starts_with(operator))
}

fn test(label: Label, operator: &str, value: &str, bytes: usize) -> Result<Test, Unreadable> {
    let ranked = |comparison| {
        let value = unquoted(value)?;
        let Some(expected) = label.ranked_values() else {
            return Err(Unreadable(format!(
                "expected `amount` or `severity` before {operator}, found `{label}`"
            )));
        };
        let than = label.rank(&cased(label, &value)).ok_or_else(|| {
            Unreadable(format!(
                "expected {expected} after {operator}, found \"{value}\""
            ))
        })?;
        Ok(Test::Ranked { comparison, than })
    };
    let among = |values: Vec<String>, negated| {
        if label == Label::Amount
            && let Some(wrong) = values.iter().find(|value| label.rank(value).is_none())
        {
            return Err(Unreadable(format!(
                "expected an amount such as 5000 or 49.90 after {operator}, found \"{wrong}\""
            )));
        }
        let values = values.iter().map(|value| cased(label, value)).collect();
        Ok(Test::Among { values, negated })
    };
    Ok(match operator {
        "=" => among(vec![unquoted(value)?], false)?,
        "!=" => among(vec![unquoted(value)?], true)?,
        "in" => among(listed(value)?, false)?,
        "not in" => among(listed(value)?, true)?,
        "=~" | "!~" => Test::Like {
            expression: expression(&unquoted(value)?, bytes)?,
            negated: operator == "!~",
        },
        ">=" => ranked(Comparison::AtLeast)?,
        "<=" => ranked(Comparison::AtMost)?,
        ">" => ranked(Comparison::More)?,
        _ => ranked(Comparison::Less)?,
    })
}

/// Severities are written in any case; amounts in any way that is the same number.
fn cased(label: Label, value: &str) -> String {
    match label {
        Label::Severity => value.to_ascii_lowercase(),
        Label::Amount => value
            .parse::<Amount>()
            .map_or_else(|_| value.to_owned(), |amount| amount.to_string()),
        _ => value.to_owned(),
    }
}

/// A value, with or without quotes.
fn unquoted(value: &str) -> Result<String, Unreadable> {
    if value.is_empty() {
        return Err(Unreadable(
            "expected a value after the operator, found none; \"\" is the empty one".to_owned(),
        ));
    }
    let Some(rest) = value.strip_prefix('"') else {
        return Ok(value.to_owned());
    };
    rest.strip_suffix('"')
        .filter(|inner| !inner.contains('"'))
        .map(str::to_owned)
        .ok_or_else(|| Unreadable(format!("expected a value between quotes, found {value}")))
}

/// Values between brackets, separated by commas.
fn listed(value: &str) -> Result<Vec<String>, Unreadable> {
    let inner = value
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.filter(|inner| !inner.trim().is_empty());
    let inner = inner
        .ok_or_else(|| Unreadable(format!("expected values such as (a, b), found \"{value}\"")))?;
    inner
        .split(',')
        .map(|value| unquoted(value.trim()))
        .collect()
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
