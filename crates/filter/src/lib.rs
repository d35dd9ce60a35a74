#![doc = include_str!("../README.md")]

mod check;
mod condition;
mod environment;
mod error;
mod predicate;
mod row;
mod schema;
mod sql;
mod syntax;

pub use environment::Environment;
pub use error::{Error, Fault};
pub use row::{Entries, Row, Value};
pub use schema::{Field, Kind, Schema};
pub use sql::{Bind, Piece, Sql};
pub use syntax::{Comparator, MAX_BYTES, MAX_DEPTH, MAX_TERMS};

use condition::Condition;

/// A filter that fits its schema, and can therefore be asked of rows and written as SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Absent when every row passes.
    condition: Option<Condition>,
}

impl Filter {
    /// Reads a filter; a blank one lets every row pass.
    ///
    /// # Errors
    /// The first fault of the text, with its place.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Error> {
        let condition = syntax::parse(text).and_then(|expression| {
            let check = |expression| check::condition(&expression, schema);
            expression.map(check).transpose()
        });
        match condition {
            Ok(condition) => Ok(Self { condition }),
            Err(misplaced) => Err(misplaced.in_text(text)),
        }
    }

    /// Whether it lets every row pass because it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.condition.is_none()
    }

    /// Whether it lets a row pass, at the present and for the caller of `environment`.
    #[must_use]
    pub fn matches(&self, row: &impl Row, environment: &Environment<'_>) -> bool {
        self.condition
            .as_ref()
            .is_none_or(|condition| predicate::holds(condition, row, environment))
    }

    /// The filter as a condition of PostgreSQL that is true of the same rows; of others it is
    /// false or null. It can stand between other conditions joined with `and`.
    #[must_use]
    pub fn sql(&self, environment: &Environment<'_>) -> Sql {
        sql::write(self.condition.as_ref(), environment)
    }
}
