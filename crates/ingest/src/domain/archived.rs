//! What is read of a journalled batch without taking all of it apart.

use std::collections::BTreeSet;

use bytes::Bytes;
use contracts::fact::v1;
use contracts::facts::SealedBatch;
use prost::{DecodeError, Message};

use super::key::{EntityKey, Whose};

/// Whom a fact speaks of.
#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(int32, tag = "2")]
    kind: i32,
    #[prost(bytes = "bytes", tag = "3")]
    entity_id: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    order_id: Bytes,
}

/// Facts of one batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnedFacts {
    /// The batch's place in the journal of its source.
    pub(crate) sequence: i64,
    pub(crate) facts: Vec<v1::Fact>,
}

/// The facts of a batch that belong to an order or shared entity; none when the batch is of
/// another source than those that are asked for, if any are.
pub(crate) fn owned_facts(
    payload: Bytes,
    whose: &Whose,
    sources: &[String],
) -> Result<OwnedFacts, DecodeError> {
    let batch = SealedBatch::decode(payload)?;
    let mut owned = OwnedFacts {
        sequence: batch.sequence,
        facts: Vec::new(),
    };
    if !sources.is_empty() && !sources.contains(&batch.source) {
        return Ok(owned);
    }
    for fact in batch.facts {
        let named = Named::decode(fact.clone())?;
        if whose.owns(named.kind, &named.entity_id, &named.order_id) {
            owned.facts.push(v1::Fact::decode(fact)?);
        }
    }
    Ok(owned)
}

/// By what the archive finds a batch, each once.
pub(crate) fn keys_of(payload: Bytes) -> Result<BTreeSet<EntityKey>, DecodeError> {
    let batch = SealedBatch::decode(payload)?;
    let key = |fact: Bytes| {
        let named = Named::decode(fact)?;
        Ok(EntityKey::of_named(
            named.kind,
            &named.entity_id,
            &named.order_id,
        ))
    };
    batch.facts.into_iter().map(key).collect()
}
