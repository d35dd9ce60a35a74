//! Records that could not be understood: shown, mapped again, given up.

mod replay;

use contracts::ingest::v1 as wire;
use contracts::time::timestamp;
use service::event_log;
use uuid::Uuid;

use super::{Ingest, count, kept};
use crate::domain::{BadRequest, Group};
use crate::store::quarantine::{self, Filter};
use crate::{Error, events};

const DEFAULT_PAGE: i64 = 100;
const MAX_PAGE: i64 = 1_000;
/// Records that are discarded in one transaction.
const DISCARD_AT_ONCE: i64 = 5_000;
/// Most groups that are told.
const MAX_GROUPS: i64 = 1_000;

impl Ingest {
    pub(super) async fn list(
        &self,
        request: wire::ListQuarantineRequest,
    ) -> Result<wire::ListQuarantineResponse, Error> {
        let after = match request.page_token.as_str() {
            "" => 0,
            token => token
                .parse()
                .map_err(|_| BadRequest::new("page_token", "is not one of ours"))?,
        };
        let size = match i64::from(request.page_size) {
            size if size < 0 => {
                return Err(BadRequest::new("page_size", "must not be negative").into());
            }
            0 => DEFAULT_PAGE,
            size => size.min(MAX_PAGE),
        };
        let filter = Filter {
            source: request.source,
            mapping: request.mapping,
            dataset: request.dataset,
            group: group(&request.group)?,
            ids: ids(&request.ids)?,
            after,
        };
        let pool = self.context.database.pool();
        let mut records = quarantine::list(pool, &filter, size + 1).await?;
        let total = quarantine::count(pool, &filter).await?;
        let has_more = records.len() > usize::try_from(size).unwrap_or(usize::MAX);
        if has_more {
            records.pop();
        }
        let last = records.last().filter(|_| has_more);
        Ok(wire::ListQuarantineResponse {
            next_page_token: last
                .map(|stored| stored.position.to_string())
                .unwrap_or_default(),
            records: records.iter().map(kept).collect(),
            total,
        })
    }

    pub(super) async fn groups(
        &self,
        request: wire::ListQuarantineGroupsRequest,
    ) -> Result<wire::ListQuarantineGroupsResponse, Error> {
        let filter = Filter {
            source: request.source,
            mapping: request.mapping,
            dataset: request.dataset,
            ..Filter::default()
        };
        let pool = self.context.database.pool();
        let found = quarantine::groups(pool, &filter, MAX_GROUPS).await?;
        Ok(wire::ListQuarantineGroupsResponse {
            groups: found.largest.iter().map(grouped).collect(),
            total_groups: found.groups,
            total_records: found.records,
        })
    }

    pub(super) async fn discard(
        &self,
        request: wire::DiscardQuarantineRequest,
    ) -> Result<wire::DiscardQuarantineResponse, Error> {
        let filter = Filter {
            ids: ids(&request.ids)?,
            group: group(&request.group)?,
            ..Filter::default()
        };
        if filter.ids.is_empty() == filter.group.is_none() {
            let message = "name the records to discard, or one group of them";
            return Err(BadRequest::new("ids", message).into());
        }
        let actor = named(&request.actor)?;
        let reason = request.reason.trim();
        if reason.is_empty() {
            return Err(BadRequest::new("reason", "say why the records are given up").into());
        }
        let mut discarded = 0;
        while let some @ 1.. = self.discard_some(&filter, &actor, reason).await? {
            discarded += some;
        }
        Ok(wire::DiscardQuarantineResponse {
            discarded: count(discarded),
            left: quarantine::count(self.context.database.pool(), &filter).await?,
        })
    }

    /// Discards some records in one transaction; returns how many.
    async fn discard_some(
        &self,
        filter: &Filter,
        actor: &str,
        reason: &str,
    ) -> Result<usize, Error> {
        let now = self.now();
        let mut transaction = self.context.database.pool().begin().await?;
        let taken = quarantine::take(&mut transaction, filter, DISCARD_AT_ONCE).await?;
        let told: Vec<_> = taken
            .iter()
            .map(|stored| events::discarded(stored, actor, reason, now))
            .collect();
        event_log::append(&mut transaction, &told).await?;
        let ids: Vec<Uuid> = taken.iter().map(|stored| stored.entry.id).collect();
        quarantine::remove(&mut transaction, &ids).await?;
        transaction.commit().await?;
        self.context.relay.wake();
        Ok(taken.len())
    }
}

fn grouped(group: &Group) -> wire::QuarantineGroup {
    let entry = &group.first.entry;
    let samples = match group.records {
        1 => vec![kept(&group.first)],
        _ => vec![kept(&group.first), kept(&group.last)],
    };
    wire::QuarantineGroup {
        id: group.id.to_string(),
        mapping: entry.mapping.clone(),
        dataset: entry.dataset.clone(),
        source: entry.source.clone(),
        field: entry.field.clone(),
        reason: group.reason.clone(),
        records: group.records,
        first_at: Some(timestamp(group.first.quarantined_at)),
        last_at: Some(timestamp(group.last.quarantined_at)),
        samples,
    }
}

fn group(text: &str) -> Result<Option<Uuid>, Error> {
    let unknown = |_| BadRequest::new("group", format!("`{text}` is not the id of a group"));
    match text {
        "" => Ok(None),
        text => Ok(Some(Uuid::parse_str(text).map_err(unknown)?)),
    }
}

fn ids(texts: &[String]) -> Result<Vec<Uuid>, Error> {
    let id = |text: &String| {
        let parsed = Uuid::parse_str(text);
        parsed
            .map_err(|_| BadRequest::new("ids", format!("`{text}` is not a quarantine id")).into())
    };
    texts.iter().map(id).collect()
}

fn named(actor: &str) -> Result<String, Error> {
    match actor.trim() {
        "" => Err(BadRequest::new("actor", "say who does it").into()),
        name => Ok(name.to_owned()),
    }
}
