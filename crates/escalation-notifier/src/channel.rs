//! The ways out: each turns a message into one of a vendor's requests and the
//! vendor's reply into an [`Answer`](crate::domain::retry::Answer).

pub mod email;
pub mod webhook;
pub mod wecom;
