//! Batches of facts in, exceptions out.

pub mod exception;
pub mod facts;
pub mod late_source;
pub mod order;
pub mod rule_set;
