//! The vendors of the simulated day, asked as their documentation says.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod client;
mod lists;
mod refusals;
