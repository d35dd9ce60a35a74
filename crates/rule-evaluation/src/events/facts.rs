//! Batches of facts, as they come from the bus or from ingest's event log.

use std::collections::BTreeSet;

use contracts::fact::v1;
use contracts::facts::Declaration;
use order::{Fact, Timestamp};
use prost::Message;
use service::consume::{HandleError, Handler, Received};

use crate::domain::batch::Sorted;
use crate::domain::source::Roster;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::store::sources::Judged;

/// What some messages say, sorted into what is judged together.
#[derive(Debug, Default)]
pub struct Intake {
    /// The facts.
    pub facts: Sorted,
    /// The newest roster of sources among them.
    pub roster: Option<Roster>,
    /// The batches themselves.
    pub batches: Vec<Judged>,
}

impl Intake {
    /// Reads messages.
    ///
    /// # Errors
    ///
    /// When a message is not a batch of facts; names the event and the fact.
    pub fn read<'a>(messages: impl IntoIterator<Item = &'a Received>) -> Result<Self, Error> {
        let mut facts: Vec<Fact> = Vec::new();
        let mut intake = Self::default();
        for message in messages {
            let batch =
                v1::FactBatch::decode(message.payload.clone()).map_err(|source| Error::Decode {
                    what: "batch of facts",
                    source,
                })?;
            for (index, fact) in batch.facts.into_iter().enumerate() {
                facts.push(Fact::try_from(fact).map_err(|source| Error::Fact {
                    event_id: message.event_id.clone(),
                    index,
                    source,
                })?);
            }
            if let Some(roster) = batch.roster {
                intake.take_roster(read_roster(&message.event_id, roster)?);
            }
            if batch.sequence > 0 {
                intake.batches.push(Judged {
                    source: batch.source,
                    sequence: batch.sequence,
                    watermark: watermark(batch.watermark)?,
                });
            }
        }
        intake.facts = facts.into_iter().collect();
        Ok(intake)
    }

    /// Returns the sources that the batches came from.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        let sources: BTreeSet<&str> = self.batches.iter().map(|b| b.source.as_str()).collect();
        sources.into_iter().map(str::to_owned).collect()
    }

    fn take_roster(&mut self, roster: Roster) {
        if self
            .roster
            .as_ref()
            .is_none_or(|known| known.version < roster.version)
        {
            self.roster = Some(roster);
        }
    }
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
