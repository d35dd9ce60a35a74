#![doc = include_str!("../README.md")]

pub mod client;
pub mod clock;
pub mod config;
pub mod consume;
pub mod database;
mod dead_letters;
pub mod error;
pub mod event_log;
pub mod inbox;
pub mod lifecycle;
pub mod relay;
pub mod runtime;
pub mod server;
pub mod telemetry;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use error::Error;

/// Facts are many small values; a third of the time of judging them went into malloc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
