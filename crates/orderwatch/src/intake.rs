//! Sending files through a mapping: everything is checked before anything is
//! sent, and what is sent may be sent again.

mod mapping;
mod plan;
mod sending;
mod summary;

pub(crate) use plan::Plan;
pub(crate) use sending::send;
