#![doc = include_str!("../README.md")]

pub mod baseline;
pub mod book;
pub mod customer;
pub mod delivery;
pub mod interval;
pub mod life;
pub mod rule;
pub mod score;
pub mod shop;
pub mod source;
pub mod truth;
pub mod vendor;
pub mod working_hours;

pub use book::Book;
pub use delivery::Delivery;
pub use interval::Interval;
pub use rule::Rule;
pub use score::Score;
pub use shop::{Day, Shop};
pub use source::Source;
pub use truth::RealException;
pub use vendor::Vendors;
