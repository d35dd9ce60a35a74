//! Who understands mappings: the service that keeps facts, or this process by the same code.

use std::sync::Arc;

use contracts::ingest::v1::{CheckMappingRequest, CheckMappingResponse, Dataset};
use ingest::connector::Connector;
use order::Catalogue;

use crate::connection::Connection;
use crate::failure::Failure;

/// Tells what a mapping means.
pub(crate) enum Checker<'c> {
    /// Ingest, which files are sent to.
    Service(&'c Connection),
    /// Nobody else: files are read here.
    Here,
}

impl Checker<'_> {
    /// Tells of a mapping and of the files that it meets.
    ///
    /// # Errors
    ///
    /// The service does not answer; faults of the mapping are part of the answer.
    pub(super) async fn check(
        &self,
        yaml: &str,
        files: Vec<Dataset>,
    ) -> Result<CheckMappingResponse, Failure> {
        let Self::Service(connection) = self else {
            let connector = Connector::parse(yaml, Arc::new(Catalogue::standard()));
            return Ok(ingest::checked(
                connector.as_ref().map_err(Vec::as_slice),
                &files,
            ));
        };
        let request = CheckMappingRequest {
            mapping_yaml: yaml.to_owned(),
            datasets: files,
        };
        connection
            .ingest()
            .insist(request, async |mut client, request| {
                client.check_mapping(request).await
            })
            .await
    }

    /// What did not happen when a mapping is refused.
    pub(super) const fn nothing(&self) -> &'static str {
        match self {
            Self::Service(_) => "nothing was sent",
            Self::Here => "nothing was judged",
        }
    }
}
