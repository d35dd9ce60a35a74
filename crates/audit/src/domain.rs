//! What an entry is, how it is sealed, and what may be asked of the record. Pure.

mod entry;
mod happening;
mod key;
mod query;
mod seal;

pub use entry::{Entry, Tampered};
pub(crate) use happening::instant;
pub use happening::{Happening, Unreadable};
pub use key::Key;
pub use query::{Filter, InvalidQuery, PageSize, PageToken};
pub use seal::{Content, Digest};
