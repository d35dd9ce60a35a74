//! A rule set that came into force, for those who listen and for the audit record.

use contracts::event::v1;
use contracts::subject;
use contracts::time::timestamp;
use rule_engine::documents::{Document, Documents};
use service::event_log::NewEvent;

use crate::domain::change::{self, Base, Difference, Outcome};
use crate::store::rule_sets::Row;

/// Most resources named in one event: it must fit into a message of the bus.
const MOST_NAMED: usize = 2_000;

/// Tells that a rule set came into force, and what differs from the one before.
#[must_use]
pub fn activated(row: &Row, before: &Base, after: &Documents) -> NewEvent {
    let old = before.documents();
    let changes = change::differences(&old, after).filter(Difference::is_change);
    let event = v1::Event {
        id: format!("rule-set/{}", row.number),
        r#type: "rule-set.activated".to_owned(),
        occurred_at: Some(timestamp(row.activated_at.into())),
        actor: Some(v1::Actor {
            kind: v1::ActorKind::Person as i32,
            name: row.actor.clone(),
        }),
        reason: row.reason.clone(),
        payload: Some(v1::event::Payload::RuleSet(v1::RuleSetActivated {
            number: row.number,
            rules: row.rules,
            digest: row.digest.clone(),
            changes: changes
                .take(MOST_NAMED)
                .map(|change| wire(&change))
                .collect(),
            replaced: before.number,
            restored: row.restored.unwrap_or_default(),
        })),
        ..v1::Event::default()
    };
    NewEvent::of(subject::CHANGES, "rule-set", &event)
}

/// Writes what became of a resource as it travels.
#[must_use]
pub fn wire(change: &Difference<'_>) -> v1::ResourceChange {
    v1::ResourceChange {
        kind: change.key.kind().to_owned(),
        name: change.key.name().to_owned(),
        outcome: outcome(change.outcome()) as i32,
        etag: change
            .after
            .map(Document::etag)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Writes an outcome as it travels.
#[must_use]
pub const fn outcome(outcome: Outcome) -> v1::ResourceOutcome {
    match outcome {
        Outcome::Created => v1::ResourceOutcome::Created,
        Outcome::Configured => v1::ResourceOutcome::Configured,
        Outcome::Unchanged => v1::ResourceOutcome::Unchanged,
        Outcome::Deleted => v1::ResourceOutcome::Deleted,
    }
}
