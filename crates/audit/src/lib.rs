//! The append-only record of everything that happened.
pub mod domain;
pub mod store;
