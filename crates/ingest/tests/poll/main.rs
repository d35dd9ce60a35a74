//! Polls of a vendor that answers over HTTP, into a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod answers;
mod changes;
mod progress;
mod shop;
mod vendor;
