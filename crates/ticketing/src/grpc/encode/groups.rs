//! Groups of tickets, as the wire tells them.

use contracts::ticketing::v1 as wire;

use crate::{
    domain::group::{Group, Kind},
    events::instant::to_wire,
};

pub(in crate::grpc) fn group(group: &Group) -> wire::Group {
    let (cause, closing) = (group.cause.as_ref(), group.closing.as_ref());
    let kind = match group.kind {
        Kind::Case => wire::GroupKind::Case,
        Kind::Incident => wire::GroupKind::Incident,
    };
    wire::Group {
        id: group.id.to_string(),
        kind: kind.into(),
        title: group.title.clone(),
        scenario: cause.map(|it| it.scenario.clone()).unwrap_or_default(),
        dimension: cause.map_or("", |it| it.dimension.as_str()).to_owned(),
        value: cause.map(|it| it.value.clone()).unwrap_or_default(),
        order_id: group.order.clone(),
        department: group.owner.department().to_owned(),
        assignee: group.owner.assignee().to_owned(),
        opened_at: Some(to_wire(group.opened_at)),
        opened_by: group.opened_by.clone(),
        closed_at: closing.map(|it| to_wire(it.at)),
        closed_by: closing.map(|it| it.by.clone()).unwrap_or_default(),
        resolution: closing.map(|it| it.reason.clone()).unwrap_or_default(),
        tickets: group.tickets,
        open_tickets: group.open_tickets,
        etag: group.version.to_string(),
    }
}
