//! Matchers that must all hold.

use std::fmt;

use super::{Matcher, Unreadable};
use crate::domain::{label::Label, ticket::Ticket};

/// Most matchers that one wish may name: an expression takes a millisecond or two to read.
const AT_MOST: usize = 100;

/// Most of them that may be regular expressions, which are kept as they were read.
const EXPRESSIONS: usize = 10;

/// Conditions that must all hold; none hold of every ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matchers(Vec<Matcher>);

impl Matchers {
    /// All of these.
    #[must_use]
    pub fn all(matchers: Vec<Matcher>) -> Self {
        Self(matchers)
    }

    /// Whether every one holds of a ticket.
    #[must_use]
    pub fn match_all(&self, ticket: &Ticket) -> bool {
        self.0.iter().all(|matcher| matcher.matches(ticket))
    }

    /// Reads matchers that somebody asks for, of which there may be a hundred, and ten regular
    /// expressions among them; what is wrong comes with the index of the matcher.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn parse(texts: &[String]) -> Result<Self, Vec<(usize, Unreadable)>> {
        if texts.len() > AT_MOST {
            let many = format!("expected at most {AT_MOST} matchers, found {}", texts.len());
            return Err(vec![(AT_MOST, Unreadable(many))]);
        }
        let mut expressions = texts
            .iter()
            .enumerate()
            .filter(|(_, it)| Matcher::has_expression(it));
        if let Some((beyond, _)) = expressions.nth(EXPRESSIONS) {
            let many = format!("expected at most {EXPRESSIONS} regular expressions");
            return Err(vec![(beyond, Unreadable(many))]);
        }
        // Which programming languages say, and which would be true of no ticket.
        let doubled = texts.iter().enumerate().filter_map(|(index, text)| {
            let (name, _value) = text.split_once("==")?;
            let label: Label = name.trim().parse().ok()?;
            let expected = format!("expected `{label} = …`, found `==`");
            Some((index, Unreadable(expected)))
        });
        let mut wrong: Vec<_> = doubled.collect();
        match Self::each(texts, Matcher::parse) {
            Ok(matchers) if wrong.is_empty() => Ok(matchers),
            Ok(_) => Err(wrong),
            Err(more) => {
                wrong.extend(more);
                Err(wrong)
            }
        }
    }

    /// Reads matchers that are stored.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn read(texts: &[String]) -> Result<Self, Vec<(usize, Unreadable)>> {
        Self::each(texts, Matcher::read)
    }

    fn each(
        texts: &[String],
        read: fn(&str) -> Result<Matcher, Unreadable>,
    ) -> Result<Self, Vec<(usize, Unreadable)>> {
        let mut matchers = Vec::new();
        let mut wrong = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match read(text) {
                Ok(matcher) => matchers.push(matcher),
                Err(error) => wrong.push((index, error)),
            }
        }
        if wrong.is_empty() {
            Ok(Self(matchers))
        } else {
            Err(wrong)
        }
    }

    /// The first that does not hold of a ticket.
    #[must_use]
    pub fn first_lacking(&self, ticket: &Ticket) -> Option<&Matcher> {
        self.0.iter().find(|matcher| !matcher.matches(ticket))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// As they were written.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Matchers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("every ticket");
        }
        formatter.write_str(&self.texts().join(" and "))
    }
}
