//! What tests of lists ask of a room.

use std::{pin::Pin, time::Duration};

use contracts::ticketing::v1::{
    ListQueuesRequest, Queue, WatchTicketsRequest, WatchTicketsResponse,
    ticket_list_service_server::TicketListService as _,
};
use sqlx::PgPool;
use ticketing::{
    domain,
    grpc::{Streaming, TicketListService},
    store,
};
use tokio_stream::Stream;
use tonic::{Request, Status};

use super::Room;

/// Answers as a caller reads them.
pub(crate) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Room {
    pub(crate) fn lists(&self) -> TicketListService {
        let streaming = Streaming {
            patience: self.patience(),
            shutdown: self.shutdown.clone(),
        };
        TicketListService::new(self.desk.clone(), streaming)
    }

    /// For how long a stream waits for its reader.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Ends every stream.
    pub(crate) fn stop(&self) {
        self.shutdown.cancel();
    }

    pub(crate) async fn watch(
        &self,
        request: WatchTicketsRequest,
    ) -> Result<Answers<WatchTicketsResponse>, Status> {
        let answers = self.lists().watch_tickets(Request::new(request)).await?;
        Ok(answers.into_inner())
    }

    pub(crate) fn pool(&self) -> &PgPool {
        self.database.pool()
    }

    pub(crate) fn now(&self) -> domain::Instant {
        self.desk.now()
    }

    pub(crate) async fn queues(&self, department: &str) -> Vec<Queue> {
        let department = department.to_owned();
        let request = Request::new(ListQueuesRequest { department });
        self.lists()
            .list_queues(request)
            .await
            .unwrap()
            .into_inner()
            .queues
    }

    /// Who works where.
    pub(crate) async fn roster(&self) -> domain::roster::Roster {
        let mut connection = self.pool().acquire().await.unwrap();
        let office = store::office::Front::default()
            .office(&mut connection)
            .await;
        office.unwrap().roster().clone()
    }

    /// Every ticket, as the domain has it, by id.
    pub(crate) async fn loaded(&self) -> Vec<domain::ticket::Ticket> {
        let mut connection = self.pool().acquire().await.unwrap();
        let ids: Vec<uuid::Uuid> = sqlx::query_scalar("select id from tickets")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let ids: Vec<_> = ids.into_iter().map(Into::into).collect();
        let library = store::sops::Library::default();
        let loaded = store::tickets::load(&mut connection, &library, &ids).await;
        loaded.unwrap().into_values().collect()
    }
}
