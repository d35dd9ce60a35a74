//! Events: tickets come in, notifications go out.

pub mod decode;
pub mod encode;
