//! Tickets on a real PostgreSQL and a real broker.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod absences;
mod acting;
mod aged;
mod automation;
mod bulk;
mod dispatch;
mod evidence;
mod exceptions;
mod facts;
mod figures;
mod filters;
mod groups;
mod kept;
mod listing;
mod machine;
mod office;
mod opening;
mod orders;
mod path;
mod plans;
mod queues;
mod room;
mod tables;
mod timers;
mod turmoil;
mod waiting;
mod watching;
