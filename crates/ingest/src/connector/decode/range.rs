//! What part of a list is asked for, and when.

use order::{Span, Timestamp};

use super::super::poll::{Range, Schedule, Start};
use super::super::quantity::{Percent, Quantity};
use crate::mapping::Expression;
use crate::mapping::decode::{Decoder, Entries};

/// Keys of what is asked for again and again.
pub(super) const RANGE_KEYS: [&str; 7] = [
    "cursor", "start", "window", "overlap", "settle", "every", "jitter",
];

const SECOND: Span = Span::from_seconds(1);
const MINUTE: Span = Span::from_seconds(60);
const DAY: Span = Span::from_hours(24);
/// Where a first run begins, unless it is said.
const DEFAULT_START: Span = Span::from_hours(24 * 30);
const DEFAULT_OVERLAP: Span = Span::from_seconds(120);
const DEFAULT_SETTLE: Span = Span::from_seconds(30);
const DEFAULT_EVERY: Span = Span::from_seconds(15 * 60);
const SHORTEST_EVERY: Span = Span::from_seconds(5);
const LONGEST_EVERY: Span = Span::from_hours(24 * 7);
const LONGEST_WINDOW: Span = Span::from_hours(24 * 366);
const DEFAULT_JITTER: Percent = Percent(10);

enum Begun {
    Number(i64),
    Instant(Start),
}

impl Decoder<'_> {
    pub(super) fn schedule(&mut self, entries: &Entries<'_>) -> Option<Schedule> {
        let bounds = SHORTEST_EVERY..=LONGEST_EVERY;
        let every = self.spanned(entries, "every", DEFAULT_EVERY, bounds);
        let jitter = self.quantity::<Percent>(entries, "jitter");
        Some(Schedule {
            every: every?,
            jitter: jitter?.unwrap_or(DEFAULT_JITTER).0,
        })
    }

    pub(super) fn range(
        &mut self,
        entries: &Entries<'_>,
        cursor: Option<&Expression>,
    ) -> Option<Range> {
        let settle = self.spanned(entries, "settle", DEFAULT_SETTLE, Span::ZERO..=DAY);
        match self.begun(entries)? {
            Some(Begun::Number(start)) => self.numbers(entries, cursor, start, settle),
            Some(Begun::Instant(start)) => self.instants(entries, start, settle),
            None if entries.get("cursor").is_some() => {
                self.instants(entries, Start::Before(DEFAULT_START), settle)
            }
            None => {
                self.out_of_place(
                    entries,
                    &["window", "overlap"],
                    "means nothing without a cursor",
                );
                Some(Range::Whole { settle: settle? })
            }
        }
    }

    /// Reads where the first run begins, which also says what the cursor counts.
    fn begun(&mut self, entries: &Entries<'_>) -> Option<Option<Begun>> {
        if entries.get("start").is_none() {
            return Some(None);
        }
        let (text, place) = self.optional_text(entries, "start")?;
        let path = entries.path_of("start");
        if let Some(number) = i64::read(text.trim()) {
            return Some(Some(Begun::Number(number)));
        }
        let looks_like_date = text.get(4..5) == Some("-");
        if !looks_like_date {
            let span = self.span(&path, &text, place)?;
            return Some(Some(Begun::Instant(Start::Before(span))));
        }
        match text.parse::<Timestamp>() {
            Ok(instant) => Some(Some(Begun::Instant(Start::At(instant)))),
            Err(_) => {
                let message = format!(
                    "`{text}` is not an instant: expected RFC 3339, such as 2026-01-01T00:00:00Z"
                );
                self.report(&path, place, message, "");
                None
            }
        }
    }

    fn instants(
        &mut self,
        entries: &Entries<'_>,
        start: Start,
        settle: Option<Span>,
    ) -> Option<Range> {
        let window = self.optional_span(entries, "window", MINUTE..=LONGEST_WINDOW);
        let longest = Span::from_hours(24 * 30);
        let overlap = self.spanned(entries, "overlap", DEFAULT_OVERLAP, Span::ZERO..=longest);
        let (window, overlap, settle) = (window?, overlap?, settle?);
        if window.is_some_and(|window| window <= overlap + overlap + SECOND) {
            let place = entries
                .get("window")
                .map_or(entries.place, |entry| entry.place);
            let message = format!(
                "must be longer than twice the overlap of {overlap}, or nothing would move"
            );
            self.report(&entries.path_of("window"), place, message, "");
        }
        Some(Range::Instants {
            start,
            window,
            overlap,
            settle,
        })
    }

    fn numbers(
        &mut self,
        entries: &Entries<'_>,
        cursor: Option<&Expression>,
        start: i64,
        settle: Option<Span>,
    ) -> Option<Range> {
        self.out_of_place(
            entries,
            &["window"],
            "means nothing where the cursor is a number",
        );
        if cursor.is_none() && entries.get("cursor").is_none() {
            let message = "a start that is a number needs a cursor";
            let help = "add `cursor:` with the number of a record's change";
            self.report(&entries.path_of("cursor"), entries.place, message, help);
        }
        let overlap = self.number(entries, "overlap", 0, 0..=i64::MAX);
        Some(Range::Numbers {
            start,
            overlap: overlap?,
            settle: settle?,
        })
    }

    /// Reports keys that have no meaning where they stand.
    pub(super) fn out_of_place(&mut self, entries: &Entries<'_>, keys: &[&str], why: &str) {
        for key in keys {
            if let Some(entry) = entries.get(key) {
                let message = format!("`{key}` {why}");
                self.report(&entries.path_of(key), entry.place, message, "");
            }
        }
    }
}
