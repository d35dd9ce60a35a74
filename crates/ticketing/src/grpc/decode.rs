//! Requests, made into domain types; every fault of a request is told at once.

use std::{fmt::Display, ops::Range};

use chrono::DateTime;
use contracts::ticketing::v1 as wire;

use crate::{
    desk::Errand,
    domain::{
        Instant,
        actor::Person,
        holder::Holder,
        id::{ExceptionId, TicketId},
        ticket::{Act, State},
    },
    error::{Error, Violation},
    events::instant,
    store::listing::{Filter, Place},
};

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
    pub(super) fn text(&mut self, field: &'static str, text: String) -> Option<String> {
        if text.trim().is_empty() {
            self.add(field, "must not be empty");
            return None;
        }
        Some(text)
    }

    /// Who is to answer.
    pub(super) fn holder(
        &mut self,
        field: &'static str,
        department: &str,
        assignee: &str,
    ) -> Option<Holder> {
        self.take(field, Holder::new(department, assignee))
    }

    /// The value, unless there was a fault.
    fn unless_any<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }
}

/// The part that all acts on a ticket have in common.
#[derive(Debug)]
pub(super) struct Form {
    ticket: Option<TicketId>,
    person: Option<Person>,
    seen: Option<i64>,
    note: String,
    faults: Faults,
}

impl Form {
    /// Begins with what every act names.
    pub(super) fn new(ticket_id: &str, actor: String, note: String) -> Self {
        let mut faults = Faults::default();
        let ticket = faults.take(
            "ticket_id",
            ticket_id.parse::<TicketId>().map_err(uuid_wanted),
        );
        let person = faults.take("actor", Person::try_from(actor));
        Self {
            ticket,
            person,
            seen: None,
            note,
            faults,
        }
    }

    /// The version that the caller looked at.
    pub(super) fn seen(mut self, etag: &str) -> Self {
        let version = etag
            .parse()
            .map_err(|_| "must be the etag of the ticket as you saw it");
        self.seen = self.faults.take("etag", version);
        self
    }

    /// Ends with the act.
    pub(super) fn errand(
        mut self,
        act: impl FnOnce(&mut Faults) -> Option<Act>,
    ) -> Result<Errand, Error> {
        let act = act(&mut self.faults);
        let (seen, note) = (self.seen, self.note);
        let errand = (|| {
            Some(Errand {
                ticket: self.ticket?,
                person: self.person?,
                seen,
                act: act?,
                note,
            })
        })();
        self.faults.unless_any(errand)
    }
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

/// What is to be listed.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) filter: Filter,
    pub(super) after: Option<Place>,
    pub(super) size: i64,
}

pub(super) fn listing(request: wire::ListTicketsRequest) -> Result<Listing, Error> {
    let mut faults = Faults::default();
    let states = request.states().filter_map(state).collect();
    let ticket = given(request.exception_id).and_then(|id| {
        let exception = faults.take(
            "exception_id",
            id.parse::<ExceptionId>().map_err(uuid_wanted),
        );
        exception.map(TicketId::of)
    });
    let after = given(request.page_token)
        .and_then(|token| faults.take("page_token", token.parse::<Place>()));
    if request.page_size < 0 {
        faults.add("page_size", "must not be negative");
    }
    let size = match request.page_size {
        0 => DEFAULT_PAGE,
        size => size.min(LARGEST_PAGE),
    };
    let filter = Filter {
        states,
        department: given(request.department),
        assignee: given(request.assignee),
        order: given(request.order_id),
        scenario: given(request.scenario),
        ticket,
        overdue_only: request.overdue_only,
    };
    faults.unless_any(Some(Listing {
        filter,
        after,
        size: size.into(),
    }))
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn state(state: wire::TicketState) -> Option<State> {
    match state {
        wire::TicketState::Unspecified => None,
        wire::TicketState::Open => Some(State::Open),
        wire::TicketState::Acknowledged => Some(State::Acknowledged),
        wire::TicketState::Resolved => Some(State::Resolved),
    }
}

/// The stretch of time asked for: from the beginning and until now, unless said.
pub(super) fn range(
    request: &wire::GetFiguresRequest,
    now: Instant,
) -> Result<Range<Instant>, Error> {
    let mut faults = Faults::default();
    let mut end = |field, at: Option<&prost_types::Timestamp>, otherwise| match at {
        Some(at) => faults.take(field, instant::from_wire(at).ok_or("must be an instant")),
        None => Some(otherwise),
    };
    let from = end("from", request.from.as_ref(), DateTime::UNIX_EPOCH);
    let to = end("to", request.to.as_ref(), now);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        faults.add("to", "must not be before from");
    }
    faults.unless_any(from.zip(to).map(|(from, to)| from..to))
}
