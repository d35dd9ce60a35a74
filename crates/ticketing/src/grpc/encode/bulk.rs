//! Acts on many tickets, as the wire tells them.

use contracts::ticketing::v1 as wire;
use uuid::Uuid;

use crate::{
    desk::BulkErrand,
    domain::{
        bulk::{Bulk, Outcome},
        ticket::Act,
    },
    events::instant::to_wire,
    store::bulks::Done,
};

/// Refusals that a dry run tells.
const SHOWN: usize = 100;

pub(in crate::grpc) fn bulk(bulk: &Bulk) -> wire::Bulk {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    wire::Bulk {
        id: bulk.id.to_string(),
        actor: bulk.actor.clone(),
        act: bulk.act.as_ref().map_or("undo", Act::as_str).to_owned(),
        note: bulk.note.clone(),
        total: bulk.total,
        done: bulk.done,
        refused: bulk.refused,
        began_at: Some(to_wire(bulk.began_at)),
        ended_at: bulk.ended_at.map(to_wire),
        undoes: id(bulk.undoes),
        undone_by: id(bulk.undone_by),
    }
}

/// What would become of each ticket.
pub(in crate::grpc) fn preview(errand: &BulkErrand, done: &[Done]) -> wire::StartBulkResponse {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let is_refused = |it: &&Done| matches!(it.outcome, Outcome::Refused { .. });
    let refused = done.iter().filter(is_refused).count();
    wire::StartBulkResponse {
        bulk: Some(wire::Bulk {
            id: errand.id.to_string(),
            actor: errand.person.as_str().to_owned(),
            act: errand.act.as_str().to_owned(),
            note: errand.note.clone(),
            total: count(done.len()),
            done: count(done.len() - refused),
            refused: count(refused),
            ..wire::Bulk::default()
        }),
        refusals: done
            .iter()
            .filter(is_refused)
            .take(SHOWN)
            .map(item)
            .collect(),
    }
}

pub(in crate::grpc) fn item(done: &Done) -> wire::BulkItem {
    let mut item = wire::BulkItem {
        ticket_id: done.ticket.to_string(),
        ..wire::BulkItem::default()
    };
    match &done.outcome {
        Outcome::Waiting => item.set_state(wire::BulkItemState::Waiting),
        Outcome::Done { undo, .. } => {
            item.set_state(wire::BulkItemState::Done);
            item.undoable = undo.is_some();
        }
        Outcome::Refused { code, refusal } => {
            item.set_state(wire::BulkItemState::Refused);
            item.code.clone_from(code);
            item.refusal.clone_from(refusal);
        }
    }
    item
}
