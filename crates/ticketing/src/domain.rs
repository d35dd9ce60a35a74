//! Decisions about tickets, without clock, randomness, socket or database.

pub mod absence;
pub mod actor;
pub mod automation;
pub mod breach;
pub mod bulk;
pub mod clock;
pub mod dispatch;
pub mod duties;
pub mod evidence;
pub mod exception;
pub mod field;
pub mod group;
pub mod holder;
pub mod id;
pub mod ledger;
pub mod office;
pub mod report;
pub mod roster;
pub mod saved_filter;
pub mod sop;
pub mod span;
pub mod step;
pub mod task;
pub mod ticket;
pub mod timer;
pub mod transition;

/// A point in time, to the microsecond, because that is what the database keeps.
pub type Instant = chrono::DateTime<chrono::Utc>;
