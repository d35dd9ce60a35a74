//! Silences over gRPC: asked for, looked at, ended.

use chrono::{DateTime, Utc};
use contracts::escalation::v1::{
    self as wire, CreateSilenceRequest, CreateSilenceResponse, EndSilenceRequest,
    EndSilenceResponse, ListSilencesRequest, ListSilencesResponse,
    silence_service_server::SilenceService,
};
use service::event_log;
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{TOO_MANY_WORDS, WORDS_BYTES, answer};
use crate::{
    domain::{
        matcher::Matchers,
        quiet::{Keeper, silence::Silence},
        resources::{Fault, Faults},
    },
    error::Error,
    events::{
        decode,
        encode::{self, timestamp},
    },
    holding,
    notifier::Notifier,
    store::{
        escalations, holds, incidents,
        silences::{self, Recorded},
    },
};

/// Most tickets that a preview names.
const NAMED_AT_MOST: usize = 20;

/// Serves what `orderwatch.escalation.v1.SilenceService` promises.
#[derive(Debug, Clone)]
pub struct SilenceServer {
    notifier: Notifier,
}

impl SilenceServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn create(&self, request: CreateSilenceRequest) -> Result<CreateSilenceResponse, Error> {
        let inner = &self.notifier.inner;
        let now = inner.clock.now();
        let dry_run = request.dry_run;
        let silence = silence(request, now).map_err(Error::Silence)?;
        let mut transaction = inner.pool.begin().await?;
        let (tickets, total_tickets) = hidden(&mut transaction, &silence).await?;
        let deliveries = holding::silenced(&mut transaction, &silence, now).await?;
        let mut answer = CreateSilenceResponse {
            tickets,
            total_tickets,
            deliveries: i64::try_from(deliveries.len()).unwrap_or(i64::MAX),
            silence: None,
        };
        let recorded = Recorded {
            silence,
            created_at: now,
            ended_by: String::new(),
        };
        if dry_run {
            answer.silence = Some(wire::Silence {
                id: String::new(),
                ..encoded(recorded)
            });
            return Ok(answer);
        }
        let silence = &recorded.silence;
        silences::add(&mut transaction, silence, now).await?;
        holds::keep(&mut transaction, &deliveries, now).await?;
        let said_by = (silence.author.as_str(), silence.reason.as_str());
        let event = encode::silence(silence, "created", said_by, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        inner.decided();
        answer.silence = Some(encoded(recorded));
        Ok(answer)
    }

    async fn end(&self, request: EndSilenceRequest) -> Result<EndSilenceResponse, Error> {
        let inner = &self.notifier.inner;
        let unknown = || Error::Unknown {
            what: "silence that is not over with id",
            name: request.id.clone(),
        };
        let id: Uuid = request.id.parse().map_err(|_| unknown())?;
        if request.actor.trim().is_empty() {
            return Err(Error::Request {
                field: "actor",
                expected: "expected who ends it, found nobody",
            });
        }
        let now = inner.clock.now();
        let mut transaction = inner.pool.begin().await?;
        let ended = silences::end(&mut transaction, id, &request.actor, now).await?;
        let ended = ended.ok_or_else(unknown)?;
        let keeper = Keeper::Silence(id.to_string());
        let deliveries = holds::look_now(&mut transaction, &keeper, now).await?;
        let said_by = (request.actor.as_str(), request.reason.as_str());
        let event = encode::silence(&ended.silence, "ended", said_by, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        inner.decided();
        Ok(EndSilenceResponse {
            silence: Some(encoded(ended)),
            deliveries: i64::try_from(deliveries).unwrap_or(i64::MAX),
        })
    }

    async fn list(&self, request: ListSilencesRequest) -> Result<ListSilencesResponse, Error> {
        let inner = &self.notifier.inner;
        let mut conn = inner.pool.acquire().await?;
        let recorded = silences::list(&mut conn, inner.clock.now(), request.over).await?;
        Ok(ListSilencesResponse {
            silences: recorded.into_iter().map(encoded).collect(),
        })
    }
}

/// A silence as it was asked for, or everything that is wrong with it.
fn silence(request: CreateSilenceRequest, now: DateTime<Utc>) -> Result<Silence, Faults> {
    let mut faults = Vec::new();
    let mut fault = |path: &str, expected: &str| {
        faults.push(Fault {
            path: path.to_owned(),
            expected: expected.to_owned(),
        });
    };
    if request.author.trim().is_empty() {
        fault("author", "expected who asks for it, found nobody");
    }
    if request.reason.trim().is_empty() {
        fault("reason", "expected why, found nothing");
    }
    for (field, words) in [("author", &request.author), ("reason", &request.reason)] {
        if words.len() > WORDS_BYTES {
            fault(field, TOO_MANY_WORDS);
        }
    }
    if request.matchers.is_empty() {
        let expected = "expected at least one matcher such as warehouse = WH-EAST, found none";
        fault("matchers", expected);
    }
    let starts_at = decode::instant("starts_at", request.starts_at).unwrap_or_else(|error| {
        fault("starts_at", &format!("expected an instant: {error}"));
        None
    });
    let starts_at = starts_at.unwrap_or(now);
    let ends_at = match decode::instant("ends_at", request.ends_at) {
        Ok(Some(ends_at)) if ends_at <= now.max(starts_at) => {
            let expected = format!(
                "expected an instant after {}, found {ends_at}",
                now.max(starts_at)
            );
            fault("ends_at", &expected);
            ends_at
        }
        Ok(Some(ends_at)) => ends_at,
        Ok(None) => {
            fault("ends_at", "expected when it ends, found nothing");
            now
        }
        Err(error) => {
            fault("ends_at", &format!("expected an instant: {error}"));
            now
        }
    };
    let matchers = Matchers::parse(&request.matchers).unwrap_or_else(|wrong| {
        for (index, error) in wrong {
            fault(&format!("matchers[{index}]"), &error.to_string());
        }
        Matchers::default()
    });
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    Ok(Silence {
        id: Uuid::now_v7(),
        matchers,
        author: request.author,
        reason: request.reason,
        starts_at,
        ends_at,
    })
}

/// Unresolved tickets that a silence hides: the first, and how many in all.
async fn hidden(
    conn: &mut PgConnection,
    silence: &Silence,
) -> Result<(Vec<wire::HiddenTicket>, i64), Error> {
    let (mut first, mut total) = (Vec::new(), 0);
    let mut after = String::new();
    loop {
        let mut page = escalations::unresolved(conn, &after).await?;
        incidents::place(conn, page.iter_mut().map(|it| &mut it.ticket)).await?;
        let Some(last) = page.last() else {
            return Ok((first, total));
        };
        after.clone_from(&last.ticket.id);
        for escalation in page {
            let ticket = escalation.ticket;
            if !silence.matchers.match_all(&ticket) {
                continue;
            }
            total += 1;
            if first.len() < NAMED_AT_MOST {
                first.push(wire::HiddenTicket {
                    ticket_id: ticket.id,
                    order_id: ticket.order_id,
                    scenario: ticket.scenario,
                    severity: ticket.severity.as_str().to_owned(),
                    warehouse: ticket.warehouse,
                    next_level_at: escalation.next_level_at.map(timestamp),
                });
            }
        }
    }
}

fn encoded(recorded: Recorded) -> wire::Silence {
    let silence = recorded.silence;
    wire::Silence {
        id: silence.id.to_string(),
        matchers: silence.matchers.texts(),
        author: silence.author,
        reason: silence.reason,
        starts_at: Some(timestamp(silence.starts_at)),
        ends_at: Some(timestamp(silence.ends_at)),
        created_at: Some(timestamp(recorded.created_at)),
        ended_by: recorded.ended_by,
    }
}

#[tonic::async_trait]
impl SilenceService for SilenceServer {
    async fn create_silence(
        &self,
        request: Request<CreateSilenceRequest>,
    ) -> Result<Response<CreateSilenceResponse>, Status> {
        answer(self.create(request.into_inner()).await)
    }

    async fn end_silence(
        &self,
        request: Request<EndSilenceRequest>,
    ) -> Result<Response<EndSilenceResponse>, Status> {
        answer(self.end(request.into_inner()).await)
    }

    async fn list_silences(
        &self,
        request: Request<ListSilencesRequest>,
    ) -> Result<Response<ListSilencesResponse>, Status> {
        answer(self.list(request.into_inner()).await)
    }
}
