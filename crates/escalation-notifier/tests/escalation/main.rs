//! The escalation notifier against a real PostgreSQL, stand-ins of the vendors
//! and, once, a real broker.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod acknowledge;
mod again;
mod alarms;
mod alertmanager;
mod burst;
mod by_name;
mod cards;
mod crowds;
mod desk;
mod directory;
mod endpoints;
mod explanations;
mod failover;
mod fairness;
mod feed;
mod groups;
mod happenings;
mod incidents;
mod letters;
mod levels;
mod lists;
mod mail_server;
mod notify;
mod office;
mod on_call;
mod outer;
mod peer;
mod policies;
mod queue;
mod quiet;
mod quiet_hours;
mod returns;
mod robots;
mod routes;
mod settling;
mod storm;
mod verification;
mod whole;
mod windows;
