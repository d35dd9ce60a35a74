//! Resources: changed one by one, compared, listed, with their history.

use std::collections::{BTreeSet, HashMap};

use contracts::rules::v1;
use contracts::rules::v1::resource_edit;
use contracts::time::timestamp;
use rule_engine::documents::{self, Document, Fault, Key};
use service::error::FieldViolation;

use crate::domain::change::{self, Change, Difference, Edit, Kept, Seen};
use crate::error::Error;
use crate::events::rule_set::wire as wire_change;
use crate::grpc::Rules;
use crate::store::resources::{self, Version};
use crate::store::rule_sets::{self, Row};

/// Versions of a resource, unless the caller asks for another number.
const VERSIONS: i32 = 100;
/// Most versions of a resource.
const MOST_VERSIONS: i32 = 1_000;
/// What a caller writes who has seen that there is no such resource.
const NOTHING: &str = "none";

impl Rules {
    /// Compares two rule sets, or a rule set with what edits would make of it.
    pub(super) async fn diff(
        &self,
        request: v1::DiffRuleSetsRequest,
    ) -> Result<v1::DiffRuleSetsResponse, Error> {
        let edits = edits(request.edits)?;
        let from = self.number_or_active(request.from).await?;
        let mut conn = self.database.pool().acquire().await?;
        let old = resources::base(&mut conn, from).await?;
        let before = old.documents();
        let (to, after) = if edits.is_empty() {
            drop(conn);
            let to = self.number_or_active(request.to).await?;
            let mut conn = self.database.pool().acquire().await?;
            (to, resources::base(&mut conn, to).await?.documents())
        } else {
            let change = Change::Edits { edits, based_on: 0 };
            let after = old.after(&change).map_err(|refusal| match refusal {
                change::Refusal::Absent(key) => absent(&key, from),
                change::Refusal::Moved { key, etag, .. } => Error::ResourceMoved {
                    resource: key.to_string(),
                    etag,
                    by: None,
                },
                change::Refusal::RuleSetMoved { expected } => Error::NoRuleSet(expected),
            })?;
            (0, after)
        };
        let differences = change::differences(&before, &after)
            .filter(Difference::is_change)
            .map(|change| v1::ResourceDifference {
                change: Some(wire_change(&change)),
                old_text: written(change.before),
                new_text: written(change.after),
            });
        let mut differences: Vec<_> = differences.collect();
        differences.sort_by_cached_key(|difference| {
            let change = difference.change.clone().unwrap_or_default();
            (change.kind, change.name)
        });
        Ok(v1::DiffRuleSetsResponse {
            from,
            to,
            differences,
        })
    }

    pub(super) async fn resources(
        &self,
        request: v1::ListResourcesRequest,
    ) -> Result<v1::ListResourcesResponse, Error> {
        let number = self.number_or_active(request.number).await?;
        let mut conn = self.database.pool().acquire().await?;
        let base = resources::base(&mut conn, number).await?;
        let is_wanted = |key: &Key| {
            (request.kind.is_empty() || request.kind == key.kind())
                && (request.name.is_empty() || request.name == key.name())
        };
        let mut kept = base.kept;
        kept.retain(|key, _| is_wanted(key));
        if kept.is_empty() && !request.kind.is_empty() && !request.name.is_empty() {
            return Err(absent(&Key::new(request.kind, request.name), number));
        }
        let numbers: BTreeSet<i64> = kept.values().map(|kept| kept.since).collect();
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let sets = rule_sets::read_some(&mut conn, &numbers).await?;
        let sets: HashMap<i64, &Row> = sets.iter().map(|row| (row.number, row)).collect();
        let resources = kept.into_values().map(|kept| {
            let set = sets.get(&kept.since).copied();
            resource(kept, set, request.headings_only)
        });
        Ok(v1::ListResourcesResponse {
            number,
            resources: resources.collect(),
        })
    }

    pub(super) async fn history(
        &self,
        request: v1::GetResourceHistoryRequest,
    ) -> Result<v1::GetResourceHistoryResponse, Error> {
        let limit = match request.page_size {
            size if size <= 0 => VERSIONS,
            size => size.min(MOST_VERSIONS),
        };
        let mut conn = self.database.pool().acquire().await?;
        let key = Key::new(request.kind, request.name);
        // One more than is told, to know whether the oldest of them was new.
        let versions = resources::history(&mut conn, &key, i64::from(limit) + 1).await?;
        if versions.is_empty() {
            let active = rule_sets::active(&mut conn).await?;
            return Err(absent(&key, active));
        }
        let told = versions.iter().enumerate().map(|(index, version)| {
            let before = versions.get(index + 1);
            wire_version(version, before.and_then(|it| it.document.as_ref()), &key)
        });
        Ok(v1::GetResourceHistoryResponse {
            versions: told.take(limit.unsigned_abs() as usize).collect(),
        })
    }

    /// The number asked for, which must be there; 0 means the one in force.
    async fn number_or_active(&self, number: i64) -> Result<i64, Error> {
        let mut conn = self.database.pool().acquire().await?;
        if number == 0 {
            return rule_sets::active(&mut conn).await;
        }
        match rule_sets::read(&mut conn, number).await? {
            Some(row) => Ok(row.number),
            None => Err(Error::NoRuleSet(number)),
        }
    }
}

fn written(document: Option<&Document>) -> String {
    document.map(Document::text).unwrap_or_default().to_owned()
}

fn absent(key: &Key, number: i64) -> Error {
    Error::NoResource {
        resource: key.to_string(),
        number,
    }
}

fn resource(kept: Kept, set: Option<&Row>, headings_only: bool) -> v1::Resource {
    let Kept { document, since } = kept;
    let text = if headings_only { "" } else { document.text() };
    v1::Resource {
        kind: document.key().kind().to_owned(),
        name: document.key().name().to_owned(),
        etag: document.etag().to_owned(),
        text: text.to_owned(),
        changed_in: since,
        actor: set.map(|set| set.actor.clone()).unwrap_or_default(),
        reason: set.map(|set| set.reason.clone()).unwrap_or_default(),
        changed_at: set.map(|set| timestamp(set.activated_at.into())),
    }
}

fn wire_version(version: &Version, before: Option<&Document>, key: &Key) -> v1::ResourceVersion {
    let after = version.document.as_ref();
    let change = wire_change(&Difference { key, before, after });
    v1::ResourceVersion {
        number: version.number,
        outcome: change.outcome,
        etag: change.etag,
        text: written(after),
        actor: version.actor.clone(),
        reason: version.reason.clone(),
        changed_at: Some(timestamp(version.at.into())),
    }
}

/// Reads edits; every fault is told at once, by its place in the request.
pub(super) fn edits(wire: Vec<v1::ResourceEdit>) -> Result<Vec<Edit>, Error> {
    let mut edits: Vec<Edit> = Vec::with_capacity(wire.len());
    let mut known = BTreeSet::new();
    let mut faults = Vec::new();
    for (index, wire) in wire.into_iter().enumerate() {
        let field = format!("edits[{index}]");
        match edit(wire) {
            Ok(edit) if known.insert(edit.key.clone()) => edits.push(edit),
            Ok(edit) => faults.push(FieldViolation::new(
                field,
                format!("{} is edited already", edit.key),
            )),
            Err((part, message)) => {
                faults.push(FieldViolation::new(format!("{field}{part}"), message));
            }
        }
    }
    if faults.is_empty() {
        Ok(edits)
    } else {
        Err(Error::RuleSet(faults))
    }
}

fn edit(wire: v1::ResourceEdit) -> Result<Edit, (&'static str, String)> {
    let seen = match wire.etag.as_str() {
        "" => Seen::Anything,
        NOTHING => Seen::Nothing,
        _ => Seen::Etag(wire.etag),
    };
    let said = Key::new(wire.kind, wire.name);
    match wire.edit {
        Some(resource_edit::Edit::Put(text)) => {
            let document = only_document(&text).map_err(|message| (".put", message))?;
            let key = document.key().clone();
            let is_said = |said: &str, is: &str| said.is_empty() || said == is;
            if !is_said(said.kind(), key.kind()) || !is_said(said.name(), key.name()) {
                return Err((".name", format!("says {said}, its document says {key}")));
            }
            Ok(Edit {
                key,
                seen,
                put: Some(document),
            })
        }
        Some(resource_edit::Edit::Delete(true)) => {
            if said.kind().is_empty() || said.name().is_empty() {
                return Err((".name", "say kind and name of what to drop".to_owned()));
            }
            Ok(Edit {
                key: said,
                seen,
                put: None,
            })
        }
        Some(resource_edit::Edit::Delete(false)) | None => {
            Err(("", "put a document, or set delete to true".to_owned()))
        }
    }
}

fn only_document(text: &str) -> Result<Document, String> {
    let documents = documents::split(text).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(Fault::to_string).collect();
        told.join("; ")
    })?;
    let count = documents.len();
    match documents.into_values().next() {
        Some(document) if count == 1 => Ok(document),
        _ => Err(format!("expected one document, found {count}")),
    }
}

/// Tells why a text holds no documents.
pub(super) fn unreadable(field: &str, faults: &[Fault]) -> Error {
    let faults = faults
        .iter()
        .map(|fault| FieldViolation::new(field, fault.to_string()));
    Error::RuleSet(faults.collect())
}
