//! Webhooks over real sockets, on a real PostgreSQL and a real nats-server.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod applied;
mod caller;
#[path = "../poll/collector.rs"]
#[expect(dead_code, reason = "polls are waited for")]
mod collector;
mod counted;
mod deployed;
mod duplicates;
mod flood;
mod hostile;
mod outage;
mod post;
mod refusals;
mod replayed;
#[path = "../signer/vectors.rs"]
#[expect(dead_code, reason = "only webhooks are sent here")]
mod vectors;
mod vendors;
