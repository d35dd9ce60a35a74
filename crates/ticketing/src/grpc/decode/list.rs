//! Which tickets somebody wants to see.

use contracts::ticketing::v1 as wire;

use super::{Faults, given, uuid_wanted};
use crate::{
    desk::{Bookmark, Wish},
    domain::{
        actor::Person,
        id::{ExceptionId, TicketId},
        saved_filter::FilterPath,
        ticket::State,
    },
    error::Error,
    store::listing::{Order, Place, TicketFilter, fields},
};

/// What is to be listed.
#[derive(Debug)]
pub(in crate::grpc) struct Listing {
    pub(in crate::grpc) wish: Wish,
    pub(in crate::grpc) order: Order,
    pub(in crate::grpc) after: Option<Place>,
    pub(in crate::grpc) size: i64,
}

pub(in crate::grpc) fn listing(request: wire::ListTicketsRequest) -> Result<Listing, Error> {
    let mut faults = Faults::default();
    let mut filters = comparisons(&request, &mut faults);
    filters.extend(faults.filter("filter", &request.filter));
    let wish = faults.wish(filters, &request.saved_filter, request.me, request.my_work);
    let order = faults.take("order_by", request.order_by.parse());
    let after = given(request.page_token)
        .and_then(|token| faults.take("page_token", token.parse::<Place>()));
    let size = faults.page_size(request.page_size);
    let listing = order.map(|order| Listing {
        wish,
        order,
        after,
        size,
    });
    faults.unless_any(listing)
}

/// Which list somebody wants to follow, and from where.
pub(in crate::grpc) fn watch(
    request: wire::WatchTicketsRequest,
) -> Result<(Wish, Option<Bookmark>), Error> {
    let mut faults = Faults::default();
    let filters = faults.filter("filter", &request.filter);
    let wish = faults.wish(filters, &request.saved_filter, request.me, request.my_work);
    let from = given(request.resume_token)
        .and_then(|token| faults.take("resume_token", token.parse::<Bookmark>()));
    faults.unless_any(Some((wish, from)))
}

/// What somebody wants to have as a table.
pub(in crate::grpc) fn export(request: wire::ExportTicketsRequest) -> Result<Wish, Error> {
    let mut faults = Faults::default();
    let filters = faults.filter("filter", &request.filter);
    let wish = faults.wish(filters, &request.saved_filter, request.me, request.my_work);
    faults.unless_any(Some(wish))
}

impl Faults {
    /// What somebody wishes to see, by filters, one that is kept, and whose work it is.
    fn wish(
        &mut self,
        filters: impl IntoIterator<Item = TicketFilter>,
        saved: &str,
        me: String,
        my_work: bool,
    ) -> Wish {
        Wish {
            filters: filters.into_iter().collect(),
            saved: self.saved(saved, &me),
            me: self.me(me, my_work),
            my_work,
        }
    }

    /// A kept filter; a name alone is one of whoever asks.
    fn saved(&mut self, path: &str, me: &str) -> Option<FilterPath> {
        if path.is_empty() {
            return None;
        }
        let path: FilterPath = self.take("saved_filter", path.parse())?;
        if path.owner.is_none() && me.trim().is_empty() {
            self.add(
                "saved_filter",
                "must be OWNER/NAME, or `me` must say whose it is",
            );
        }
        Some(path)
    }

    /// A filter; none lets everything pass.
    pub(super) fn filter(&mut self, field: &'static str, text: &str) -> Option<TicketFilter> {
        let filter = TicketFilter::parse(text)
            .map_err(|fault| format!("{fault}; the fields are {}", fields::names()));
        self.take(field, filter)
    }

    /// Who asks, which must be said when it is about their work.
    pub(super) fn me(&mut self, login: String, must_be_said: bool) -> Option<Person> {
        if login.contains('\0') {
            self.add("me", "must not hold the character U+0000");
            return None;
        }
        let person = Person::try_from(login).ok();
        if person.is_none() && must_be_said {
            self.add("me", "must say who asks");
        }
        person
    }
}

/// What the fields that ask for one thing say.
fn comparisons(request: &wire::ListTicketsRequest, faults: &mut Faults) -> Vec<TicketFilter> {
    let states: Vec<&str> = request
        .states()
        .filter_map(|state| state_named(state).map(State::as_str))
        .collect();
    let states = given(states.join(" OR ")).map(|states| format!("state = ({states})"));
    let ticket = given(request.exception_id.clone()).and_then(|id| {
        let id = id.parse::<ExceptionId>().map_err(uuid_wanted);
        let exception = faults.take("exception_id", id)?;
        Some(format!("id = {}", TicketId::of(exception)))
    });
    let is = |field: &str, text: &str| {
        given(text.to_owned()).map(|text| format!("{field} = {}", quoted(&text)))
    };
    [
        ("states", states),
        ("department", is("department", &request.department)),
        ("assignee", is("assignee", &request.assignee)),
        ("order_id", is("order_id", &request.order_id)),
        ("scenario", is("scenario", &request.scenario)),
        ("exception_id", ticket),
        (
            "overdue_only",
            request.overdue_only.then(|| "overdue".to_owned()),
        ),
    ]
    .into_iter()
    .filter_map(|(field, text)| faults.filter(field, &text?))
    .collect()
}

/// Text as a filter writes it, and no pattern.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '*') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

fn state_named(state: wire::TicketState) -> Option<State> {
    match state {
        wire::TicketState::Unspecified => None,
        wire::TicketState::Open => Some(State::Open),
        wire::TicketState::Acknowledged => Some(State::Acknowledged),
        wire::TicketState::Resolved => Some(State::Resolved),
    }
}
