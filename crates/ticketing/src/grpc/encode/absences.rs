//! Who is away, as the wire tells it.

use contracts::ticketing::v1 as wire;

use crate::{domain::absence::Absence, events::instant::to_wire};

pub(in crate::grpc) fn absence(absence: Absence) -> wire::Absence {
    wire::Absence {
        login: absence.login,
        from: Some(to_wire(absence.from)),
        until: Some(to_wire(absence.until)),
        stand_in: absence.stand_in.unwrap_or_default(),
        reason: absence.reason,
    }
}
