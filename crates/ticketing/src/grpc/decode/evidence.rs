//! Requests about evidence.

use contracts::ticketing::v1 as wire;
use uuid::Uuid;

use super::{Faults, given, uuid_wanted};
use crate::{
    domain::{
        actor::Person,
        evidence::{Attachment, Description, FileName, Limits, MediaType},
    },
    error::Error,
};

/// What is to be attached.
pub(in crate::grpc) fn attachment(
    header: Option<wire::EvidenceHeader>,
    limits: &Limits,
) -> Result<Attachment, Error> {
    let mut faults = Faults::default();
    let Some(header) = header else {
        faults.add("header", "must be in the first message");
        return faults.unless_any(None);
    };
    let id = faults.take(
        "header.evidence_id",
        header.evidence_id.parse().map_err(uuid_wanted),
    );
    let ticket = faults.take(
        "header.ticket_id",
        header.ticket_id.parse().map_err(uuid_wanted),
    );
    let person = faults.take("header.actor", Person::try_from(header.actor));
    let name = faults.take("header.file_name", FileName::try_from(header.file_name));
    let media_type = media_type(&header.media_type, name.as_ref(), limits, &mut faults);
    let size = size(header.size, limits, &mut faults);
    let digest = faults.take("header.sha256", header.sha256.parse());
    let file = name.zip(media_type).zip(size).zip(digest);
    let file = file.map(|(((name, media_type), size), digest)| Description {
        name,
        media_type,
        size,
        digest,
    });
    let attachment = id.zip(ticket).zip(person).zip(file);
    faults.unless_any(attachment.map(|(((id, ticket), person), file)| Attachment {
        id,
        ticket,
        person,
        step: given(header.step),
        note: header.note,
        file,
    }))
}

fn media_type(
    written: &str,
    name: Option<&FileName>,
    limits: &Limits,
    faults: &mut Faults,
) -> Option<MediaType> {
    let media_type: MediaType = faults.take("header.media_type", written.parse())?;
    if !limits.allow(&media_type) {
        let allowed = limits.media_types.join(", ");
        let description = format!(
            "{} may not be attached; {allowed} may",
            media_type.essence()
        );
        faults.add("header.media_type", description);
    }
    let (wanted, extension) = (media_type.extensions(), name?.extension());
    if !wanted.is_empty() && !wanted.contains(&extension.as_str()) {
        let description = format!(
            "must end in .{} where the content is {}",
            wanted.join(" or ."),
            media_type.essence()
        );
        faults.add("header.file_name", description);
    }
    Some(media_type)
}

fn size(size: i64, limits: &Limits, faults: &mut Faults) -> Option<u64> {
    let most = limits.file_bytes;
    match u64::try_from(size) {
        Ok(0) | Err(_) => faults.add("header.size", "must be at least one byte"),
        Ok(size) if size > most => faults.add(
            "header.size",
            format!("must be at most {most} bytes, is {size}"),
        ),
        Ok(size) => return Some(size),
    }
    None
}

pub(in crate::grpc) fn id(text: &str) -> Result<Uuid, Error> {
    let mut faults = Faults::default();
    let id = faults.take("evidence_id", text.parse().map_err(uuid_wanted));
    faults.unless_any(id)
}

/// Which one is to be removed, by whom, and why.
pub(in crate::grpc) fn removal(
    request: wire::RemoveEvidenceRequest,
) -> Result<(Uuid, Person, String), Error> {
    let mut faults = Faults::default();
    let id = faults.take(
        "evidence_id",
        request.evidence_id.parse().map_err(uuid_wanted),
    );
    let person = faults.take("actor", Person::try_from(request.actor));
    let reason = faults.text("reason", request.reason);
    let removal = id.zip(person).zip(reason);
    faults.unless_any(removal.map(|((id, person), reason)| (id, person, reason)))
}

/// A message that is out of its place.
pub(in crate::grpc) fn out_of_place(what: &'static str) -> Error {
    let mut faults = Faults::default();
    faults.add("part", what);
    Error::Invalid(faults.0)
}
