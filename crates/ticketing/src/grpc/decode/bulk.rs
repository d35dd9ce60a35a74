//! Requests about many tickets.

use std::collections::HashSet;

use contracts::ticketing::v1 as wire;
use uuid::Uuid;

use super::{Faults, act, given, uuid_wanted};
use crate::{
    desk::{BulkErrand, Choice},
    domain::{
        actor::Person,
        bulk::{MOST_TICKETS, Target},
    },
    error::Error,
    store::listing::TicketFilter,
};

/// An act on many tickets.
pub(in crate::grpc) fn errand(request: wire::StartBulkRequest) -> Result<BulkErrand, Error> {
    let mut faults = Faults::default();
    let id = faults.take("bulk_id", request.bulk_id.parse().map_err(uuid_wanted));
    let person = faults.take("actor", Person::try_from(request.actor));
    let act = act::act(request.act, &request.note, &mut faults);
    let named = (request.targets, request.filter, request.group_id);
    let choice = choice(named, &mut faults);
    let errand = id.zip(person).zip(act.zip(choice));
    faults.unless_any(errand.map(|((id, person), (act, choice))| BulkErrand {
        id,
        person,
        act,
        note: request.note,
        choice,
    }))
}

fn choice(
    (targets, filter, group): (Vec<wire::BulkTarget>, String, String),
    faults: &mut Faults,
) -> Option<Choice> {
    match (targets.is_empty(), given(filter), given(group)) {
        (false, None, None) => Some(Choice::Named(self::targets(targets, faults))),
        (true, Some(filter), None) => {
            let filter = TicketFilter::parse(&filter);
            faults.take("filter", filter).map(Choice::Filter)
        }
        (true, None, Some(group)) => {
            let group = group.parse().map_err(uuid_wanted);
            faults.take("group_id", group).map(Choice::Group)
        }
        _ => {
            faults.add(
                "targets",
                "must name tickets, or else `filter` or `group_id` must",
            );
            None
        }
    }
}

fn targets(named: Vec<wire::BulkTarget>, faults: &mut Faults) -> Vec<Target> {
    if named.len() > MOST_TICKETS {
        faults.add(
            "targets",
            format!("must name at most {MOST_TICKETS} tickets"),
        );
        return Vec::new();
    }
    let (mut targets, mut known) = (Vec::with_capacity(named.len()), HashSet::new());
    for target in named {
        let ticket = target.ticket_id.parse();
        let ticket = faults.take(
            "targets.ticket_id",
            ticket.map_err(|_| format!("`{}` must be a UUID", target.ticket_id)),
        );
        let seen = given(target.etag).and_then(|etag| faults.etag(&etag));
        let Some(ticket) = ticket else {
            // One is enough to say what is wrong.
            break;
        };
        if !known.insert(ticket) {
            faults.add("targets", format!("ticket {ticket} is named twice"));
            break;
        }
        targets.push(Target { ticket, seen });
    }
    targets
}

pub(in crate::grpc) fn id(text: &str) -> Result<Uuid, Error> {
    let mut faults = Faults::default();
    let id = faults.take("bulk_id", text.parse().map_err(uuid_wanted));
    faults.unless_any(id)
}

/// What is to be listed.
pub(in crate::grpc) struct Items {
    pub(in crate::grpc) bulk: Uuid,
    pub(in crate::grpc) state: Option<&'static str>,
    pub(in crate::grpc) after: Option<Uuid>,
    pub(in crate::grpc) size: i64,
}

pub(in crate::grpc) fn items(request: &wire::ListBulkItemsRequest) -> Result<Items, Error> {
    let mut faults = Faults::default();
    let bulk = faults.take("bulk_id", request.bulk_id.parse().map_err(uuid_wanted));
    let after = given(request.page_token.clone()).and_then(|token| {
        let place = token.parse();
        faults.take(
            "page_token",
            place.map_err(|_| "must be the next_page_token of an earlier answer"),
        )
    });
    let size = faults.page_size(request.page_size);
    let state = match request.state() {
        wire::BulkItemState::Unspecified => None,
        wire::BulkItemState::Waiting => Some("waiting"),
        wire::BulkItemState::Done => Some("done"),
        wire::BulkItemState::Refused => Some("refused"),
    };
    faults.unless_any(bulk.map(|bulk| Items {
        bulk,
        state,
        after,
        size,
    }))
}

pub(in crate::grpc) fn undo(
    request: wire::UndoBulkRequest,
) -> Result<(Uuid, Person, String), Error> {
    let mut faults = Faults::default();
    let id = faults.take("bulk_id", request.bulk_id.parse().map_err(uuid_wanted));
    let person = faults.take("actor", Person::try_from(request.actor));
    faults.unless_any(
        id.zip(person)
            .map(|(id, person)| (id, person, request.note)),
    )
}
