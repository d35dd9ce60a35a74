//! Sending files through a mapping: everything is checked before anything is
//! sent, and what is sent may be sent again.

mod checker;
mod mapping;
mod plan;
mod sending;
mod summary;

pub(crate) use checker::Checker;
pub(crate) use plan::{Plan, PlannedFile};
pub(crate) use sending::send;
