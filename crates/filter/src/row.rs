use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher,
};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A row as a list shows it.
pub trait Row {
    /// The value of a field of the schema, of the field's kind; absent where SQL has null. A value
    /// of another kind counts as absent.
    fn value(&self, field: &str) -> Option<Value<'_>>;
}

/// A value of a row.
#[derive(Clone, Copy)]
pub enum Value<'r> {
    /// Of text, or of one of some words.
    Text(&'r str),
    /// Of a whole number.
    Integer(i64),
    /// Of any number.
    Float(f64),
    /// Of a stretch of time.
    Duration(TimeDelta),
    /// Of an instant, in whole microseconds.
    Instant(DateTime<Utc>),
    /// Of what is true or false.
    Boolean(bool),
    /// Of a UUID.
    Uuid(Uuid),
    /// Of a list of text.
    List(&'r [String]),
    /// Of a map from text to text.
    Map(&'r dyn Entries),
}

/// The entries of a map from text to text.
pub trait Entries {
    /// The value of a key.
    fn entry(&self, key: &str) -> Option<&str>;

    /// Whether there are no entries.
    fn is_empty(&self) -> bool;
}

impl Entries for BTreeMap<String, String> {
    fn entry(&self, key: &str) -> Option<&str> {
        self.get(key).map(String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<S: BuildHasher> Entries for HashMap<String, String, S> {
    fn entry(&self, key: &str) -> Option<&str> {
        self.get(key).map(String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}
