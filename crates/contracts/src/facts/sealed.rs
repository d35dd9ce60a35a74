//! A fact as it travels, checked, and not taken apart until somebody asks for its values.
//!
//! Most of what is known of an order is only carried from one version of its state to the
//! next: then its bytes are copied, and nothing of it is decoded or encoded.

use std::cmp::Ordering;
use std::ops::Range;

use bytes::Bytes;
use order::fact::{MAX_ATTRIBUTES, is_id};
use order::{EntityKind, Fact, OrderId, Revision, SourceId, Statement, Value};
use prost::Message;

use super::wire::{self, Fields, Raw};
use super::{Error, kind_of};
use crate::fact::v1;

/// A [`v1::FactBatch`] as its readers need it, its facts left in their encoded form.
#[derive(Clone, PartialEq, Message)]
pub struct SealedBatch {
    /// The source that says it.
    #[prost(string, tag = "2")]
    pub source: String,
    /// Its facts, not even checked.
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub facts: Vec<Bytes>,
    /// How far the source is complete with it.
    #[prost(message, optional, tag = "4")]
    pub watermark: Option<prost_types::Timestamp>,
    /// The declared sources, as the journal knew them.
    #[prost(message, optional, tag = "5")]
    pub roster: Option<v1::SourceRoster>,
    /// Its place in the journal of its source.
    #[prost(int64, tag = "6")]
    pub sequence: i64,
    /// The oldest place that the journal retained then.
    #[prost(int64, tag = "7")]
    pub oldest_retained_sequence: i64,
}

/// A valid fact in its encoded form.
#[derive(Clone, Debug)]
pub struct SealedFact {
    bytes: Bytes,
    kind: EntityKind,
    revision: Revision,
    source: Range<usize>,
    entity_id: Range<usize>,
    order_id: Range<usize>,
}

impl SealedFact {
    /// Reads a fact from its encoded form. One that says the same in an unusual way, such
    /// as with blanks around an id, is written anew.
    ///
    /// # Errors
    ///
    /// When it is no valid fact; says what is wrong with it.
    pub fn read(bytes: Bytes) -> Result<Self, Error> {
        if let Some(sealed) = Self::canonical(&bytes) {
            return Ok(sealed);
        }
        let fact = Fact::try_from(v1::Fact::decode(bytes)?)?;
        let bytes = v1::Fact::from(&fact).encode_to_vec();
        Self::canonical(&bytes.into()).ok_or(Error::Unusual)
    }

    /// Takes it apart.
    ///
    /// # Errors
    ///
    /// Never for what [`SealedFact::read`] let in.
    pub fn open(&self) -> Result<Fact, Error> {
        v1::Fact::decode(self.bytes.clone())?.try_into()
    }

    /// Returns its encoded form.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the order it belongs to; none for customers and stock.
    #[must_use]
    pub fn order_id(&self) -> Option<OrderId> {
        self.text(&self.order_id).parse().ok()
    }

    fn text(&self, place: &Range<usize>) -> &str {
        std::str::from_utf8(&self.bytes[place.clone()]).unwrap_or_default()
    }

    /// Reads a fact that is written as this version writes them; none for every other.
    fn canonical(bytes: &Bytes) -> Option<Self> {
        let mut fact = Self {
            bytes: bytes.clone(),
            kind: EntityKind::Order,
            revision: Revision(0),
            source: 0..0,
            entity_id: 0..0,
            order_id: 0..0,
        };
        let mut kind = 0;
        let mut names = Vec::with_capacity(16);
        let place = |part: &[u8]| {
            let start = part.as_ptr().addr() - bytes.as_ptr().addr();
            start..start + part.len()
        };
        for field in Fields::of(bytes) {
            match field? {
                (1, Raw::Bytes(text)) => fact.source = place(text),
                (2, Raw::Varint(number)) => kind = i32::try_from(number).ok()?,
                (3, Raw::Bytes(text)) => fact.entity_id = place(text),
                (4, Raw::Bytes(text)) => fact.order_id = place(text),
                (5, Raw::Varint(number)) => fact.revision = Revision(number.cast_signed()),
                (6, Raw::Bytes(instant)) => drop(wire::instant(instant)?),
                (7, Raw::Bytes(attribute)) => names.push(wire::attribute(attribute)?.0),
                _ => return None,
            }
        }
        fact.kind = kind_of(kind).ok()?;
        let sorted = names.is_sorted_by(|a, b| a < b) && names.len() <= MAX_ATTRIBUTES;
        (sorted && fact.is_named_as_usual()).then_some(fact)
    }

    fn is_named_as_usual(&self) -> bool {
        let at = |place: &Range<usize>| std::str::from_utf8(&self.bytes[place.clone()]);
        let (Ok(source), Ok(entity), Ok(order)) =
            (at(&self.source), at(&self.entity_id), at(&self.order_id))
        else {
            return false;
        };
        let order_fits = match self.kind {
            EntityKind::Customer | EntityKind::Stock => order.is_empty(),
            EntityKind::Order => order == entity,
            _ => is_id(order),
        };
        SourceId::is_name(source) && is_id(entity) && order_fits
    }
}

impl Statement for SealedFact {
    fn kind(&self) -> EntityKind {
        self.kind
    }

    fn entity_id(&self) -> &str {
        self.text(&self.entity_id)
    }

    fn source(&self) -> &str {
        self.text(&self.source)
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn compare_versions(&self, other: &Self) -> Ordering {
        let by_revision = self.revision.cmp(&other.revision);
        if by_revision.is_ne() || self.bytes == other.bytes {
            return by_revision;
        }
        match (self.open(), other.open()) {
            (Ok(this), Ok(other)) => this.compare_versions(&other),
            _ => Ordering::Equal,
        }
    }

    fn each_attribute(&self, mut visit: impl FnMut(&str, Value)) {
        let attributes = Fields::of(&self.bytes).filter_map(|field| match field {
            Some((7, Raw::Bytes(attribute))) => wire::attribute(attribute),
            _ => None,
        });
        for (name, value) in attributes {
            visit(name, value.into());
        }
    }
}
