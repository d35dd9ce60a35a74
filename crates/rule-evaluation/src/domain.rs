//! What is decided here, without clock, socket or database.

pub mod batch;
pub mod change;
pub mod circumstances;
pub mod difference;
pub mod effect;
pub mod gate;
pub mod impact;
pub mod mark;
pub mod order_state;
pub mod sample;
pub mod source;
