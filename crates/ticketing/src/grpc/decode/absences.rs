//! Requests about who is away.

use contracts::ticketing::v1 as wire;

use super::{Faults, given};
use crate::{
    desk::Wanted,
    domain::{Instant, absence::Absence, actor::Person},
    error::Error,
};

/// An absence that is to be deleted.
pub(in crate::grpc) struct Deletion {
    pub(in crate::grpc) login: String,
    pub(in crate::grpc) from: Instant,
    pub(in crate::grpc) by: Person,
    pub(in crate::grpc) reason: String,
}

/// An absence, and who sets it.
pub(in crate::grpc) fn setting(
    request: wire::SetAbsenceRequest,
) -> Result<(Absence, Person), Error> {
    let mut faults = Faults::default();
    let by = faults.take("actor", Person::try_from(request.actor));
    let it = request.absence.unwrap_or_default();
    let login = faults.text("absence.login", it.login);
    let reason = faults.text("absence.reason", it.reason);
    let from = faults.instant("absence.from", it.from.as_ref());
    let until = faults.instant("absence.until", it.until.as_ref());
    if from.zip(until).is_some_and(|(from, until)| until <= from) {
        faults.add("absence.until", "must be later than from");
    }
    let absence = login
        .zip(reason)
        .zip(from.zip(until))
        .map(|((login, reason), (from, until))| Absence {
            login: login.trim().to_owned(),
            from,
            until,
            stand_in: given(it.stand_in.trim().to_owned()),
            reason,
        });
    if absence
        .as_ref()
        .is_some_and(|it| it.stand_in.as_ref() == Some(&it.login))
    {
        faults.add("absence.stand_in", "must be somebody else");
    }
    faults.unless_any(absence.zip(by))
}

pub(in crate::grpc) fn wanted(request: wire::ListAbsencesRequest) -> Wanted {
    Wanted {
        login: given(request.login),
        over: request.over,
    }
}

pub(in crate::grpc) fn deletion(request: wire::DeleteAbsenceRequest) -> Result<Deletion, Error> {
    let mut faults = Faults::default();
    let by = faults.take("actor", Person::try_from(request.actor));
    let login = faults.text("login", request.login);
    let reason = faults.text("reason", request.reason);
    let from = faults.instant("from", request.from.as_ref());
    let deletion = by.zip(login).zip(reason).zip(from);
    faults.unless_any(deletion.map(|(((by, login), reason), from)| Deletion {
        login: login.trim().to_owned(),
        from,
        by,
        reason,
    }))
}
