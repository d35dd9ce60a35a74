#![doc = include_str!("../README.md")]

pub mod catalogue;
pub mod fact;
pub mod facts;
pub mod source;
pub mod statement;
pub mod timestamp;
pub mod value;
pub mod view;

pub use catalogue::{Catalogue, Field, FieldType, Slot};
pub use fact::{CustomerId, EntityId, EntityKind, Fact, OrderId, Revision};
pub use facts::OrderFacts;
pub use source::{SourceId, System, Systems};
pub use statement::Statement;
pub use timestamp::{Span, Timestamp};
pub use value::Value;
pub use view::{OrderView, Record};
