//! The latest known version of one entity from one source.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::source::SourceId;
use crate::timestamp::Timestamp;
use crate::value::Value;

/// Most bytes of an id.
pub const MAX_ID_BYTES: usize = 128;
/// Most attributes of a fact.
pub const MAX_ATTRIBUTES: usize = 256;

/// What kind of thing a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// The order itself.
    Order,
    /// One line (item) of an order.
    Line,
    /// A parcel on its way.
    Shipment,
    /// Money going back.
    Refund,
    /// A declaration at the border.
    Customs,
    /// Who ordered; shared by many orders.
    Customer,
    /// How much of a SKU is there; shared by many orders.
    Stock,
}

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing, or nothing but blanks.
    #[error("an id must not be empty")]
    Empty,
    /// More than [`MAX_ID_BYTES`].
    #[error("an id has at most {MAX_ID_BYTES} bytes, found {0}")]
    TooLong(usize),
    /// A control character, which no real id has.
    #[error("an id must not contain control characters, found {0:?}")]
    Control(char),
    /// A source name is part of a bus subject.
    #[error("source name `{name}` contains {character:?}: expected a-z, 0-9, - or _")]
    SourceCharacter {
        /// The name at fault.
        name: String,
        /// The first character at fault.
        character: char,
    },
}

/// Checks a text and trims blanks around it.
pub(crate) fn checked_id(text: &str) -> Result<&str, IdError> {
    let id = text.trim();
    if id.is_empty() {
        return Err(IdError::Empty);
    }
    if id.len() > MAX_ID_BYTES {
        return Err(IdError::TooLong(id.len()));
    }
    match id.chars().find(|c| c.is_control()) {
        Some(character) => Err(IdError::Control(character)),
        None => Ok(id),
    }
}

/// Returns whether a text is an id as it stands, with no blanks around it.
#[must_use]
pub fn is_id(text: &str) -> bool {
    checked_id(text) == Ok(text)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Returns the id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                checked_id(text).map(|id| Self(Arc::from(id)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Id of an order.
    OrderId
);
id!(
    /// Id of an entity in its source.
    EntityId
);
id!(
    /// Id of a customer.
    CustomerId
);

/// A source's own version of an entity: its row version, or its updated-at in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub i64);

/// The latest known version of one entity from one source.
#[derive(Clone, Debug)]
pub struct Fact {
    source: SourceId,
    kind: EntityKind,
    entity_id: EntityId,
    order_id: Option<OrderId>,
    revision: Revision,
    received_at: Timestamp,
    attributes: Vec<(Arc<str>, Value)>,
}

/// Why parts do not make a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// Only customers and stock stand without an order.
    #[error("a {0} must name the order it belongs to")]
    NoOrder(EntityKind),
    /// The order of an order is itself.
    #[error("an order's order id `{order}` must equal its entity id `{entity}`")]
    OtherOrder {
        /// The order id that was given.
        order: OrderId,
        /// The entity id that was given.
        entity: EntityId,
    },
    /// The same attribute twice.
    #[error("attribute `{0}` is given twice")]
    Twice(Arc<str>),
    /// More than [`MAX_ATTRIBUTES`].
    #[error("a fact has at most {MAX_ATTRIBUTES} attributes, found {0}")]
    TooMany(usize),
}

impl Fact {
    /// Makes a fact; missing values are left out.
    ///
    /// # Errors
    ///
    /// When the order is missing or is another one, or an attribute stands twice.
    pub fn new(
        source: SourceId,
        kind: EntityKind,
        entity_id: EntityId,
        order_id: Option<OrderId>,
        revision: Revision,
        mut attributes: Vec<(Arc<str>, Value)>,
    ) -> Result<Self, FactError> {
        let order_id = match (kind, order_id) {
            (EntityKind::Customer | EntityKind::Stock, _) => None,
            (EntityKind::Order, None) => Some(OrderId(entity_id.0.clone())),
            (EntityKind::Order, Some(order)) if order.0 != entity_id.0 => {
                return Err(FactError::OtherOrder {
                    order,
                    entity: entity_id,
                });
            }
            (kind, None) => return Err(FactError::NoOrder(kind)),
            (_, order) => order,
        };
        attributes.retain(|(_, value)| !value.is_missing());
        if attributes.len() > MAX_ATTRIBUTES {
            return Err(FactError::TooMany(attributes.len()));
        }
        attributes.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(pair) = attributes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(FactError::Twice(pair[0].0.clone()));
        }
        Ok(Self {
            source,
            kind,
            entity_id,
            order_id,
            revision,
            received_at: Timestamp::default(),
            attributes,
        })
    }

    /// Returns it stamped with the instant at which it was received.
    #[must_use]
    pub const fn received(mut self, at: Timestamp) -> Self {
        self.received_at = at;
        self
    }

    /// Returns the source that said it.
    #[must_use]
    pub const fn source(&self) -> &SourceId {
        &self.source
    }

    /// Returns what kind of thing it is about.
    #[must_use]
    pub const fn kind(&self) -> EntityKind {
        self.kind
    }

    /// Returns the entity it is about.
    #[must_use]
    pub const fn entity_id(&self) -> &EntityId {
        &self.entity_id
    }

    /// Returns the order it belongs to; none for customers and stock.
    #[must_use]
    pub const fn order_id(&self) -> Option<&OrderId> {
        self.order_id.as_ref()
    }

    /// Returns the source's own version.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns when Orderwatch received it. Decides nothing.
    #[must_use]
    pub const fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Returns the attributes, sorted by name.
    #[must_use]
    pub fn attributes(&self) -> &[(Arc<str>, Value)] {
        &self.attributes
    }

    /// Returns an attribute, or `Missing`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &Value {
        match self
            .attributes
            .binary_search_by(|(key, _)| key.as_ref().cmp(name))
        {
            Ok(index) => &self.attributes[index].1,
            Err(_) => &Value::Missing,
        }
    }

    /// Returns what two versions of one entity share.
    #[must_use]
    pub fn key(&self) -> (EntityKind, &EntityId, &SourceId) {
        (self.kind, &self.entity_id, &self.source)
    }

    /// Compares two versions of one entity: the higher revision is newer, equal
    /// revisions are decided by content, so that no order of arrival matters.
    #[must_use]
    pub fn compare_versions(&self, other: &Self) -> Ordering {
        self.revision
            .cmp(&other.revision)
            .then_with(|| self.attributes.cmp(&other.attributes))
            .then_with(|| self.order_id.cmp(&other.order_id))
    }
}

/// Facts are equal when they say the same, whenever they were received.
impl PartialEq for Fact {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key() && self.compare_versions(other) == Ordering::Equal
    }
}

impl Eq for Fact {}

impl EntityKind {
    /// Every kind of entity.
    pub const ALL: [Self; 7] = [
        Self::Order,
        Self::Line,
        Self::Shipment,
        Self::Refund,
        Self::Customs,
        Self::Customer,
        Self::Stock,
    ];

    /// Returns the name, as mappings write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Line => "line",
            Self::Shipment => "shipment",
            Self::Refund => "refund",
            Self::Customs => "customs",
            Self::Customer => "customer",
            Self::Stock => "stock",
        }
    }

    /// Returns whether many orders share one such entity.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Customer | Self::Stock)
    }
}

/// A name that is no kind of entity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a kind of entity: expected order, line, shipment, refund, customs, customer or stock"
)]
pub struct EntityKindError(String);

impl FromStr for EntityKind {
    type Err = EntityKindError;

    fn from_str(text: &str) -> Result<Self, EntityKindError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| EntityKindError(text.to_owned()))
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
