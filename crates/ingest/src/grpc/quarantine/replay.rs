//! Records of quarantine that are mapped again, and calls that are run again.

mod sorted;

use std::collections::HashSet;
use std::sync::Arc;

use contracts::fact::v1::Fact as WireFact;
use contracts::ingest::v1 as wire;
use order::SourceId;
use prost::Message;
use service::event_log;
use uuid::Uuid;

use super::{group, ids, named};
use crate::connector::{Connector, Origin, Webhook};
use crate::domain::{BadRequest, Entry, Import, Stored, map_records, sound_fact};
use crate::grpc::{Ingest, count, kept};
use crate::store::journal::{self, Outcome, Written};
use crate::store::quarantine::{self, Filter};
use crate::webhook::{Arrived, Reading};
use crate::{Error, events, store};
use sorted::{Sorted, Understood};

/// Records that are replayed in one transaction.
const REPLAY_AT_ONCE: i64 = 500;
/// Most records that are still broken and told one by one.
const MAX_TOLD: usize = 1_000;

/// A replay under way.
struct Replay {
    filter: Filter,
    /// Text of the mended mapping; empty for the one that each record was read with.
    mended: String,
    actor: String,
    handled: i64,
    /// Records of replayed calls that went to quarantine by themselves: their turn is over.
    anew: HashSet<Uuid>,
    response: wire::ReplayQuarantineResponse,
}

impl Ingest {
    pub(in crate::grpc) async fn replay(
        &self,
        request: wire::ReplayQuarantineRequest,
    ) -> Result<wire::ReplayQuarantineResponse, Error> {
        let mut filter = Filter {
            ids: ids(&request.ids)?,
            source: request.source,
            mapping: request.mapping,
            dataset: request.dataset,
            group: group(&request.group)?,
            ..Filter::default()
        };
        let actor = named(&request.actor)?;
        let pool = self.context.database.pool();
        if !request.mapping_yaml.is_empty() {
            let compiled = self.compiled(&request.mapping_yaml);
            let (connector, digest) = compiled.map_err(Error::Mapping)?;
            filter.mapping = connector.name().to_owned();
            let name = connector.name();
            quarantine::keep_mapping(pool, &digest, name, &request.mapping_yaml).await?;
        }
        let meant = quarantine::count(pool, &filter).await?;
        let mut replay = Replay {
            filter,
            mended: request.mapping_yaml,
            actor,
            handled: 0,
            anew: HashSet::new(),
            response: wire::ReplayQuarantineResponse::default(),
        };
        while self.replay_some(&mut replay).await? {}
        replay.response.left = (meant - replay.handled).max(0);
        Ok(replay.response)
    }

    /// Replays some records in one transaction; returns whether there were any.
    async fn replay_some(&self, replay: &mut Replay) -> Result<bool, Error> {
        let now = self.now();
        let mut transaction = self.context.database.pool().begin().await?;
        let mut taken = quarantine::take(&mut transaction, &replay.filter, REPLAY_AT_ONCE).await?;
        let Some(last) = taken.last().map(|stored| stored.position) else {
            return Ok(false);
        };
        replay.filter.after = last;
        taken.retain(|stored| !replay.anew.contains(&stored.entry.id));
        let mut sorted = Sorted::default();
        for stored in taken {
            let understood = self.understood(&stored, &replay.mended).await?;
            sorted.add(stored, understood, now);
        }
        let intakes = sorted.intakes(now);
        let written = journal::write(&mut transaction, &intakes).await?;
        let mut outcomes = written.outcomes.iter();
        if let Some(refusal) = outcomes.find_map(|(_, outcome)| match outcome {
            Outcome::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        }) {
            return Err(refusal.into());
        }
        let done = sorted.done.iter();
        let told: Vec<_> = done
            .map(|stored| events::replayed(stored, &replay.actor, now))
            .collect();
        event_log::append(&mut transaction, &told).await?;
        quarantine::remove(&mut transaction, &sorted.done_ids()).await?;
        quarantine::explain(&mut transaction, &sorted.explained()).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        self.metrics.journalled(&written);
        replay.note(&sorted, &written, now);
        Ok(true)
    }

    /// Tries to understand a record or a call again; else returns it with the new error.
    async fn understood(&self, stored: &Stored, mended: &str) -> Result<Understood, Error> {
        let entry = &stored.entry;
        if entry.mapping.is_empty() {
            return self.pushed(entry);
        }
        let request = match wire::ImportRecordsRequest::decode(entry.record.as_slice()) {
            Ok(request) => request,
            Err(error) => return Ok(damaged(entry, &error)),
        };
        let Some(record) = request.records.first() else {
            return Ok(Understood::Facts(Vec::new()));
        };
        let (connector, digest) = self.compiled_for(stored, mended).await?;
        let origin = connector.feed(&request.dataset).map(|feed| &feed.origin);
        if let Some(Origin::Webhook(webhook)) = origin
            && is_call(record)
        {
            let compiled = (&*connector, &digest);
            return self.called(entry, record, compiled, webhook).await;
        }
        let outcome = match map_records(connector.mapping(), &request) {
            Ok(mapped) => mapped.into_iter().next(),
            Err(faults) => {
                let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
                return Ok(Understood::not(entry, None, told.join("; ")));
            }
        };
        let import = Import {
            mapping: connector.mapping(),
            digest: &digest,
        };
        Ok(match outcome.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(facts) => Understood::Facts(facts),
            Err(rejection) => Understood::Not(Box::new(Entry {
                id: entry.id,
                ..import.entry(&request, record, &rejection)
            })),
        })
    }

    fn pushed(&self, entry: &Entry) -> Result<Understood, Error> {
        let wire = match WireFact::decode(entry.record.as_slice()) {
            Ok(wire) => wire,
            Err(error) => return Ok(damaged(entry, &error)),
        };
        let source: SourceId = entry
            .source
            .parse()
            .map_err(|error| BadRequest::new("source", error))?;
        Ok(match sound_fact(&wire, &source, &self.catalogue) {
            Ok(fact) => Understood::Facts(vec![fact]),
            Err((field, error)) => Understood::Not(Box::new(Entry {
                field,
                error,
                ..entry.clone()
            })),
        })
    }

    /// Runs a whole call again, as one that comes now.
    async fn called(
        &self,
        entry: &Entry,
        record: &wire::Record,
        (connector, digest): (&Connector, &[u8; 32]),
        webhook: &Webhook,
    ) -> Result<Understood, Error> {
        let pool = self.context.database.pool();
        let in_force = store::connector::get(pool, connector.name()).await?;
        let given = in_force.map(|stored| stored.parameters.0);
        let parameters = connector.filled(&given.unwrap_or_default());
        let intake = parameters.and_then(|parameters| {
            let reading = Reading {
                connector,
                digest,
                dataset: &entry.dataset,
                webhook,
                parameters: &parameters,
            };
            reading.intake(&Arrived::again(record), self.now())
        });
        Ok(match intake {
            Ok(Some(intake)) => Understood::Call(Box::new(intake)),
            Ok(None) => Understood::Facts(Vec::new()),
            Err(fault) => Understood::not(entry, Some(digest), fault),
        })
    }

    /// Compiles the mapping that a record was read with, or a mended one.
    async fn compiled_for(
        &self,
        stored: &Stored,
        mended: &str,
    ) -> Result<(Arc<Connector>, [u8; 32]), Error> {
        if !mended.is_empty() {
            return self.compiled(mended).map_err(Error::Mapping);
        }
        let digest = stored.entry.mapping_digest.as_deref().unwrap_or_default();
        let yaml = quarantine::mapping(self.context.database.pool(), digest).await?;
        let damaged = || Error::Damaged {
            id: stored.entry.id.to_string(),
            reason: "its mapping is gone".to_owned(),
        };
        self.compiled(&yaml.ok_or_else(damaged)?)
            .map_err(Error::Mapping)
    }
}

impl Replay {
    /// Notes what a transaction has committed.
    fn note(&mut self, sorted: &Sorted, written: &Written<'_>, now: order::Timestamp) {
        let outcomes = written.outcomes.iter();
        let accepted = outcomes
            .filter(|(_, outcome)| matches!(outcome, Outcome::Accepted { .. }))
            .map(|(intake, _)| intake.facts());
        let anew = written.quarantined.iter().map(|entry| Stored {
            entry: (*entry).clone(),
            position: 0,
            quarantined_at: now,
        });
        let anew: Vec<Stored> = anew.collect();
        let (done, broken) = (sorted.done.len(), sorted.broken.len());
        self.handled += i64::from(count(done + broken));
        self.anew.extend(anew.iter().map(|stored| stored.entry.id));
        let response = &mut self.response;
        response.replayed += count(done);
        response.facts += count(accepted.sum());
        response.still_total += i64::from(count(broken + anew.len()));
        let room = MAX_TOLD.saturating_sub(response.still_quarantined.len());
        let still = sorted.broken.iter().chain(&anew).map(kept);
        response.still_quarantined.extend(still.take(room));
    }
}

/// Records of webhooks are cut soundly or not at all: what has a fault is a whole call, also
/// where a version before this one kept nothing of it but its body.
fn is_call(record: &wire::Record) -> bool {
    record.call.is_some() || !record.fault.is_empty()
}

fn damaged(entry: &Entry, error: &prost::DecodeError) -> Understood {
    let told = format!("the record cannot be read any more: {error}");
    Understood::not(entry, None, told)
}
