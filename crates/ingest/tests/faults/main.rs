//! What goes wrong in an installation, all at once: floods, outages and backlogs, with polls,
//! queries, calls and pushes going on beside each other.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod backlog;
mod broker;
#[path = "../poll/query/cable.rs"]
#[expect(dead_code, reason = "connections are not counted here")]
mod cable;
#[path = "../webhooks/caller.rs"]
#[expect(dead_code, reason = "only sound calls are made here")]
mod caller;
mod database;
#[path = "../poll/query/erp.rs"]
#[expect(dead_code, reason = "the ERP is well here")]
mod erp;
mod flood;
mod hooks;
#[path = "../poll/shop.rs"]
#[expect(dead_code, reason = "connectors are only applied here")]
mod shop;
mod stall;
#[path = "../poll/vendor.rs"]
#[expect(dead_code, reason = "the vendor answers plainly here")]
mod vendor;
