//! `AbsenceService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, absence_service_server::AbsenceService as AbsenceServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{answer, decode::absences as decode, encode::absences::absence};
use crate::desk::Desk;

/// The gRPC service of absences over a desk.
#[derive(Clone)]
pub struct AbsenceService {
    desk: Desk,
}

impl AbsenceService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[tonic::async_trait]
impl AbsenceServiceTrait for AbsenceService {
    async fn set_absence(
        &self,
        request: Request<wire::SetAbsenceRequest>,
    ) -> Result<Response<wire::SetAbsenceResponse>, Status> {
        let (wanted, by) = decode::setting(request.into_inner()).map_err(answer)?;
        let set = self.desk.set_absence(wanted, by).await.map_err(answer)?;
        Ok(Response::new(wire::SetAbsenceResponse {
            absence: Some(absence(set)),
        }))
    }

    async fn list_absences(
        &self,
        request: Request<wire::ListAbsencesRequest>,
    ) -> Result<Response<wire::ListAbsencesResponse>, Status> {
        let wanted = decode::wanted(request.into_inner());
        let found = self.desk.absences(&wanted).await.map_err(answer)?;
        Ok(Response::new(wire::ListAbsencesResponse {
            absences: found.into_iter().map(absence).collect(),
        }))
    }

    async fn delete_absence(
        &self,
        request: Request<wire::DeleteAbsenceRequest>,
    ) -> Result<Response<wire::DeleteAbsenceResponse>, Status> {
        let it = decode::deletion(request.into_inner()).map_err(answer)?;
        self.desk
            .delete_absence(&it.login, it.from, it.by, &it.reason)
            .await
            .map_err(answer)?;
        Ok(Response::new(wire::DeleteAbsenceResponse {}))
    }
}
