//! Requests, made into domain types; every fault of a request is told at once.

pub(super) mod absences;
mod act;
pub(super) mod bulk;
pub(super) mod evidence;
pub(super) mod figures;
pub(super) mod filter;
pub(super) mod groups;
pub(super) mod list;

use std::{fmt::Display, ops::Range};

use chrono::DateTime;
use contracts::ticketing::v1 as wire;

use crate::{
    desk::{Errand, Migration},
    domain::{Instant, actor::Person, id::TicketId, ticket::Act},
    error::{Error, Violation},
    events::instant,
};

pub(super) use list::listing;

const DEFAULT_PAGE: i32 = 50;
const LARGEST_PAGE: i32 = 500;

/// Faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Violation>);

impl Faults {
    fn add(&mut self, field: &'static str, description: impl Display) {
        self.0.push(Violation {
            field,
            description: description.to_string(),
        });
    }

    fn take<T, E: Display>(&mut self, field: &'static str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(field, error)).ok()
    }

    /// A text that must not be empty.
    fn text(&mut self, field: &'static str, text: String) -> Option<String> {
        if text.trim().is_empty() {
            self.add(field, "must not be empty");
            return None;
        }
        Some(text)
    }

    fn ticket(&mut self, id: &str) -> Option<TicketId> {
        self.take("ticket_id", id.parse().map_err(uuid_wanted))
    }

    /// The version that a caller looked at.
    fn etag(&mut self, etag: &str) -> Option<i64> {
        let version = etag
            .parse()
            .map_err(|_| "must be the etag of the ticket as you saw it");
        self.take("etag", version)
    }

    fn instant(
        &mut self,
        field: &'static str,
        at: Option<&prost_types::Timestamp>,
    ) -> Option<Instant> {
        let at = at.and_then(instant::from_wire);
        self.take(field, at.ok_or("must be an instant"))
    }

    /// How much one answer is to hold.
    fn page_size(&mut self, size: i32) -> i64 {
        if size < 0 {
            self.add("page_size", "must not be negative");
        }
        match size {
            0 => DEFAULT_PAGE.into(),
            size => size.min(LARGEST_PAGE).into(),
        }
    }

    /// The value, unless there was a fault.
    fn unless_any<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }
}

/// What somebody wants done with a ticket.
pub(super) fn errand(request: wire::ActOnTicketRequest) -> Result<Errand, Error> {
    let mut faults = Faults::default();
    let ticket = faults.ticket(&request.ticket_id);
    let person = faults.take("actor", Person::try_from(request.actor));
    let act = act::act(request.act, &request.note, &mut faults);
    let seen = match &act {
        Some(Act::Comment) if request.etag.is_empty() => None,
        _ => faults.etag(&request.etag),
    };
    let errand = ticket
        .zip(person)
        .zip(act)
        .map(|((ticket, person), act)| Errand {
            ticket,
            person,
            seen,
            act,
            note: request.note,
        });
    faults.unless_any(errand)
}

/// A wish to have a ticket go on under the newest version of its procedure.
pub(super) fn migration(request: wire::MigrateTicketRequest) -> Result<Migration, Error> {
    let mut faults = Faults::default();
    let ticket = faults.ticket(&request.ticket_id);
    let person = faults.take("actor", Person::try_from(request.actor));
    let reason = faults.text("reason", request.reason);
    let seen = faults.etag(&request.etag);
    let migration = ticket
        .zip(person)
        .zip(reason)
        .map(|((ticket, person), reason)| Migration {
            ticket,
            person,
            seen,
            deadlines: request.deadlines,
            reason,
            dry_run: request.dry_run,
        });
    faults.unless_any(migration)
}

fn uuid_wanted(_: uuid::Error) -> &'static str {
    "must be a UUID"
}

pub(super) fn ticket_id(text: &str) -> Result<TicketId, Error> {
    let mut faults = Faults::default();
    let id = faults.take("ticket_id", text.parse().map_err(uuid_wanted));
    faults.unless_any(id)
}

/// Who changes procedures, and why.
pub(super) fn change(actor: String, reason: String) -> Result<(Person, String), Error> {
    let mut faults = Faults::default();
    let person = faults.take("actor", Person::try_from(actor));
    let reason = faults.text("reason", reason);
    faults.unless_any(person.zip(reason))
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The stretch of time asked for: from the beginning and until now, unless said.
pub(super) fn range(
    request: &wire::GetFiguresRequest,
    now: Instant,
) -> Result<Range<Instant>, Error> {
    let mut faults = Faults::default();
    let mut end = |field, at: Option<&prost_types::Timestamp>, otherwise| match at {
        Some(at) => faults.instant(field, Some(at)),
        None => Some(otherwise),
    };
    let from = end("from", request.from.as_ref(), DateTime::UNIX_EPOCH);
    let to = end("to", request.to.as_ref(), now);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        faults.add("to", "must not be before from");
    }
    faults.unless_any(from.zip(to).map(|(from, to)| from..to))
}
