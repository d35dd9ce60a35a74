//! Why evidence is not taken, given or removed.

use thiserror::Error;
use uuid::Uuid;

use super::{Fault, FileName, Removal};
use crate::domain::{Instant, id::TicketId};

/// Why evidence is not taken, given or removed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceRefusal {
    /// There is none of this id.
    #[error("there is no evidence {0}")]
    Unknown(Uuid),
    /// The id was used for another file, or by somebody else.
    #[error("evidence {0} is another one: make up an id of its own for each file")]
    Other(Uuid),
    /// The content is gone.
    #[error("evidence {id} was removed at {} by {}: {}", removal.at, removal.by, removal.reason)]
    Removed {
        /// The evidence.
        id: Uuid,
        /// Who removed it.
        removal: Removal,
    },
    /// The ticket has this very content.
    #[error("ticket {ticket} has this content already: evidence {id}, {name}, by {by} at {at}")]
    Twin {
        /// The ticket.
        ticket: TicketId,
        /// What it has.
        id: Uuid,
        /// Its name.
        name: FileName,
        /// Who attached it.
        by: String,
        /// When.
        at: Instant,
    },
    /// The ticket has as many files as it may.
    #[error("ticket {ticket} has {most} files, and may have no more; a supervisor can remove some")]
    TooMany {
        /// The ticket.
        ticket: TicketId,
        /// Most files of a ticket.
        most: u64,
    },
    /// The ticket has too much already.
    #[error(
        "ticket {ticket} has {held} bytes of files, and with the {size} of this one more than the \
         {most} that it may have; a supervisor can remove some"
    )]
    TooMuch {
        /// The ticket.
        ticket: TicketId,
        /// Bytes that it has.
        held: u64,
        /// Bytes of the file.
        size: u64,
        /// Most bytes of a ticket.
        most: u64,
    },
    /// Others are sending files.
    #[error("{0} files are being received, which is as many as there may be at once")]
    Busy(usize),
    /// The content is not what its header says.
    #[error("evidence {id}, {name}: {fault}")]
    Content {
        /// The evidence.
        id: Uuid,
        /// Its name.
        name: FileName,
        /// What is the matter.
        fault: Fault,
    },
}
