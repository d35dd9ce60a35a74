//! Batches of facts in, exceptions out.

pub mod exception;
pub mod facts;
pub mod rule_set;
