//! `DirectoryService`: decode, call, encode.

use contracts::escalation::v1::{
    SyncPeopleRequest, SyncPeopleResponse, directory_service_server::DirectoryService,
};
use tonic::{Request, Response, Status};

use super::{answer, encode, said};
use crate::{applying::Earnest, domain::people_list::PeopleList, error::Error, notifier::Notifier};

/// Serves the directory.
#[derive(Debug, Clone)]
pub struct DirectoryServer {
    notifier: Notifier,
}

impl DirectoryServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn sync(&self, request: SyncPeopleRequest) -> Result<SyncPeopleResponse, Error> {
        let list = PeopleList::parse(&request.csv).map_err(Error::Policies)?;
        let earnest = Earnest::of(request.dry_run);
        let by = said(request.actor, request.reason, earnest)?;
        let change = |before: crate::domain::resources::Resources| before.with_people(&list);
        let applied = self.notifier.change_policies(change, &by, earnest).await?;
        Ok(SyncPeopleResponse {
            version: applied.version,
            changes: applied.changes.into_iter().map(encode::change).collect(),
            warnings: applied.warnings,
        })
    }
}

#[tonic::async_trait]
impl DirectoryService for DirectoryServer {
    async fn sync_people(
        &self,
        request: Request<SyncPeopleRequest>,
    ) -> Result<Response<SyncPeopleResponse>, Status> {
        answer(self.sync(request.into_inner()).await)
    }
}
