//! Queries.

use super::super::query::{MalformedStatement, Placeholder, Query, Statement};
use super::super::{Range, SecretName};
use super::http::{DEFAULT_BODY, DEFAULT_TIMEOUT, LARGEST_BODY, TIMEOUTS};
use super::range::RANGE_KEYS;
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::Node;
use crate::mapping::vocabulary::RECORD;
use crate::mapping::{Place, nearest};

/// Most rows of one answer, unless it is said.
const DEFAULT_LIMIT: i64 = 1_000;
const LARGEST_LIMIT: i64 = 20_000;

impl Decoder<'_> {
    pub(super) fn query(&mut self, node: &Node, path: &str) -> Option<Query> {
        let own = ["database", "sql", "limit", "timeout", "max_answer"];
        let known: Vec<&str> = own.into_iter().chain(RANGE_KEYS).collect();
        let entries = self.entries(node, path, &known)?;
        let database = self.text(&entries, "database").and_then(|(text, place)| {
            self.parsed::<SecretName>(&entries.path_of("database"), &text, place)
        });
        let limit = self.number(&entries, "limit", DEFAULT_LIMIT, 1..=LARGEST_LIMIT);
        let timeout = self.spanned(&entries, "timeout", DEFAULT_TIMEOUT, TIMEOUTS);
        let largest = (DEFAULT_BODY, LARGEST_BODY);
        let max_answer = self.sized(&entries, "max_answer", largest);
        let cursor = self.optional(&entries, "cursor", &RECORD);
        let range = self.range(&entries, cursor.as_ref().and_then(Option::as_ref));
        let sql = self.statement(&entries, range.as_ref());
        let schedule = self.schedule(&entries);
        Some(Query {
            database: database?,
            sql: sql?,
            cursor: cursor?,
            limit: u32::try_from(limit?).ok()?,
            timeout: timeout?,
            max_answer: max_answer?,
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
        if let Some(range) = range {
            self.placeholders_fit(entries, &statement, range, place);
        }
        Some(statement)
    }

    /// A statement that does not heed the window reads too much, and one that heeds a window
    /// which there is not reads nothing.
    fn placeholders_fit(
        &mut self,
        entries: &Entries<'_>,
        statement: &Statement,
        range: &Range,
        place: Place,
    ) {
        let (from, to) = (Placeholder::From, Placeholder::To);
        let (message, help) = match range {
            Range::Whole { .. } if statement.uses(from) || statement.uses(to) => (
                "there is no window without a cursor, so nothing is filled in for $from and $to",
                "say how new a row is: `cursor: …`",
            ),
            Range::Instants { .. } | Range::Numbers { .. } if !statement.uses(from) => (
                "the statement reads everything every time, as it has no `$from`",
                "compare the cursor's column with $from",
            ),
            Range::Numbers { .. } if statement.uses(to) => (
                "there is no `$to` where the cursor is a number",
                "take the comparison with $to out",
            ),
            Range::Instants {
                window: Some(_), ..
            } if !statement.uses(to) => (
                "the statement reads beyond its window, as it has no `$to`",
                "compare the cursor's column with $to, or take `window` out",
            ),
            _ => return,
        };
        self.report(&entries.path_of("sql"), place, message, help);
    }
}
