//! Requests that must not arrive, and those that must.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod answers;
mod breakers;
mod door;
mod forms;
mod literals;
mod machine;
mod names;
mod rebinding;
