//! tmp
pub mod channel;
pub mod domain;
pub mod message;
#[cfg(feature = "sinks")]
pub mod sink;
pub mod store;
