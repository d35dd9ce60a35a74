//! Evidence, as the wire tells it.

use contracts::ticketing::v1 as wire;

use crate::{domain::evidence::Evidence, events::instant::to_wire};

pub(in crate::grpc) fn evidence(evidence: &Evidence) -> wire::Evidence {
    let (file, removal) = (&evidence.file, evidence.removal.as_ref());
    wire::Evidence {
        id: evidence.id.to_string(),
        ticket_id: evidence.ticket.to_string(),
        step: evidence.step.clone(),
        file_name: file.name.as_str().to_owned(),
        media_type: file.media_type.to_string(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        sha256: file.digest.to_string(),
        note: evidence.note.clone(),
        attached_by: evidence.attached_by.clone(),
        attached_at: Some(to_wire(evidence.attached_at)),
        removed_at: removal.map(|it| to_wire(it.at)),
        removed_by: removal.map(|it| it.by.clone()).unwrap_or_default(),
        removal_reason: removal.map(|it| it.reason.clone()).unwrap_or_default(),
    }
}
