//! Ingest on a real PostgreSQL and a real nats-server.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod import;
mod push;
mod quarantine;
mod shop;
mod sources;
