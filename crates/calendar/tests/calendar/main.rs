//! Calendars against what is written, against the wall clock, and against the official notices.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod arrangement;
mod long;
mod oracle;
mod specification;
mod zoneinfo;
