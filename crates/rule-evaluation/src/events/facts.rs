//! Batches of facts, as they come from the bus or from ingest's event log.

use bytes::Bytes;
use contracts::fact::v1;
use contracts::facts::{Declaration, SealedBatch, SealedFact};
use order::Timestamp;
use prost::Message;
use service::consume::{HandleError, Handler, Received};

use crate::domain::source::Roster;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::store::sources::Judged;

/// What one message says.
#[derive(Debug)]
pub struct Intake {
    /// The facts.
    pub facts: Vec<SealedFact>,
    /// The sources as the journal knew them.
    pub roster: Option<Roster>,
    /// Its place in the journal of its source, if it has one.
    pub judged: Option<Judged>,
}

impl Intake {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// When it is not a batch of facts; names the event and the fact.
    pub fn read(message: &Received) -> Result<Self, Error> {
        let event_id = &message.event_id;
        let batch =
            SealedBatch::decode(message.payload.clone()).map_err(|source| Error::Decode {
                what: "batch of facts",
                source,
            })?;
        let watermark = watermark(batch.watermark)?;
        let source = batch.source;
        let sequence = batch.sequence;
        let oldest_retained = batch.oldest_retained_sequence;
        Ok(Self {
            facts: batch
                .facts
                .into_iter()
                .enumerate()
                .map(|(index, fact)| read_fact(event_id, index, fact))
                .collect::<Result<_, _>>()?,
            roster: batch
                .roster
                .map(|roster| read_roster(event_id, roster))
                .transpose()?,
            judged: (sequence > 0).then_some(Judged {
                source,
                sequence,
                oldest_retained,
                watermark,
            }),
        })
    }
}

fn read_fact(event_id: &str, index: usize, fact: Bytes) -> Result<SealedFact, Error> {
    SealedFact::read(fact).map_err(|source| Error::Fact {
        event_id: event_id.to_owned(),
        index,
        source,
    })
}

fn read_roster(event_id: &str, roster: v1::SourceRoster) -> Result<Roster, Error> {
    let sources = roster
        .sources
        .into_iter()
        .map(Declaration::try_from)
        .collect::<Result<_, _>>()
        .map_err(|source| Error::Declaration {
            event_id: event_id.to_owned(),
            source,
        })?;
    Ok(Roster {
        version: roster.version,
        sources,
    })
}

fn watermark(
    wire: Option<prost_types::Timestamp>,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
    wire.map(|wire| contracts::time::instant(&wire))
        .transpose()
        .map(|instant| instant.map(Timestamp::to_chrono))
        .map_err(|error| Error::Invalid {
            field: "watermark",
            message: error.to_string(),
        })
}

impl Handler for Evaluation {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        self.take_in(batch).await.map_err(HandleError::of)
    }
}
