#![doc = include_str!("../README.md")]

pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
pub mod store;

pub use config::Config;
pub use error::Error;
