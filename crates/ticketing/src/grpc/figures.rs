//! `FigureService`: decodes, asks the desk, encodes.

use contracts::ticketing::v1::{
    self as wire, figure_service_server::FigureService as FigureServiceTrait,
};
use tonic::{Request, Response, Status};

use super::{answer, decode::figures as decode, encode::figures as encode};
use crate::desk::Desk;

/// The gRPC service of figures, over a desk.
#[derive(Clone)]
pub struct FigureService {
    desk: Desk,
}

impl FigureService {
    /// Serves this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[tonic::async_trait]
impl FigureServiceTrait for FigureService {
    async fn report_figures(
        &self,
        request: Request<wire::ReportFiguresRequest>,
    ) -> Result<Response<wire::ReportFiguresResponse>, Status> {
        let request = request.into_inner();
        let wish = decode::wish(&request, self.desk.now()).map_err(answer)?;
        let report = self.desk.report(&wish, request.week_over_week).await;
        let report = report.map_err(answer)?;
        Ok(Response::new(encode::report(&wish, report)))
    }
}
