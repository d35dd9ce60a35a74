//! What one request wants journalled, all of it or nothing.

use std::collections::BTreeSet;

use bytes::Bytes;
use contracts::fact::v1;
use order::{SourceId, Timestamp};
use prost::Message;

use super::delivery::Delivery;
use super::key::EntityKey;
use super::progress::Progress;
use super::quarantine::Entry;
use super::source::Introduction;

/// Most facts of a journal row.
pub(crate) const MAX_PART_FACTS: usize = 1_000;
/// Most bytes of the facts of a journal row; a bus message takes 1 MiB, and the sources'
/// roster and headers travel with it.
pub(crate) const MAX_PART_BYTES: usize = 700 * 1024;

/// What makes sending again safe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BatchKey {
    /// Name of the source, or `mapping/<name>`.
    pub(crate) origin: String,
    pub(crate) batch_id: String,
}

/// One request's worth.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// None where the request is idempotent by itself.
    pub(crate) key: Option<BatchKey>,
    /// SHA-256 of what was sent.
    pub(crate) digest: Vec<u8>,
    /// Source that pushed it, which must be known even when it brings nothing.
    pub(crate) pushed_by: Option<SourceId>,
    pub(crate) introductions: Vec<Introduction>,
    pub(crate) parts: Vec<Part>,
    pub(crate) watermark: Option<(SourceId, Timestamp)>,
    /// How far the feed is read that brought it.
    pub(crate) progress: Option<Progress>,
    /// Which delivery of a webhook it is; one that was taken before brings nothing.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) quarantine: Vec<Entry>,
    /// Instant at which it was received.
    pub(crate) received_at: Timestamp,
    pub(crate) traceparent: Option<String>,
}

/// One journal row to be: facts of one source, encoded but for what only the journalling
/// transaction knows.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) source: SourceId,
    pub(crate) batch_id: String,
    pub(crate) payload: Bytes,
    pub(crate) facts: usize,
    pub(crate) orders: Vec<String>,
    /// By what the archive finds it, each once.
    pub(crate) keys: Vec<EntityKey>,
}

impl Intake {
    /// Returns how many facts it brings.
    pub(crate) fn facts(&self) -> usize {
        self.parts.iter().map(|part| part.facts).sum()
    }

    /// Returns how much memory it holds, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let parts: usize = self.parts.iter().map(|part| part.payload.len()).sum();
        let quarantined: usize = self.quarantine.iter().map(Entry::bytes).sum();
        parts + quarantined + 256
    }

    /// Returns the sources that it journals for, each once.
    pub(crate) fn sources(&self) -> BTreeSet<&SourceId> {
        let parts = self.parts.iter().map(|part| &part.source);
        let introduced = self
            .introductions
            .iter()
            .map(|introduction| &introduction.declaration.source);
        let stated = self.watermark.iter().map(|(source, _)| source);
        let fed = self.progress.iter().flat_map(|progress| &progress.sources);
        parts
            .chain(introduced)
            .chain(stated)
            .chain(fed)
            .chain(&self.pushed_by)
            .collect()
    }
}

/// Cuts facts of one source into journal rows, in order.
pub(crate) fn parts(source: &SourceId, batch_id: &str, facts: Vec<v1::Fact>) -> Vec<Part> {
    let mut groups: Vec<(Vec<v1::Fact>, usize)> = Vec::new();
    for fact in facts {
        // Tag and length of the element stand before it.
        let bytes = fact.encoded_len() + 6;
        match groups.last_mut() {
            Some((group, size))
                if group.len() < MAX_PART_FACTS && *size + bytes <= MAX_PART_BYTES =>
            {
                group.push(fact);
                *size += bytes;
            }
            _ => groups.push((vec![fact], bytes)),
        }
    }
    let is_split = groups.len() > 1;
    let part = |(index, (facts, _)): (usize, (Vec<v1::Fact>, usize))| {
        let batch_id = if is_split {
            format!("{batch_id}/{}", index + 1)
        } else {
            batch_id.to_owned()
        };
        part(source, batch_id, facts)
    };
    groups.into_iter().enumerate().map(part).collect()
}

fn part(source: &SourceId, batch_id: String, facts: Vec<v1::Fact>) -> Part {
    let orders: BTreeSet<&str> = facts
        .iter()
        .map(order_of)
        .filter(|id| !id.is_empty())
        .collect();
    let orders = orders.into_iter().map(str::to_owned).collect();
    let keys: BTreeSet<EntityKey> = facts.iter().map(EntityKey::of).collect();
    let count = facts.len();
    let batch = v1::FactBatch {
        batch_id: batch_id.clone(),
        source: source.to_string(),
        facts,
        ..Default::default()
    };
    Part {
        source: source.clone(),
        batch_id,
        payload: batch.encode_to_vec().into(),
        facts: count,
        orders,
        keys: keys.into_iter().collect(),
    }
}

fn order_of(fact: &v1::Fact) -> &str {
    &fact.order_id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(bytes: usize) -> v1::Fact {
        v1::Fact {
            order_id: "o1".to_owned(),
            entity_id: "x".repeat(bytes),
            ..Default::default()
        }
    }

    #[test]
    fn large_batches_become_several_rows_in_order() {
        let source = "erp".parse().unwrap();
        let rows = parts(&source, "b", vec![fact(1); 2_500]);
        let sizes: Vec<_> = rows
            .iter()
            .map(|row| (row.batch_id.as_str(), row.facts))
            .collect();
        assert_eq!(sizes, [("b/1", 1_000), ("b/2", 1_000), ("b/3", 500)]);
        assert_eq!(rows[0].orders, ["o1"]);
    }

    #[test]
    fn rows_stay_under_the_limit_of_the_bus() {
        let source = "erp".parse().unwrap();
        let rows = parts(&source, "b", vec![fact(300 * 1024); 5]);
        assert_eq!(
            rows.iter().map(|row| row.facts).collect::<Vec<_>>(),
            [2, 2, 1]
        );
        assert!(rows.iter().all(|row| row.payload.len() < 720 * 1024));
        assert_eq!(parts(&source, "b", vec![fact(1)])[0].batch_id, "b");
    }
}
