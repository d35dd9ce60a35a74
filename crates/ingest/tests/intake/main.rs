//! Ingest on a real PostgreSQL and a real nats-server.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod archive;
mod archive_kept;
mod archive_range;
mod import;
mod push;
mod quarantine;
mod quarantine_groups;
mod shop;
mod sources;
