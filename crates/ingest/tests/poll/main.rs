//! Polls of a vendor that answers over HTTP, and queries of an ERP's database, into a real
//! PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod answers;
mod changes;
mod collector;
mod metrics;
mod progress;
mod query;
mod shop;
mod vendor;
