#![doc = include_str!("../README.md")]

mod connection;
pub mod consume;
pub mod dead_letter;
mod error;
pub mod header;
mod options;
mod publish;
mod stream;

pub use connection::Bus;
pub use consume::{ConsumerOptions, Deliveries, Delivery};
pub use dead_letter::{DeadLetter, DeadLetters, Obituary};
pub use error::Error;
pub use header::Position;
pub use options::{Credentials, Options};
pub use publish::{Outgoing, PublishError};
pub use stream::{MAX_MESSAGE_BYTES, Stream};
