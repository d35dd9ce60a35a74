//! What is decided here, without clock, socket or database.

pub mod batch;
pub mod circumstances;
pub mod order_state;
pub mod source;
