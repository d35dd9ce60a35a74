//! Evidence: files that people attach to a ticket, and what is asked of them.

mod digest;
mod examination;
mod file_name;
mod limits;
mod media_type;
mod refusal;
mod text;

use uuid::Uuid;

pub use digest::{CrookedDigest, Digest};
pub use examination::{Examination, Fault};
pub use file_name::{FileName, NameFault};
pub use limits::Limits;
pub use media_type::{MediaType, TypeFault, guess};
pub use refusal::EvidenceRefusal;

use super::{Instant, actor::Person, id::TicketId};

/// A file, as who sends it describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name, without folders.
    pub name: FileName,
    /// What its content is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// The digest of its content.
    pub digest: Digest,
}

/// The wish to attach a file to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Made up by who asks, so that it is attached once.
    pub id: Uuid,
    /// The ticket.
    pub ticket: TicketId,
    /// Who attaches it.
    pub person: Person,
    /// The step that it is about; that which is answered for unless named.
    pub step: Option<String>,
    /// What they write beside it.
    pub note: String,
    /// The file.
    pub file: Description,
}

/// A file that is, or was, attached to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its id.
    pub id: Uuid,
    /// The ticket.
    pub ticket: TicketId,
    /// Name of the step that it is about.
    pub step: String,
    /// The file.
    pub file: Description,
    /// What was written beside it.
    pub note: String,
    /// Login of who attached it.
    pub attached_by: String,
    /// When.
    pub attached_at: Instant,
    /// That its content is gone.
    pub removal: Option<Removal>,
}

/// That the content of a file is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Login of who removed it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

impl Description {
    /// The file in a few words, for the history of its ticket.
    #[must_use]
    pub fn in_words(&self, id: Uuid) -> String {
        format!(
            "evidence {id}: {} ({}, {} bytes, SHA-256 {})",
            self.name, self.media_type, self.size, self.digest
        )
    }
}

impl Evidence {
    /// Whether it is what somebody wishes to attach.
    #[must_use]
    pub fn is_of(&self, wish: &Attachment) -> bool {
        let is_same_step = wish.step.as_ref().is_none_or(|step| *step == self.step);
        is_same_step
            && (self.ticket, self.attached_by.as_str()) == (wish.ticket, wish.person.as_str())
            && (&self.file, &self.note) == (&wish.file, &wish.note)
    }
}
