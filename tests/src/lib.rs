//! What crosses services: end-to-end, kill and fault tests through real servers.
//!
//! The tests start the `orderwatch` binary as a user would, on ports and in folders of
//! their own, and look at nothing but what it prints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

pub mod installation;
pub mod olist;

pub use installation::{Installation, Killed};
