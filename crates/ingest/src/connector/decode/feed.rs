//! Queries and webhooks.

use super::super::query::{MalformedStatement, Placeholder, Query, Statement};
use super::super::webhook::Webhook;
use super::super::{Range, SecretName};
use super::CALL;
use super::range::RANGE_KEYS;
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::Node;
use crate::mapping::nearest;
use crate::mapping::vocabulary::{PARAMETER, RECORD, SECRET};

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

    pub(super) fn webhook(&mut self, node: &Node, path: &str) -> Option<Webhook> {
        let known = ["path", "sign", "records", "when", "reconcile"];
        let entries = self.entries(node, path, &known)?;
        let address = self.text(&entries, "path").and_then(|(text, place)| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            if text.is_empty() || text.len() > 63 || !text.chars().all(plain) {
                let message =
                    format!("`{text}` is not a path: expected 1 to 63 of a-z, 0-9, - and _");
                self.report(&entries.path_of("path"), place, message, "");
                return None;
            }
            Some(text)
        });
        let sign = self
            .required(&entries, "sign")
            .and_then(|node| self.signed(node, &entries.path_of("sign"), &[PARAMETER, SECRET]));
        let parameters = self.parameters.clone();
        let vocabulary = Self::vocabulary(&CALL, &parameters, &[]);
        let records = self.required_expression(&entries, "records", &vocabulary);
        let when = self.optional(&entries, "when", &vocabulary);
        let reconcile = self.optional_text(&entries, "reconcile");
        Some(Webhook {
            path: address?,
            sign: sign?,
            records: records?,
            when: when?,
            reconcile: reconcile.map(|(name, _)| name),
        })
    }
}
