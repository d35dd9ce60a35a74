//! `GroupService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, group_service_server::GroupService as GroupServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{answer, decode::groups as decode, encode::groups::group};
use crate::desk::Desk;

/// The gRPC service of groups of tickets, over a desk.
#[derive(Clone)]
pub struct GroupService {
    desk: Desk,
}

impl GroupService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[tonic::async_trait]
impl GroupServiceTrait for GroupService {
    async fn list_groups(
        &self,
        request: Request<wire::ListGroupsRequest>,
    ) -> Result<Response<wire::ListGroupsResponse>, Status> {
        let asked = decode::listing(request.into_inner()).map_err(answer)?;
        let mut groups = self
            .desk
            .groups(&asked.wanted, asked.after, asked.size + 1)
            .await
            .map_err(answer)?;
        let size = usize::try_from(asked.size).unwrap_or(usize::MAX);
        let has_more = groups.len() > size;
        groups.truncate(size);
        let last = groups.last().filter(|_| has_more);
        Ok(Response::new(wire::ListGroupsResponse {
            next_page_token: last.map(|it| it.id.to_string()).unwrap_or_default(),
            groups: groups.iter().map(group).collect(),
        }))
    }

    async fn get_group(
        &self,
        request: Request<wire::GetGroupRequest>,
    ) -> Result<Response<wire::GetGroupResponse>, Status> {
        let id = decode::id(&request.get_ref().group_id).map_err(answer)?;
        let (found, tickets) = self.desk.group(id).await.map_err(answer)?;
        Ok(Response::new(wire::GetGroupResponse {
            group: Some(group(&found)),
            ticket_ids: tickets.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn open_group(
        &self,
        request: Request<wire::OpenGroupRequest>,
    ) -> Result<Response<wire::OpenGroupResponse>, Status> {
        let opening = decode::opening(request.into_inner()).map_err(answer)?;
        let opened = self.desk.open_group(opening).await.map_err(answer)?;
        Ok(Response::new(wire::OpenGroupResponse {
            group: Some(group(&opened)),
        }))
    }

    async fn regroup_tickets(
        &self,
        request: Request<wire::RegroupTicketsRequest>,
    ) -> Result<Response<wire::RegroupTicketsResponse>, Status> {
        let (change, add, remove) = decode::regrouping(request.into_inner()).map_err(answer)?;
        let regrouped = self.desk.regroup(change, &add, &remove).await;
        Ok(Response::new(wire::RegroupTicketsResponse {
            group: Some(group(&regrouped.map_err(answer)?)),
        }))
    }

    async fn assign_group(
        &self,
        request: Request<wire::AssignGroupRequest>,
    ) -> Result<Response<wire::AssignGroupResponse>, Status> {
        let (change, owner) = decode::assignment(request.into_inner()).map_err(answer)?;
        let assigned = self
            .desk
            .assign_group(change, owner)
            .await
            .map_err(answer)?;
        Ok(Response::new(wire::AssignGroupResponse {
            group: Some(group(&assigned)),
        }))
    }

    async fn close_group(
        &self,
        request: Request<wire::CloseGroupRequest>,
    ) -> Result<Response<wire::CloseGroupResponse>, Status> {
        let resolve = request.get_ref().resolve;
        let (change, reason) = decode::closing(request.into_inner()).map_err(answer)?;
        let closed = self.desk.close_group(change, &reason, resolve).await;
        let closed = closed.map_err(answer)?;
        Ok(Response::new(wire::CloseGroupResponse {
            group: Some(group(&closed.group)),
            bulk_id: closed.bulk.map(|id| id.to_string()).unwrap_or_default(),
        }))
    }
}
