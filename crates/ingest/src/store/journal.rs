//! The journal: what requests want, written in one transaction.

mod outcome;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::{Bytes, BytesMut};
use contracts::fact::v1::{FactBatch, SourceRoster};
use contracts::subject;
use contracts::time::timestamp;
use order::{SourceId, Timestamp};
use prost::Message;
use service::event_log::{self, NewEvent};
use sqlx::PgConnection;

use super::accepted::{self, Known};
use super::archive::tail::{self, Spoken};
use super::delivery;
use super::feed;
use super::quarantine;
use super::source::{self, Source};
use crate::Error;
use crate::domain::{BatchKey, EntityKey, Entry, Intake, Part, parts};
use crate::events;

pub(crate) use outcome::{Outcome, Refusal, Written};

/// Writes intakes in order. Each either is written whole or leaves no trace; an error
/// means that the transaction must be rolled back.
pub(crate) async fn write<'i>(
    connection: &mut PgConnection,
    intakes: &'i [Intake],
) -> Result<Written<'i>, Error> {
    let names: BTreeSet<String> = intakes
        .iter()
        .flat_map(Intake::sources)
        .map(ToString::to_string)
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    lock_roster(connection, intakes).await?;
    let mut writing = Writing {
        sources: source::lock(connection, &names).await?,
        oldest_retained: BTreeMap::new(),
        feeds: feed::Held::default(),
        changed: BTreeSet::new(),
        events: Vec::new(),
        traceparents: Vec::new(),
        indexed: Vec::new(),
    };
    writing.introduce(connection, intakes).await?;
    writing.oldest_retained = source::oldest_retained(connection, &names).await?;
    writing.feeds = feed::hold(connection, intakes).await?;
    let refused: Vec<Option<Refusal>> = intakes
        .iter()
        .map(|intake| writing.refusal(intake))
        .collect();
    let delivered = delivery::claim(connection, intakes, &refused).await?;
    let sound: Vec<&Intake> = intakes
        .iter()
        .zip(refused.iter().zip(&delivered))
        .filter(|(_, (refusal, delivered))| refusal.is_none() && !**delivered)
        .map(|(intake, _)| intake)
        .collect();
    let known = accepted::claim(connection, &sound).await?;
    let roster = source::roster(connection).await?;
    let mut entries: Vec<(&Entry, Timestamp)> = Vec::new();
    let mut outcomes = Vec::with_capacity(intakes.len());
    for (intake, (refusal, delivered)) in intakes.iter().zip(refused.into_iter().zip(delivered)) {
        let outcome = match (refusal, before(intake, &known)) {
            (Some(refusal), _) => Outcome::Refused(refusal),
            (None, _) if delivered => Outcome::Duplicate { facts: 0 },
            (None, Some(outcome)) => {
                // What was read before may still be the last of a window.
                if intake.progress.is_some() {
                    writing.journal(intake, &[], &roster);
                }
                outcome
            }
            (None, None) => {
                entries.extend(
                    intake
                        .quarantine
                        .iter()
                        .map(|entry| (entry, intake.received_at)),
                );
                writing.journal(intake, &intake.parts, &roster)
            }
        };
        outcomes.push(outcome);
    }
    let quarantined = writing.quarantine(connection, &entries).await?;
    feed::save(connection, &writing.feeds, intakes, &outcomes).await?;
    writing.append(connection).await?;
    source::save_heads(connection, &writing.sources).await?;
    Ok(Written {
        outcomes: intakes.iter().zip(outcomes).collect(),
        quarantined,
    })
}

async fn lock_roster(connection: &mut PgConnection, intakes: &[Intake]) -> Result<(), Error> {
    let introduced = || intakes.iter().flat_map(|intake| &intake.introductions);
    let names: BTreeSet<String> = introduced()
        .map(|introduction| introduction.declaration.source.to_string())
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let anew = introduced().any(|introduction| introduction.is_explicit);
    source::lock_roster(connection, &names, anew).await?;
    Ok(())
}

/// What one transaction has seen and is about to write.
struct Writing {
    sources: BTreeMap<String, Source>,
    /// Sequence of each source's oldest batch that is not yet beyond retention.
    oldest_retained: BTreeMap<String, i64>,
    /// Feeds whose runs write here.
    feeds: feed::Held,
    /// Sources whose declaration changed, so that their readers must be told.
    changed: BTreeSet<String>,
    events: Vec<NewEvent>,
    traceparents: Vec<Option<String>>,
    /// Of whom the events of these indexes speak.
    indexed: Vec<(usize, Vec<EntityKey>)>,
}

impl Writing {
    async fn introduce(
        &mut self,
        connection: &mut PgConnection,
        intakes: &[Intake],
    ) -> Result<(), Error> {
        for introduction in intakes.iter().flat_map(|intake| &intake.introductions) {
            let name = introduction.declaration.source.as_str();
            let is_news = match self.sources.get(name) {
                None => true,
                Some(known) => {
                    introduction.is_explicit && known.declaration != introduction.declaration
                }
            };
            if is_news {
                let declaration = &introduction.declaration;
                let source =
                    source::declare(connection, declaration, introduction.is_explicit).await?;
                self.sources.insert(name.to_owned(), source);
                self.changed.insert(name.to_owned());
            }
        }
        Ok(())
    }

    fn refusal(&self, intake: &Intake) -> Option<Refusal> {
        let unknown = intake
            .sources()
            .into_iter()
            .find(|source| !self.sources.contains_key(source.as_str()));
        if let Some(source) = unknown {
            return Some(Refusal::Undeclared(source.clone()));
        }
        if let Some(progress) = &intake.progress
            && !self.feeds.is_held(&progress.lease)
        {
            return Some(Refusal::Overtaken(progress.lease.feed.clone()));
        }
        let (source, _) = intake.watermark.as_ref()?;
        let states = self
            .sources
            .get(source.as_str())
            .is_some_and(|known| known.declaration.states_watermarks);
        (!states).then(|| Refusal::Live(source.clone()))
    }

    fn journal(&mut self, intake: &Intake, parts: &[Part], roster: &SourceRoster) -> Outcome {
        let advanced = self.advance(intake);
        for (index, part) in parts.iter().enumerate() {
            let is_last = parts
                .get(index + 1)
                .is_none_or(|next| next.source != part.source);
            let watermark = advanced.get(&part.source).filter(|_| is_last);
            let payload = self.numbered(&part.source, &part.payload, roster, watermark.copied());
            self.indexed.push((self.events.len(), part.keys.clone()));
            self.push(payload, intake);
            if let Some(source) = self.sources.get_mut(part.source.as_str()) {
                source.facts += i64::try_from(part.facts).unwrap_or(i64::MAX);
                source.last_fact_at = source.last_fact_at.max(Some(intake.received_at));
            }
            self.push(events::accepted(part, intake), intake);
        }
        let told: BTreeSet<&SourceId> = parts.iter().map(|part| &part.source).collect();
        let stated = advanced.iter().map(|(source, at)| (source, Some(*at)));
        let introduced = intake
            .introductions
            .iter()
            .map(|introduction| (&introduction.declaration.source, None));
        let rest: BTreeMap<&SourceId, Option<Timestamp>> = introduced
            .filter(|(source, _)| self.changed.contains(source.as_str()))
            .chain(stated)
            .collect();
        for (source, watermark) in rest
            .into_iter()
            .filter(|(source, _)| !told.contains(source))
        {
            self.changed.remove(source.as_str());
            let empty = FactBatch {
                source: source.to_string(),
                ..FactBatch::default()
            };
            let payload = self.numbered(source, &empty.encode_to_vec(), roster, watermark);
            self.push(payload, intake);
        }
        let in_force = intake
            .watermark
            .as_ref()
            .and_then(|(source, _)| self.sources.get(source.as_str()));
        Outcome::Accepted {
            watermark: in_force.and_then(|source| source.watermark),
        }
    }

    /// Moves watermarks on, never back; returns those that moved.
    fn advance(&mut self, intake: &Intake) -> BTreeMap<SourceId, Timestamp> {
        let mut stated: Vec<(SourceId, Timestamp)> = intake.watermark.iter().cloned().collect();
        if let Some(progress) = &intake.progress {
            stated.extend(self.feeds.complete(progress));
        }
        let sources = &mut self.sources;
        stated.retain(|(name, watermark)| {
            let source = sources.get_mut(name.as_str());
            let Some(source) = source.filter(|source| source.declaration.states_watermarks) else {
                return false;
            };
            let has_moved = source.watermark.is_none_or(|known| known < *watermark);
            if has_moved {
                source.watermark = Some(*watermark);
            }
            has_moved
        });
        stated.into_iter().collect()
    }

    /// Completes a batch with its place in the source's journal. Encoded messages merge when
    /// they are joined, so nothing is encoded twice.
    fn numbered(
        &mut self,
        name: &SourceId,
        batch: &[u8],
        roster: &SourceRoster,
        watermark: Option<Timestamp>,
    ) -> NewEvent {
        let sequence = self.sources.get_mut(name.as_str()).map_or(0, |source| {
            source.sequence += 1;
            source.sequence
        });
        let oldest_retained_sequence = self.oldest_retained.get(name.as_str()).copied();
        let place = FactBatch {
            sequence,
            oldest_retained_sequence: oldest_retained_sequence.unwrap_or_default(),
            roster: Some(roster.clone()),
            watermark: watermark.map(timestamp),
            ..FactBatch::default()
        };
        let mut payload = BytesMut::with_capacity(batch.len() + place.encoded_len());
        payload.extend_from_slice(batch);
        payload.extend_from_slice(&place.encode_to_vec());
        NewEvent {
            event_id: format!("facts/{name}/{sequence}"),
            subject: subject::under(subject::FACTS, name.as_str()),
            payload: Bytes::from(payload),
        }
    }

    /// Keeps records; returns those that were not kept already.
    async fn quarantine<'i>(
        &mut self,
        connection: &mut PgConnection,
        entries: &[(&'i Entry, Timestamp)],
    ) -> Result<Vec<&'i Entry>, Error> {
        let Some((_, now)) = entries.first() else {
            return Ok(Vec::new());
        };
        let mut all: Vec<&Entry> = entries.iter().map(|(entry, _)| *entry).collect();
        let mut fresh: BTreeSet<_> = quarantine::keep(connection, &all, *now)
            .await?
            .into_iter()
            .collect();
        all.retain(|entry| fresh.remove(&entry.id));
        for entry in &all {
            self.events.push(events::quarantined(entry, *now));
            self.traceparents.push(None);
        }
        Ok(all)
    }

    /// Writes the events, and of whom they speak.
    async fn append(&self, connection: &mut PgConnection) -> Result<(), Error> {
        let appended =
            event_log::append_traced(connection, &self.events, &self.traceparents).await?;
        let spoken: Vec<Spoken<'_>> = self
            .indexed
            .iter()
            .filter_map(|(index, keys)| appended.get(*index).map(|event| (event, keys)))
            .map(|(event, keys)| Spoken {
                journal_id: event.sequence,
                keys,
            })
            .collect();
        let Some(first) = appended.first() else {
            return Ok(());
        };
        Ok(tail::append(connection, first.created_at, &spoken).await?)
    }

    fn push(&mut self, event: NewEvent, intake: &Intake) {
        self.events.push(event);
        self.traceparents.push(intake.traceparent.clone());
    }
}

/// Finds out whether an intake had been accepted before.
fn before(intake: &Intake, known: &HashMap<BatchKey, Known>) -> Option<Outcome> {
    let key = intake.key.as_ref()?;
    let known = known.get(key)?;
    Some(if known.digest == intake.digest {
        Outcome::Duplicate { facts: known.facts }
    } else {
        Outcome::Refused(Refusal::Conflict(key.clone()))
    })
}

/// Makes the intake of facts that come out of quarantine.
pub(crate) fn replayed(
    batch_id: &str,
    facts: BTreeMap<SourceId, Vec<contracts::fact::v1::Fact>>,
) -> Intake {
    let parts = facts
        .into_iter()
        .flat_map(|(source, facts)| parts(&source, batch_id, facts));
    Intake {
        parts: parts.collect(),
        ..Intake::default()
    }
}
