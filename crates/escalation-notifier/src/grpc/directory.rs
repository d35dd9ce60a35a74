//! `DirectoryService`: decode, call, encode.

use contracts::escalation::v1::{
    ConfirmContactRequest, ConfirmContactResponse, SendContactCodeRequest, SendContactCodeResponse,
    SyncPeopleRequest, SyncPeopleResponse, directory_service_server::DirectoryService,
};
use tonic::{Request, Response, Status};

use super::{answer, encode, said};
use crate::{
    applying::Earnest,
    domain::{contact::Kind, people_list::PeopleList, resources::Resources},
    error::Error,
    events::encode::timestamp,
    notifier::Notifier,
};

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
        let change = |before: Resources| before.with_people(&list);
        let applied = self.notifier.change_policies(change, &by, earnest).await?;
        Ok(SyncPeopleResponse {
            version: applied.version,
            changes: applied.changes.into_iter().map(encode::change).collect(),
            warnings: applied.warnings,
        })
    }

    async fn send(
        &self,
        request: SendContactCodeRequest,
    ) -> Result<SendContactCodeResponse, Error> {
        let kind = kind(&request.kind)?;
        let sent = self.notifier.send_code(&request.person, kind).await?;
        Ok(SendContactCodeResponse {
            address: sent.shown,
            expires_at: Some(timestamp(sent.expires_at)),
        })
    }

    async fn confirm(
        &self,
        request: ConfirmContactRequest,
    ) -> Result<ConfirmContactResponse, Error> {
        let kind = kind(&request.kind)?;
        let reason = "told back the code that was sent there".to_owned();
        let by = said(request.actor, reason, Earnest::Real)?;
        let applied = self
            .notifier
            .confirm_contact(&request.person, kind, &request.code, &by)
            .await?;
        Ok(ConfirmContactResponse {
            version: applied.version,
        })
    }
}

fn kind(text: &str) -> Result<Kind, Error> {
    let text = if text.is_empty() { "email" } else { text };
    Kind::named(text).ok_or(Error::Request {
        field: "kind",
        expected: "expected email, phone or wecomUser",
    })
}

#[tonic::async_trait]
impl DirectoryService for DirectoryServer {
    async fn sync_people(
        &self,
        request: Request<SyncPeopleRequest>,
    ) -> Result<Response<SyncPeopleResponse>, Status> {
        answer(self.sync(request.into_inner()).await)
    }

    async fn send_contact_code(
        &self,
        request: Request<SendContactCodeRequest>,
    ) -> Result<Response<SendContactCodeResponse>, Status> {
        answer(self.send(request.into_inner()).await)
    }

    async fn confirm_contact(
        &self,
        request: Request<ConfirmContactRequest>,
    ) -> Result<Response<ConfirmContactResponse>, Status> {
        answer(self.confirm(request.into_inner()).await)
    }
}
