//! How much evidence there may be, and of which types.

use super::{Attachment, Evidence, EvidenceRefusal, MediaType, TypeFault};

/// What evidence may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a file.
    pub file_bytes: u64,
    /// Most files of a ticket.
    pub ticket_files: u64,
    /// Most bytes of all files of a ticket.
    pub ticket_bytes: u64,
    /// Media types, without parameters.
    pub media_types: Vec<String>,
}

impl Limits {
    /// Whether files of a type may be attached.
    #[must_use]
    pub fn allow(&self, media_type: &MediaType) -> bool {
        self.media_types
            .iter()
            .any(|allowed| allowed == media_type.essence())
    }

    /// Why a type cannot be allowed.
    ///
    /// # Errors
    /// One sentence.
    pub fn check_type(written: &str) -> Result<(), String> {
        let media_type: MediaType = written
            .parse()
            .map_err(|error: TypeFault| error.to_string())?;
        if media_type.essence() != written {
            return Err(format!(
                "`{written}` must be in small letters, without parameters"
            ));
        }
        if !media_type.is_judged() {
            return Err(format!(
                "`{written}` is no type that a content can be judged to be"
            ));
        }
        Ok(())
    }

    /// Whether a ticket that has these files can have one more. What was removed does not count.
    ///
    /// # Errors
    /// [`EvidenceRefusal::Twin`], [`EvidenceRefusal::TooMany`] and [`EvidenceRefusal::TooMuch`].
    pub fn admit(&self, attached: &[Evidence], wish: &Attachment) -> Result<(), EvidenceRefusal> {
        let ticket = wish.ticket;
        let (mut files, mut held) = (0, 0_u64);
        for evidence in attached.iter().filter(|it| it.removal.is_none()) {
            if evidence.file.digest == wish.file.digest {
                return Err(EvidenceRefusal::Twin {
                    ticket,
                    id: evidence.id,
                    name: evidence.file.name.clone(),
                    by: evidence.attached_by.clone(),
                    at: evidence.attached_at,
                });
            }
            files += 1;
            held = held.saturating_add(evidence.file.size);
        }
        if files >= self.ticket_files {
            let most = self.ticket_files;
            return Err(EvidenceRefusal::TooMany { ticket, most });
        }
        if held.saturating_add(wish.file.size) > self.ticket_bytes {
            return Err(EvidenceRefusal::TooMuch {
                ticket,
                held,
                size: wish.file.size,
                most: self.ticket_bytes,
            });
        }
        Ok(())
    }
}
