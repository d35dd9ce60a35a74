//! Records on their way through a mapping into the journal, wherever they come from.

use std::sync::Arc;

use contracts::ingest::v1::ImportRecordsRequest;
use order::Timestamp;
use sqlx::PgPool;

use crate::Error;
use crate::domain::{Import, Intake};
use crate::mapping::Mapping;
use crate::store::quarantine;

/// A mapping with its text, ready to map.
#[derive(Debug)]
pub(crate) struct Text<M> {
    pub(crate) mapping: Arc<M>,
    /// SHA-256 of the text.
    pub(crate) digest: [u8; 32],
}

impl<M> Clone for Text<M> {
    fn clone(&self) -> Self {
        Self {
            mapping: Arc::clone(&self.mapping),
            digest: self.digest,
        }
    }
}

/// Maps records on a thread of their own; gives the request back beside what is to be
/// journalled.
pub(crate) async fn mapped<M: AsRef<Mapping> + Send + Sync + 'static>(
    text: &Text<M>,
    request: ImportRecordsRequest,
    now: Timestamp,
) -> Result<(Intake, ImportRecordsRequest), Error> {
    let text = text.clone();
    tokio::task::spawn_blocking(move || {
        let import = Import {
            mapping: (*text.mapping).as_ref(),
            digest: &text.digest,
        };
        let intake = import.intake(&request, now).map_err(Error::Mapping)?;
        Ok((intake, request))
    })
    .await
    .map_err(|error| Error::Worker(error.to_string()))?
}

/// Keeps the mapping's text where records go to quarantine, which are read with it again.
pub(crate) async fn keep_text<M: AsRef<Mapping>>(
    pool: &PgPool,
    text: &Text<M>,
    yaml: &str,
    intake: &Intake,
) -> Result<(), Error> {
    if intake.quarantine.is_empty() {
        return Ok(());
    }
    let name = (*text.mapping).as_ref().name();
    quarantine::keep_mapping(pool, &text.digest, name, yaml).await?;
    Ok(())
}
