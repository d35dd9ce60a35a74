//! What comes from rule evaluation, and what is told to everybody.

pub mod consume;
pub mod decode;
pub mod encode;
pub mod instant;
