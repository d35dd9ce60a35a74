//! What is decided here, without clock, socket or database.

pub mod batch;
pub mod source;
