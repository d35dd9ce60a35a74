//! A condition as SQL of PostgreSQL.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    condition::{Condition, Operand, Pattern, Shape, Subject, Test},
    environment::Environment,
    syntax::Comparator,
};

/// A condition in SQL: text of the program, and between it values that are bound.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sql {
    pieces: Vec<Piece>,
}

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Text that holds nothing somebody wrote.
    Text(String),
    /// A value to bind.
    Bind(Bind),
}

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    /// As `text`.
    Text(String),
    /// As `bigint`.
    Integer(i64),
    /// As `double precision`.
    Float(f64),
    /// As `interval`.
    Duration(TimeDelta),
    /// As `timestamptz`.
    Instant(DateTime<Utc>),
    /// As `uuid`.
    Uuid(Uuid),
}

impl Sql {
    /// Its pieces in order, for a builder that numbers placeholders itself.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// Its text, with placeholders numbered from `$first`.
    #[must_use]
    pub fn text(&self, first: usize) -> String {
        let mut text = String::new();
        let mut number = first;
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Bind(_) => {
                    let _ = write!(text, "${number}");
                    number += 1;
                }
            }
        }
        text
    }

    /// The values of its placeholders in order.
    pub fn binds(&self) -> impl Iterator<Item = &Bind> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Bind(bind) => Some(bind),
            Piece::Text(_) => None,
        })
    }

    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// Binds a value under its type, so that statements which are kept by their text keep the types
    /// of their placeholders too.
    fn bind(&mut self, bind: Bind) {
        let cast = bind.cast();
        self.pieces.push(Piece::Bind(bind));
        self.push(cast);
    }

    fn bind_text(&mut self, text: &str) {
        self.bind(Bind::Text(text.to_owned()));
    }
}

impl Bind {
    fn cast(&self) -> &'static str {
        match self {
            Self::Text(_) => "::text",
            Self::Integer(_) => "::bigint",
            Self::Float(_) => "::double precision",
            Self::Duration(_) => "::interval",
            Self::Instant(_) => "::timestamptz",
            Self::Uuid(_) => "::uuid",
        }
    }
}

pub(crate) fn write(condition: Option<&Condition>, environment: &Environment<'_>) -> Sql {
    let mut writer = Writer {
        sql: Sql::default(),
        environment,
    };
    match condition {
        Some(condition) => writer.condition(condition),
        None => writer.sql.push("true"),
    }
    writer.sql
}

struct Writer<'e> {
    sql: Sql,
    environment: &'e Environment<'e>,
}

impl Writer<'_> {
    /// False and null come to the same under `and` and `or`; `is not true` makes them one, so that
    /// the whole is true exactly where the filter is.
    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) => self.joined(parts, " and "),
            Condition::Any(parts) => self.joined(parts, " or "),
            Condition::Not(part) => {
                self.sql.push("(");
                self.condition(part);
                self.sql.push(") is not true");
            }
            Condition::Test(subject, test) => self.test(subject, test),
        }
    }

    fn joined(&mut self, parts: &[Condition], joint: &str) {
        for (index, part) in parts.iter().enumerate() {
            self.sql.push(if index == 0 { "(" } else { joint });
            self.condition(part);
        }
        self.sql.push(")");
    }

    fn test(&mut self, subject: &Subject, test: &Test) {
        match test {
            Test::Present => self.present(subject),
            Test::Is(expected) => {
                self.sql.push(if *expected { "" } else { "not " });
                self.subject(subject);
            }
            Test::Compares(comparator, operand) => self.compares(subject, *comparator, operand),
            Test::Like { pattern, expected } => {
                self.subject(subject);
                self.sql
                    .push(if *expected { " like " } else { " not like " });
                self.sql.bind_text(&pattern.like());
            }
            Test::Contains(small) => {
                self.sql.push("strpos(lower(");
                self.subject(subject);
                self.sql.push(" collate \"C\"), ");
                self.sql.bind_text(small);
                self.sql.push(") > 0");
            }
            Test::HasElement(pattern) => self.has_element(subject, pattern),
        }
    }

    /// The value of a subject.
    fn subject(&mut self, subject: &Subject) {
        match &subject.shape {
            Shape::Entry(key) => {
                self.sql.push("((");
                self.sql.push(subject.sql);
                self.sql.push(") ->> ");
                self.sql.bind_text(key);
                self.sql.push(")");
            }
            Shape::Scalar | Shape::List | Shape::Map => {
                self.sql.push("(");
                self.sql.push(subject.sql);
                self.sql.push(")");
            }
        }
    }

    fn present(&mut self, subject: &Subject) {
        let (before, after) = match &subject.shape {
            Shape::Entry(key) => {
                self.sql.push("(");
                self.sql.push(subject.sql);
                self.sql.push(") ? ");
                return self.sql.bind_text(key);
            }
            Shape::Scalar => ("", " is not null"),
            Shape::List => ("cardinality", " > 0"),
            Shape::Map => ("", " <> '{}'::jsonb"),
        };
        self.sql.push(before);
        self.subject(subject);
        self.sql.push(after);
    }

    /// Text is ordered by its bytes, as it is in memory, whatever the database's collation.
    fn compares(&mut self, subject: &Subject, comparator: Comparator, operand: &Operand) {
        let Some(value) = operand.value(self.environment) else {
            return self.sql.push("false");
        };
        self.subject(subject);
        let (is_ordering, symbol) = match comparator {
            Comparator::Equal | Comparator::Has => (false, "="),
            Comparator::NotEqual => (false, "<>"),
            comparator => (true, comparator.symbol()),
        };
        let is_by_bytes = is_ordering && matches!(value, Bind::Text(_));
        self.sql
            .push(if is_by_bytes { " collate \"C\" " } else { " " });
        self.sql.push(symbol);
        self.sql.push(" ");
        self.sql.bind(value);
    }

    fn has_element(&mut self, subject: &Subject, pattern: &Pattern) {
        if pattern.is_exact() {
            self.subject(subject);
            self.sql.push(" @> array[");
            self.sql.bind_text(&pattern.core);
            self.sql.push("]");
            return;
        }
        self.sql.push("exists (select 1 from unnest");
        self.subject(subject);
        self.sql.push(" as element where element like ");
        self.sql.bind_text(&pattern.like());
        self.sql.push(")");
    }
}
