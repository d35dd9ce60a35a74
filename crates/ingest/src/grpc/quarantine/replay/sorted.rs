//! What became of the records of one transaction of a replay.

use std::collections::{BTreeMap, BTreeSet};

use contracts::fact::v1::Fact as WireFact;
use order::{Fact, SourceId, Timestamp};
use uuid::Uuid;

use crate::domain::{BatchKey, Entry, Intake, Stored};
use crate::store::journal;

/// What a record is this time.
pub(super) enum Understood {
    /// Facts.
    Facts(Vec<Fact>),
    /// A call, with its facts and those of its records that still cannot be understood.
    Call(Box<Intake>),
    /// As broken as before, for this reason.
    Not(Box<Entry>),
}

/// Records by what became of them.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) done: Vec<Stored>,
    pub(super) broken: Vec<Stored>,
    facts: BTreeMap<SourceId, Vec<WireFact>>,
    calls: Vec<Intake>,
    /// What the calls bring, each once.
    keys: BTreeSet<BatchKey>,
}

impl Understood {
    /// Says of a record as a whole why it is still not understood, and with which mapping.
    pub(super) fn not(entry: &Entry, digest: Option<&[u8; 32]>, error: String) -> Self {
        let digest = digest.map(|digest| digest.to_vec());
        Self::Not(Box::new(Entry {
            field: String::new(),
            error,
            mapping_digest: digest.or_else(|| entry.mapping_digest.clone()),
            ..entry.clone()
        }))
    }
}

impl Sorted {
    pub(super) fn add(&mut self, stored: Stored, understood: Understood, now: Timestamp) {
        match understood {
            Understood::Not(entry) => {
                let entry = *entry;
                self.broken.push(Stored { entry, ..stored });
                return;
            }
            Understood::Facts(facts) => {
                for fact in facts {
                    let wires = self.facts.entry(fact.source().clone()).or_default();
                    wires.push((&fact.received(now)).into());
                }
            }
            Understood::Call(intake) => {
                if intake.key.iter().all(|key| self.keys.insert(key.clone())) {
                    self.calls.push(*intake);
                }
            }
        }
        self.done.push(stored);
    }

    /// Takes out what is to be journalled.
    pub(super) fn intakes(&mut self, now: Timestamp) -> Vec<Intake> {
        let facts = std::mem::take(&mut self.facts);
        let records = journal::replayed(&format!("replay/{}", Uuid::now_v7()), facts);
        let records = Intake {
            received_at: now,
            ..records
        };
        let calls = std::mem::take(&mut self.calls);
        std::iter::once(records).chain(calls).collect()
    }

    pub(super) fn done_ids(&self) -> Vec<Uuid> {
        self.done.iter().map(|stored| stored.entry.id).collect()
    }

    pub(super) fn explained(&self) -> Vec<Entry> {
        let broken = self.broken.iter();
        broken.map(|stored| stored.entry.clone()).collect()
    }
}
