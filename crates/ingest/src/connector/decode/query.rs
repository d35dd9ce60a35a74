//! Queries.

use super::super::query::{MalformedStatement, Placeholder, Query, Statement};
use super::super::{Range, SecretName};
use super::range::RANGE_KEYS;
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::Node;
use crate::mapping::nearest;
use crate::mapping::vocabulary::RECORD;

/// Most rows of one answer, unless it is said.
const DEFAULT_LIMIT: i64 = 1_000;
const LARGEST_LIMIT: i64 = 20_000;

impl Decoder<'_> {
    pub(super) fn query(&mut self, node: &Node, path: &str) -> Option<Query> {
        let own = ["database", "sql", "limit"];
        let known: Vec<&str> = own.into_iter().chain(RANGE_KEYS).collect();
        let entries = self.entries(node, path, &known)?;
        let database = self.text(&entries, "database").and_then(|(text, place)| {
            self.parsed::<SecretName>(&entries.path_of("database"), &text, place)
        });
        let limit = self.number(&entries, "limit", DEFAULT_LIMIT, 1..=LARGEST_LIMIT);
        let cursor = self.optional(&entries, "cursor", &RECORD);
        let range = self.range(&entries, cursor.as_ref().and_then(Option::as_ref));
        let sql = self.statement(&entries, range.as_ref());
        let schedule = self.schedule(&entries);
        Some(Query {
            database: database?,
            sql: sql?,
            cursor: cursor?,
            limit: u32::try_from(limit?).ok()?,
            range: range?,
            schedule: schedule?,
        })
    }

    fn statement(&mut self, entries: &Entries<'_>, range: Option<&Range>) -> Option<Statement> {
        let (text, place) = self.text(entries, "sql")?;
        let path = entries.path_of("sql");
        let statement: Statement = match text.parse() {
            Ok(statement) => statement,
            Err(error) => {
                let help = match &error {
                    MalformedStatement::Placeholder { name, .. } => {
                        nearest(name, Placeholder::ALL.map(Placeholder::as_str))
                    }
                    _ => String::new(),
                };
                self.report(&path, place, error.to_string(), help);
                return None;
            }
        };
        let is_whole = matches!(range, Some(Range::Whole { .. }));
        if range.is_some() && !is_whole && !statement.uses(Placeholder::From) {
            let message = "the statement reads everything every time, as it has no `$from`";
            let help = "compare the cursor's column with $from";
            self.report(&path, place, message, help);
        }
        Some(statement)
    }
}
