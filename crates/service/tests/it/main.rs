//! The promises of `service`, tried on real servers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod broker;
mod config;
mod consume;
mod database;
mod event_log;
mod relay;
mod server;
mod support;
