//! Facts between the wire and the domain. The only door for facts: what comes
//! through is valid in itself; whether its values fit the catalogue is checked
//! beyond.

mod sealed;
mod wire;

use std::sync::Arc;

use order::fact::{FactError, IdError};
use order::{EntityId, EntityKind, Fact, OrderId, Revision, SourceId, Span, Timestamp, Value};

use crate::fact::v1;
use crate::time::{InstantError, duration, instant, span, timestamp};

pub use sealed::{SealedBatch, SealedFact};

/// Why a message is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An id or a name that cannot be one.
    #[error("{field}: {source}")]
    Id {
        /// Field at fault.
        field: &'static str,
        /// What is wrong with it.
        source: IdError,
    },
    /// No kind of entity.
    #[error("kind: {0} is not a kind of entity, expected ENTITY_KIND_ORDER to ENTITY_KIND_STOCK")]
    Kind(i32),
    /// An instant or span out of range.
    #[error("{field}: {source}")]
    Instant {
        /// Field at fault.
        field: String,
        /// What is wrong with it.
        source: InstantError,
    },
    /// The parts do not fit together.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// Not the bytes of a fact.
    #[error("not an encoded fact: {0}")]
    Malformed(#[from] prost::DecodeError),
    /// Valid, but not even this version can write it so that it reads it in place.
    #[error("not a fact that can be kept in its encoded form")]
    Unusual,
}

impl Error {
    /// Names the field at fault, such as `attributes[paid_at]`.
    #[must_use]
    pub fn field(&self) -> String {
        match self {
            Self::Id { field, .. } => (*field).to_owned(),
            Self::Kind(_) => "kind".to_owned(),
            Self::Instant { field, .. } => field.clone(),
            Self::Fact(FactError::Twice(name)) => format!("attributes[{name}]"),
            Self::Fact(FactError::TooMany(_)) => "attributes".to_owned(),
            Self::Fact(FactError::NoOrder(_) | FactError::OtherOrder { .. }) => {
                "order_id".to_owned()
            }
            Self::Malformed(_) | Self::Unusual => String::new(),
        }
    }
}

impl TryFrom<v1::Fact> for Fact {
    type Error = Error;

    fn try_from(wire: v1::Fact) -> Result<Self, Error> {
        let id = |field| move |source| Error::Id { field, source };
        let source: SourceId = wire.source.parse().map_err(id("source"))?;
        let kind = kind_of(wire.kind)?;
        let entity_id: EntityId = wire.entity_id.parse().map_err(id("entity_id"))?;
        let order_id: Option<OrderId> = match wire.order_id.as_str() {
            "" => None,
            text => Some(text.parse().map_err(id("order_id"))?),
        };
        let mut attributes = Vec::with_capacity(wire.attributes.len());
        for attribute in wire.attributes {
            let value = value_of(&attribute.name, attribute.value)?;
            attributes.push((Arc::from(attribute.name), value));
        }
        let received_at = match wire.received_at {
            Some(at) => instant(&at).map_err(|source| Error::Instant {
                field: "received_at".to_owned(),
                source,
            })?,
            None => Timestamp::default(),
        };
        let revision = Revision(wire.revision);
        Ok(
            Self::new(source, kind, entity_id, order_id, revision, attributes)?
                .received(received_at),
        )
    }
}

impl From<&Fact> for v1::Fact {
    fn from(fact: &Fact) -> Self {
        Self {
            source: fact.source().to_string(),
            kind: wire_kind(fact.kind()) as i32,
            entity_id: fact.entity_id().to_string(),
            order_id: fact.order_id().map(ToString::to_string).unwrap_or_default(),
            revision: fact.revision().0,
            received_at: (fact.received_at() != Timestamp::default())
                .then(|| timestamp(fact.received_at())),
            attributes: fact
                .attributes()
                .iter()
                .map(|(name, value)| v1::Attribute {
                    name: name.to_string(),
                    value: wire_value(value),
                })
                .collect(),
        }
    }
}

/// Reads a kind of entity.
///
/// # Errors
///
/// When it is none.
pub fn kind_of(kind: i32) -> Result<EntityKind, Error> {
    match v1::EntityKind::try_from(kind) {
        Ok(v1::EntityKind::Order) => Ok(EntityKind::Order),
        Ok(v1::EntityKind::Line) => Ok(EntityKind::Line),
        Ok(v1::EntityKind::Shipment) => Ok(EntityKind::Shipment),
        Ok(v1::EntityKind::Refund) => Ok(EntityKind::Refund),
        Ok(v1::EntityKind::Customs) => Ok(EntityKind::Customs),
        Ok(v1::EntityKind::Customer) => Ok(EntityKind::Customer),
        Ok(v1::EntityKind::Stock) => Ok(EntityKind::Stock),
        Ok(v1::EntityKind::Unspecified) | Err(_) => Err(Error::Kind(kind)),
    }
}

/// The kind of entity as the wire has it.
#[must_use]
pub const fn wire_kind(kind: EntityKind) -> v1::EntityKind {
    match kind {
        EntityKind::Order => v1::EntityKind::Order,
        EntityKind::Line => v1::EntityKind::Line,
        EntityKind::Shipment => v1::EntityKind::Shipment,
        EntityKind::Refund => v1::EntityKind::Refund,
        EntityKind::Customs => v1::EntityKind::Customs,
        EntityKind::Customer => v1::EntityKind::Customer,
        EntityKind::Stock => v1::EntityKind::Stock,
    }
}

fn value_of(name: &str, value: Option<v1::Value>) -> Result<Value, Error> {
    use v1::value::Value as Wire;

    let fault = |source| Error::Instant {
        field: format!("attributes[{name}]"),
        source,
    };
    Ok(match value.and_then(|value| value.value) {
        None => Value::Missing,
        Some(Wire::BoolValue(value)) => Value::Bool(value),
        Some(Wire::IntValue(value)) => Value::Int(value),
        Some(Wire::DoubleValue(value)) => Value::Double(value),
        Some(Wire::TextValue(value)) => Value::Text(Arc::from(value)),
        Some(Wire::TimestampValue(value)) => Value::Timestamp(instant(&value).map_err(fault)?),
        Some(Wire::DurationValue(value)) => Value::Duration(span(&value).map_err(fault)?),
        Some(Wire::TextListValue(list)) => {
            Value::TextList(list.values.into_iter().map(Arc::from).collect())
        }
        Some(Wire::InstantListValue(list)) => {
            let instants: Result<Vec<_>, _> = list.values.iter().map(instant).collect();
            Value::instants(instants.map_err(fault)?)
        }
    })
}

fn wire_value(value: &Value) -> Option<v1::Value> {
    use v1::value::Value as Wire;

    let value = match value {
        Value::Missing => return None,
        Value::Bool(value) => Wire::BoolValue(*value),
        Value::Int(value) => Wire::IntValue(*value),
        Value::Double(value) => Wire::DoubleValue(*value),
        Value::Text(value) => Wire::TextValue(value.to_string()),
        Value::Timestamp(value) => Wire::TimestampValue(timestamp(*value)),
        Value::Duration(value) => Wire::DurationValue(duration(*value)),
        Value::TextList(values) => Wire::TextListValue(v1::TextList {
            values: values.iter().map(ToString::to_string).collect(),
        }),
        Value::InstantList(values) => Wire::InstantListValue(v1::InstantList {
            values: values.iter().copied().map(timestamp).collect(),
        }),
    };
    Some(v1::Value { value: Some(value) })
}

/// How a source says how far it is complete, as the domain reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Name of the source.
    pub source: SourceId,
    /// Kind of system it is.
    pub system: order::System,
    /// Whether it states watermarks; otherwise it counts as live.
    pub states_watermarks: bool,
    /// How long a verdict waits for its watermark; none waits for ever.
    pub patience: Option<Span>,
    /// How far its watermark may be behind the clock until the source itself is an exception;
    /// none never is.
    pub late_after: Option<Span>,
}

/// Why a message is no declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// The name cannot be one.
    #[error("source: {0}")]
    Source(#[from] IdError),
    /// The system is not known.
    #[error("system: {0}")]
    System(#[from] order::source::SystemError),
    /// The mode is not known.
    #[error("mode: {0} is not a watermark mode, expected WATERMARK_MODE_LIVE or _STATED")]
    Mode(i32),
    /// The patience is out of range or negative.
    #[error("patience: {0}")]
    Patience(InstantError),
    /// What lateness begins after is out of range or negative.
    #[error("late_after: {0}")]
    LateAfter(InstantError),
}

impl TryFrom<v1::SourceDeclaration> for Declaration {
    type Error = DeclarationError;

    fn try_from(wire: v1::SourceDeclaration) -> Result<Self, DeclarationError> {
        let states_watermarks = match v1::WatermarkMode::try_from(wire.mode) {
            Ok(v1::WatermarkMode::Live) => false,
            Ok(v1::WatermarkMode::Stated) => true,
            Ok(v1::WatermarkMode::Unspecified) | Err(_) => {
                return Err(DeclarationError::Mode(wire.mode));
            }
        };
        let patience = wire.patience.as_ref().map(whole_span).transpose();
        let late_after = wire.late_after.as_ref().map(whole_span).transpose();
        Ok(Self {
            source: wire.source.parse()?,
            system: wire.system.parse()?,
            states_watermarks,
            patience: patience.map_err(DeclarationError::Patience)?,
            late_after: late_after.map_err(DeclarationError::LateAfter)?,
        })
    }
}

fn whole_span(wire: &prost_types::Duration) -> Result<Span, InstantError> {
    match span(wire)? {
        span if span < Span::ZERO => Err(InstantError::Negative),
        span => Ok(span),
    }
}

impl From<&Declaration> for v1::SourceDeclaration {
    fn from(declaration: &Declaration) -> Self {
        let mode = if declaration.states_watermarks {
            v1::WatermarkMode::Stated
        } else {
            v1::WatermarkMode::Live
        };
        Self {
            source: declaration.source.to_string(),
            system: declaration.system.to_string(),
            mode: mode as i32,
            patience: declaration.patience.map(duration),
            late_after: declaration.late_after.map(duration),
        }
    }
}
