//! The gRPC service: decode, ask the store, encode.

mod decode;
mod encode;

use contracts::audit::v1::audit_service_server::AuditService;
use contracts::audit::v1::{
    GetFiguresRequest, GetFiguresResponse, ListEntriesRequest, ListEntriesResponse,
    TraceOrderRequest, TraceOrderResponse, TypeCount,
};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::domain::{Filter, InvalidQuery, Key, PageSize};
use crate::error::Error;
use crate::store;

/// Payload that a page holds at most, in bytes: half of what a gRPC client accepts unless told.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Entries that a trail holds at most.
const TRAIL_ENTRIES: i64 = 5_000;

/// Answers questions about the record.
#[derive(Debug, Clone)]
pub struct Audit {
    pool: PgPool,
}

impl Audit {
    /// Answers from the record in this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    async fn list(&self, request: ListEntriesRequest) -> Result<ListEntriesResponse, Error> {
        let size = PageSize::try_from(request.page_size)?;
        let token = request.page_token.clone();
        let filter = Filter::try_from(request)?;
        let after = filter.position_of(&token)?;
        let mut conn = self.pool.acquire().await?;
        let (entries, more) = store::page(&mut conn, &filter, after, size, PAGE_BYTES).await?;
        let next_page_token = match entries.last() {
            Some(last) if more => filter.token_after(last.position).to_string(),
            _ => String::new(),
        };
        let entries = entries
            .iter()
            .map(encode::entry)
            .collect::<Result<_, _>>()?;
        Ok(ListEntriesResponse {
            entries,
            next_page_token,
        })
    }

    async fn trace(&self, request: TraceOrderRequest) -> Result<TraceOrderResponse, Error> {
        if request.order_id.is_empty() {
            return Err(InvalidQuery::new("order_id", "is empty; which order?").into());
        }
        let order_id = Key::of(&request.order_id);
        let mut conn = self.pool.acquire().await?;
        let entries = store::trail(&mut conn, &order_id, TRAIL_ENTRIES + 1).await?;
        if entries.len() > usize::try_from(TRAIL_ENTRIES).unwrap_or(usize::MAX) {
            return Err(Error::TrailTooLong {
                order_id: request.order_id,
                limit: TRAIL_ENTRIES,
            });
        }
        let entries = entries
            .iter()
            .map(|entry| encode::entry_about(entry, &order_id))
            .collect::<Result<_, _>>()?;
        Ok(TraceOrderResponse { entries })
    }

    async fn count(&self) -> Result<GetFiguresResponse, Error> {
        let mut conn = self.pool.acquire().await?;
        let by_type: Vec<TypeCount> = store::figures(&mut conn)
            .await?
            .into_iter()
            .map(|(r#type, count)| TypeCount { r#type, count })
            .collect();
        Ok(GetFiguresResponse {
            entries: by_type.iter().map(|kind| kind.count).sum(),
            by_type,
        })
    }
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        answer(self.list(request.into_inner()).await)
    }

    async fn trace_order(
        &self,
        request: Request<TraceOrderRequest>,
    ) -> Result<Response<TraceOrderResponse>, Status> {
        answer(self.trace(request.into_inner()).await)
    }

    async fn get_figures(
        &self,
        _request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        answer(self.count().await)
    }
}

fn answer<T>(result: Result<T, Error>) -> Result<Response<T>, Status> {
    result
        .map(Response::new)
        .map_err(|error| service::error::status(&error))
}
