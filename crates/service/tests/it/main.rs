//! The promises of `service`, tried on real servers.

mod broker;
mod config;
mod consume;
mod event_log;
mod relay;
mod server;
mod support;
