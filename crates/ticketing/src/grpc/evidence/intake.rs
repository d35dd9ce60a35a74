//! A file that comes in, message by message.

use std::time::Duration;

use contracts::ticketing::v1::{self as wire, attach_evidence_request::Part};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Streaming};

use super::decode_evidence::out_of_place;
use crate::{
    config::EvidenceSettings,
    desk::Spool,
    domain::evidence::{Attachment, EvidenceRefusal, Examination, Fault},
    error::Error,
};

/// The messages of a call, each waited for only so long.
pub(super) struct Intake {
    messages: Streaming<wire::AttachEvidenceRequest>,
    silence: Duration,
    deadline: Instant,
}

/// What the wire has next.
enum Next {
    Part(Option<Part>),
    /// The sender is through.
    End,
    /// The connection or the call is broken, or a message larger than it may be.
    Broken(Code),
    /// Nothing came for too long.
    Silence,
}

impl Intake {
    pub(super) fn new(
        messages: Streaming<wire::AttachEvidenceRequest>,
        settings: &EvidenceSettings,
    ) -> Self {
        Self {
            messages,
            silence: settings.silence,
            deadline: Instant::now() + settings.within,
        }
    }

    /// The header; absent when something else comes first.
    pub(super) async fn header(&mut self) -> Option<wire::EvidenceHeader> {
        match self.next().await {
            Next::Part(Some(Part::Header(header))) => Some(header),
            _ => None,
        }
    }

    /// The content, held against its description while it comes.
    pub(super) async fn content(mut self, wish: &Attachment) -> Result<Spool, Error> {
        let mut examination = Examination::new(wish.file.clone());
        let mut spool = Spool::new().await?;
        loop {
            let (received, size) = (examination.received(), wish.file.size);
            match self.next().await {
                Next::Part(Some(Part::Content(piece))) if !piece.is_empty() => {
                    examination.take(&piece).map_err(|it| of(wish, it))?;
                    spool.add(&piece).await?;
                }
                Next::Part(Some(Part::Header(_))) => {
                    return Err(out_of_place("the header comes once, before the content"));
                }
                Next::Part(_) => return Err(out_of_place("content must not be empty")),
                Next::End => break,
                Next::Broken(Code::OutOfRange) => {
                    return Err(out_of_place("a message must have at most 1 MiB of content"));
                }
                Next::Broken(_) => return Err(of(wish, Fault::Cut { received, size })),
                Next::Silence => return Err(of(wish, Fault::Slow { received, size })),
            }
        }
        examination.finish().map_err(|it| of(wish, it))?;
        spool.rewind().await?;
        Ok(spool)
    }

    async fn next(&mut self) -> Next {
        let now = Instant::now();
        if now >= self.deadline {
            // Who sends without end, a byte at a time, is never waited for.
            return Next::Silence;
        }
        let patience = self.deadline.min(now + self.silence);
        match timeout_at(patience, self.messages.message()).await {
            Ok(Ok(Some(message))) => Next::Part(message.part),
            Ok(Ok(None)) => Next::End,
            Ok(Err(status)) => Next::Broken(status.code()),
            Err(_) => Next::Silence,
        }
    }
}

fn of(wish: &Attachment, fault: Fault) -> Error {
    Error::from(EvidenceRefusal::Content {
        id: wish.id,
        name: wish.file.name.clone(),
        fault,
    })
}
