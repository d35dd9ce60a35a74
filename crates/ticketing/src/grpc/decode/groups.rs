//! Requests about groups of tickets.

use contracts::ticketing::v1 as wire;
use uuid::Uuid;

use super::{Faults, given, uuid_wanted};
use crate::{
    desk::{Change, Opening},
    domain::{actor::Person, bulk::MOST_TICKETS, group::Kind, holder::Holder, id::TicketId},
    error::Error,
    store::groups::Wanted,
};

/// What is to be listed.
pub(in crate::grpc) struct Listing {
    pub(in crate::grpc) wanted: Wanted,
    pub(in crate::grpc) after: Option<Uuid>,
    pub(in crate::grpc) size: i64,
}

pub(in crate::grpc) fn listing(request: wire::ListGroupsRequest) -> Result<Listing, Error> {
    let mut faults = Faults::default();
    let kind = kind(request.kind());
    let ticket = given(request.ticket_id).and_then(|id| faults.ticket(&id));
    let after = given(request.page_token).and_then(|token| {
        let place = token.parse();
        faults.take(
            "page_token",
            place.map_err(|_| "must be the next_page_token of an earlier answer"),
        )
    });
    let size = faults.page_size(request.page_size);
    faults.unless_any(Some(Listing {
        wanted: Wanted {
            id: None,
            kind,
            open_only: request.open_only,
            ticket,
        },
        after,
        size,
    }))
}

pub(in crate::grpc) fn id(text: &str) -> Result<Uuid, Error> {
    let mut faults = Faults::default();
    let id = faults.take("group_id", text.parse().map_err(uuid_wanted));
    faults.unless_any(id)
}

pub(in crate::grpc) fn opening(request: wire::OpenGroupRequest) -> Result<Opening, Error> {
    let mut faults = Faults::default();
    let kind = kind(request.kind()).ok_or("must be a case or an incident");
    let kind = faults.take("kind", kind);
    let id = faults.take("group_id", request.group_id.parse().map_err(uuid_wanted));
    let title = faults.text("title", request.title);
    let person = faults.take("actor", Person::try_from(request.actor));
    if request.ticket_ids.is_empty() {
        faults.add("ticket_ids", "must name at least one ticket");
    }
    let tickets = tickets("ticket_ids", &request.ticket_ids, &mut faults);
    let opening = id.zip(kind).zip(title.zip(person));
    faults.unless_any(opening.map(|((id, kind), (title, person))| Opening {
        id,
        kind,
        title,
        person,
        tickets,
    }))
}

pub(in crate::grpc) fn regrouping(
    request: wire::RegroupTicketsRequest,
) -> Result<(Change, Vec<TicketId>, Vec<TicketId>), Error> {
    let mut faults = Faults::default();
    let change = change(&request.group_id, request.actor, &request.etag, &mut faults);
    if request.add.is_empty() && request.remove.is_empty() {
        faults.add("add", "must name a ticket, or `remove` must");
    }
    let add = tickets("add", &request.add, &mut faults);
    let remove = tickets("remove", &request.remove, &mut faults);
    faults.unless_any(change.map(|change| (change, add, remove)))
}

pub(in crate::grpc) fn assignment(
    request: wire::AssignGroupRequest,
) -> Result<(Change, Holder), Error> {
    let mut faults = Faults::default();
    let change = change(&request.group_id, request.actor, &request.etag, &mut faults);
    let owner = Holder::new(&request.department, &request.assignee);
    let owner = faults.take("department", owner);
    faults.unless_any(change.zip(owner))
}

pub(in crate::grpc) fn closing(
    request: wire::CloseGroupRequest,
) -> Result<(Change, String), Error> {
    let mut faults = Faults::default();
    let change = change(&request.group_id, request.actor, &request.etag, &mut faults);
    let reason = faults.text("reason", request.reason);
    faults.unless_any(change.zip(reason))
}

fn change(id: &str, actor: String, etag: &str, faults: &mut Faults) -> Option<Change> {
    let id = faults.take("group_id", id.parse().map_err(uuid_wanted));
    let person = faults.take("actor", Person::try_from(actor));
    let seen = etag.parse();
    let seen = faults.take(
        "etag",
        seen.map_err(|_| "must be the etag of the group as you saw it"),
    );
    let change = id.zip(person).zip(seen);
    change.map(|((id, person), seen)| Change { id, person, seen })
}

fn tickets(field: &'static str, ids: &[String], faults: &mut Faults) -> Vec<TicketId> {
    if ids.len() > MOST_TICKETS {
        faults.add(field, format!("must name at most {MOST_TICKETS} tickets"));
        return Vec::new();
    }
    let parse = |id: &String| id.parse().map_err(|_| format!("`{id}` must be a UUID"));
    let tickets: Result<Vec<TicketId>, String> = ids.iter().map(parse).collect();
    let mut tickets = faults.take(field, tickets).unwrap_or_default();
    tickets.sort_unstable();
    tickets.dedup();
    tickets
}

fn kind(kind: wire::GroupKind) -> Option<Kind> {
    match kind {
        wire::GroupKind::Unspecified => None,
        wire::GroupKind::Case => Some(Kind::Case),
        wire::GroupKind::Incident => Some(Kind::Incident),
    }
}
