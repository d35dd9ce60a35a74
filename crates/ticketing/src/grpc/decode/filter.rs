//! What somebody wants with a filter that is kept.

use contracts::ticketing::v1 as wire;

use super::{Faults, given};
use crate::{
    domain::{actor::Person, saved_filter::FilterName},
    error::Error,
    store::listing::TicketFilter,
};

/// A filter that somebody wants to keep.
#[derive(Debug)]
pub(in crate::grpc) struct Keeping {
    pub(in crate::grpc) owner: Person,
    pub(in crate::grpc) name: FilterName,
    pub(in crate::grpc) filter: TicketFilter,
    pub(in crate::grpc) shared_with: String,
    /// The version that they looked at; absent for a new one.
    pub(in crate::grpc) seen: Option<i64>,
}

pub(in crate::grpc) fn save(request: wire::SaveFilterRequest) -> Result<Keeping, Error> {
    let mut faults = Faults::default();
    let owner = faults.owner(request.actor);
    let name = faults.take("name", request.name.parse());
    let filter = faults.filter("filter", &request.filter);
    if request.shared_with.chars().any(char::is_control) {
        faults.add("shared_with", "must not hold control characters");
    }
    let seen = given(request.etag).and_then(|etag| faults.etag(&etag));
    let keeping = owner.zip(name).zip(filter);
    faults.unless_any(keeping.map(|((owner, name), filter)| Keeping {
        owner,
        name,
        filter,
        shared_with: request.shared_with,
        seen,
    }))
}

pub(in crate::grpc) fn delete(
    request: wire::DeleteFilterRequest,
) -> Result<(Person, FilterName, i64), Error> {
    let mut faults = Faults::default();
    let owner = faults.owner(request.actor);
    let name = faults.take("name", request.name.parse());
    let seen = faults.etag(&request.etag);
    let wanted = owner.zip(name).zip(seen);
    faults.unless_any(wanted.map(|((owner, name), seen)| (owner, name, seen)))
}

pub(in crate::grpc) fn somebody(login: String) -> Result<Person, Error> {
    let mut faults = Faults::default();
    let me = faults.me(login, true);
    faults.unless_any(me)
}

impl Faults {
    /// Whose filter it is.
    fn owner(&mut self, login: String) -> Option<Person> {
        if login.chars().any(char::is_control) {
            self.add("actor", "must not hold control characters");
            return None;
        }
        self.take("actor", Person::try_from(login))
    }
}
