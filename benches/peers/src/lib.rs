#![doc = include_str!("../README.md")]

pub mod closure;
pub mod condition;
pub mod interpreter;
pub mod known;
pub mod ours;
pub mod rule;
pub mod shop;
pub mod stepping;
pub mod zen;

pub use known::Order;
pub use rule::Rule;
pub use shop::Case;
