//! `OnCallService`: decode, call, encode.

mod decode;
mod encode;

use contracts::escalation::v1::{
    AddOverrideRequest, AddOverrideResponse, ListDutiesRequest, ListDutiesResponse,
    ListGapsRequest, ListGapsResponse, ListOverridesRequest, ListOverridesResponse,
    ShowOnCallRequest, ShowOnCallResponse, WithdrawOverrideRequest, WithdrawOverrideResponse,
    on_call_service_server::OnCallService,
};
use tonic::{Request, Response, Status};

use super::answer;
use crate::{error::Error, notifier::Notifier};

/// Serves who is on call.
#[derive(Debug, Clone)]
pub struct OnCallServer {
    notifier: Notifier,
}

impl OnCallServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn show(&self, request: ShowOnCallRequest) -> Result<ShowOnCallResponse, Error> {
        let at = decode::instant("at", request.at)?;
        let standing = self.notifier.standing(at).await?;
        let at = at.unwrap_or(standing.now);
        let schedules = standing.schedules(&request.schedule)?.into_iter();
        Ok(ShowOnCallResponse {
            schedules: schedules
                .map(|schedule| encode::shown(standing.shown(schedule, at)))
                .collect(),
        })
    }

    async fn duties(&self, request: ListDutiesRequest) -> Result<ListDutiesResponse, Error> {
        let from = decode::instant("from", request.from)?;
        let until = decode::instant("until", request.until)?;
        let standing = self.notifier.standing(from).await?;
        let within = standing.span(from, until)?;
        let mut duties = Vec::new();
        for schedule in standing.schedules(&request.schedule)? {
            let all = standing.duties(schedule, within).into_iter();
            let of_them = all.filter(|it| request.person.is_empty() || it.person == request.person);
            duties.extend(of_them.map(|duty| encode::duty(&schedule.name, duty)));
        }
        Ok(ListDutiesResponse { duties })
    }

    async fn gaps(&self, request: ListGapsRequest) -> Result<ListGapsResponse, Error> {
        let from = decode::instant("from", request.from)?;
        let until = decode::instant("until", request.until)?;
        let standing = self.notifier.standing(from).await?;
        let within = standing.span(from, until)?;
        let mut gaps = Vec::new();
        for schedule in standing.schedules(&request.schedule)? {
            let all = standing.gaps(schedule, within).into_iter();
            gaps.extend(all.map(|gap| encode::gap(&schedule.name, gap)));
        }
        Ok(ListGapsResponse { gaps })
    }

    async fn add(&self, request: AddOverrideRequest) -> Result<AddOverrideResponse, Error> {
        let new = self.notifier.stand_in(decode::stand_in(request)?).await?;
        Ok(AddOverrideResponse {
            r#override: Some(encode::overriding(&new)),
        })
    }

    async fn withdraw(
        &self,
        request: WithdrawOverrideRequest,
    ) -> Result<WithdrawOverrideResponse, Error> {
        let (id, by) = decode::withdrawal(request)?;
        let gone = self.notifier.withdraw_override(id, &by).await?;
        Ok(WithdrawOverrideResponse {
            r#override: Some(encode::overriding(&gone)),
        })
    }

    async fn overrides(
        &self,
        request: ListOverridesRequest,
    ) -> Result<ListOverridesResponse, Error> {
        let standing = self.notifier.standing(None).await?;
        standing.schedules(&request.schedule)?;
        let found = standing.overrides(&request.schedule);
        Ok(ListOverridesResponse {
            overrides: found.into_iter().map(encode::overriding).collect(),
        })
    }
}

#[tonic::async_trait]
impl OnCallService for OnCallServer {
    async fn show_on_call(
        &self,
        request: Request<ShowOnCallRequest>,
    ) -> Result<Response<ShowOnCallResponse>, Status> {
        answer(self.show(request.into_inner()).await)
    }

    async fn list_duties(
        &self,
        request: Request<ListDutiesRequest>,
    ) -> Result<Response<ListDutiesResponse>, Status> {
        answer(self.duties(request.into_inner()).await)
    }

    async fn list_gaps(
        &self,
        request: Request<ListGapsRequest>,
    ) -> Result<Response<ListGapsResponse>, Status> {
        answer(self.gaps(request.into_inner()).await)
    }

    async fn add_override(
        &self,
        request: Request<AddOverrideRequest>,
    ) -> Result<Response<AddOverrideResponse>, Status> {
        answer(self.add(request.into_inner()).await)
    }

    async fn withdraw_override(
        &self,
        request: Request<WithdrawOverrideRequest>,
    ) -> Result<Response<WithdrawOverrideResponse>, Status> {
        answer(self.withdraw(request.into_inner()).await)
    }

    async fn list_overrides(
        &self,
        request: Request<ListOverridesRequest>,
    ) -> Result<Response<ListOverridesResponse>, Status> {
        answer(self.overrides(request.into_inner()).await)
    }
}
