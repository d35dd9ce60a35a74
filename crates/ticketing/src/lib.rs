//! One ticket an exception, one accountable department at every minute.
pub mod domain;
