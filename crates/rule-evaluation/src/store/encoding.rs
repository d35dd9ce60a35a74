//! How states and shared facts are written into one value: protobuf messages with
//! the facts as they travelled, so that a newer version reads what an older one wrote,
//! and a fact that stays is copied as it is.

use bytes::Bytes;
use contracts::facts::SealedFact;
use order::{EntityKind, OrderFacts, Timestamp};
use prost::Message;
use rule_engine::{Spoken, State};
use uuid::Uuid;

use crate::domain::order_state::{Link, OrderState};
use crate::domain::source::TimerGate;
use crate::error::Error;
use crate::store::states;

#[derive(Clone, PartialEq, Message)]
struct StoredFacts {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    facts: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredState {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    facts: Vec<Bytes>,
    #[prost(message, repeated, tag = "2")]
    spoken: Vec<StoredSpoken>,
    #[prost(message, repeated, tag = "3")]
    timers: Vec<StoredTimer>,
    #[prost(message, repeated, tag = "4")]
    links: Vec<StoredLink>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredSpoken {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    rule: String,
    #[prost(sint64, tag = "3")]
    opened_at: i64,
    #[prost(sint64, optional, tag = "4")]
    cleared_at: Option<i64>,
    #[prost(int32, tag = "5")]
    state: i32,
    #[prost(string, repeated, tag = "6")]
    late_sources: Vec<String>,
    #[prost(bool, tag = "7")]
    retroactive: bool,
    #[prost(int64, tag = "8")]
    version: i64,
    #[prost(sint64, tag = "9")]
    detected_at: i64,
    #[prost(string, optional, tag = "10")]
    exempt: Option<String>,
    #[prost(bool, tag = "11")]
    shadow: bool,
}

#[derive(Clone, PartialEq, Message)]
struct StoredTimer {
    #[prost(int32, tag = "1")]
    gate: i32,
    #[prost(sint64, tag = "2")]
    due_at: i64,
}

#[derive(Clone, PartialEq, Message)]
struct StoredLink {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    entity_id: String,
}

/// Writes the facts of a shared entity.
#[must_use]
pub fn encode_facts(facts: &OrderFacts<SealedFact>) -> Vec<u8> {
    StoredFacts {
        facts: sealed(facts),
    }
    .encode_to_vec()
}

/// Reads the facts of a shared entity.
///
/// # Errors
///
/// When the value is not what [`encode_facts`] writes.
pub fn decode_facts(stored: Vec<u8>) -> Result<OrderFacts<SealedFact>, Error> {
    let decoded = StoredFacts::decode(Bytes::from(stored)).map_err(|source| Error::Decode {
        what: "stored facts",
        source,
    })?;
    decoded.facts.into_iter().map(fact).collect()
}

/// Writes all that is kept of an order.
#[must_use]
pub fn encode_state(state: &OrderState) -> Vec<u8> {
    StoredState {
        facts: sealed(&state.facts),
        spoken: state.spoken.iter().map(store_spoken).collect(),
        timers: state
            .timers
            .iter()
            .map(|(gate, at)| StoredTimer {
                gate: gate.to_stored().into(),
                due_at: at.micros(),
            })
            .collect(),
        links: state
            .links
            .iter()
            .map(|link| StoredLink {
                kind: link.kind as i32,
                entity_id: link.entity_id.clone(),
            })
            .collect(),
    }
    .encode_to_vec()
}

/// Reads all that is kept of an order.
///
/// # Errors
///
/// When the value is not what [`encode_state`] writes.
pub fn decode_state(row: states::Row) -> Result<OrderState, Error> {
    let stored = StoredState::decode(Bytes::from(row.state)).map_err(|source| Error::Decode {
        what: "stored order",
        source,
    })?;
    let order_id = row
        .order_id
        .parse()
        .map_err(|_| Error::Unreadable("order id"))?;
    let mut state = OrderState::new(order_id);
    state.version = row.version;
    state.facts = stored
        .facts
        .into_iter()
        .map(fact)
        .collect::<Result<_, _>>()?;
    state.spoken = stored
        .spoken
        .into_iter()
        .map(read_spoken)
        .collect::<Result<_, _>>()?;
    for timer in stored.timers {
        let gate = TimerGate::from_stored(timer.gate as i16);
        state
            .timers
            .insert(gate, Timestamp::from_micros(timer.due_at));
    }
    for link in stored.links {
        let kind = entity_kind(link.kind)?;
        state.links.insert(Link {
            kind,
            entity_id: link.entity_id,
        });
    }
    Ok(state)
}

/// Reads a kind of entity from its stored number.
///
/// # Errors
///
/// When no kind has that number.
pub fn entity_kind(stored: i32) -> Result<EntityKind, Error> {
    usize::try_from(stored)
        .ok()
        .and_then(|index| EntityKind::ALL.get(index).copied())
        .ok_or(Error::Unreadable("kind of entity"))
}

fn sealed(facts: &OrderFacts<SealedFact>) -> Vec<Bytes> {
    facts.iter().map(SealedFact::bytes).cloned().collect()
}

fn fact(stored: Bytes) -> Result<SealedFact, Error> {
    SealedFact::read(stored).map_err(|_| Error::Unreadable("stored fact"))
}

fn store_spoken(spoken: &Spoken) -> StoredSpoken {
    StoredSpoken {
        id: spoken.id.as_bytes().to_vec(),
        rule: spoken.rule.clone(),
        opened_at: spoken.opened_at.micros(),
        cleared_at: spoken.cleared_at.map(Timestamp::micros),
        state: match spoken.state {
            State::Open => 1,
            State::Cleared => 2,
            State::Retracted => 3,
        },
        late_sources: spoken
            .late_sources
            .iter()
            .map(ToString::to_string)
            .collect(),
        retroactive: spoken.retroactive,
        version: spoken.version,
        detected_at: spoken.detected_at.micros(),
        exempt: spoken.exempt.clone(),
        shadow: spoken.shadow,
    }
}

fn read_spoken(stored: StoredSpoken) -> Result<Spoken, Error> {
    Ok(Spoken {
        id: Uuid::from_slice(&stored.id).map_err(|_| Error::Unreadable("exception id"))?,
        rule: stored.rule,
        opened_at: Timestamp::from_micros(stored.opened_at),
        cleared_at: stored.cleared_at.map(Timestamp::from_micros),
        state: match stored.state {
            1 => State::Open,
            2 => State::Cleared,
            3 => State::Retracted,
            _ => return Err(Error::Unreadable("exception state")),
        },
        late_sources: stored
            .late_sources
            .iter()
            .map(|name| name.parse().map_err(|_| Error::Unreadable("source name")))
            .collect::<Result<_, _>>()?,
        retroactive: stored.retroactive,
        version: stored.version,
        detected_at: Timestamp::from_micros(stored.detected_at),
        exempt: stored.exempt,
        shadow: stored.shadow,
    })
}
