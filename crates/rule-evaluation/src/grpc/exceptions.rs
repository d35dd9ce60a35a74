//! Exceptions listed and watched.

use std::pin::Pin;
use std::time::Duration;

use contracts::event::v1 as event;
use contracts::rules::v1;
use contracts::subject;
use futures::{Stream, StreamExt, TryStreamExt};
use prost::Message;
use service::consume::Position;
use service::error::status;
use service::event_log;
use tonic::Status;

use crate::error::Error;
use crate::events::exception::wire;
use crate::grpc::Rules;
use crate::store::exceptions::{self, Filter, Row};
use crate::store::progress;

/// Exceptions of a page, unless the caller asks for fewer.
const PAGE: i32 = 1_000;
/// How often a watch looks for what other replicas committed.
const WATCH: Duration = Duration::from_millis(200);

impl Rules {
    pub(super) async fn list(
        &self,
        request: v1::ListExceptionsRequest,
    ) -> Result<v1::ListExceptionsResponse, Error> {
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(token.parse().map_err(|_| Error::Invalid {
                field: "page_token",
                message: "expected the next_page_token of an earlier answer".to_owned(),
            })?),
        };
        let size = if request.page_size <= 0 {
            PAGE
        } else {
            request.page_size.min(PAGE)
        };
        let mut rows = self
            .rows(&Filter {
                rule: some(request.rule),
                order_id: some(request.order_id),
                scenario: some(request.scenario),
                states: states(&request.states),
                exempt: request.exempt,
                shadow: request.shadow,
                after,
                limit: i64::from(size) + 1,
            })
            .await?;
        let is_more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let last = rows
            .last()
            .filter(|_| is_more)
            .map(|row| row.id.to_string());
        Ok(v1::ListExceptionsResponse {
            exceptions: rows.iter().map(listed).collect::<Result<_, _>>()?,
            next_page_token: last.unwrap_or_default(),
        })
    }

    /// The exceptions as they stand, then every transition. The position is taken before
    /// the picture, so nothing is missed; a transition can come that the picture has.
    pub(super) fn watch(
        &self,
        request: v1::WatchExceptionsRequest,
    ) -> Pin<Box<dyn Stream<Item = Result<v1::WatchExceptionsResponse, Status>> + Send>> {
        let rule = some(request.rule);
        let this = self.clone();
        let shutdown = self.shutdown.clone();
        let stream = futures::stream::once(async move {
            let mut conn = this.database.pool().acquire().await?;
            let position = progress::position(&mut conn).await?;
            drop(conn);
            let picture = if request.transitions_only {
                Vec::new()
            } else {
                this.picture(rule.clone()).await?
            };
            let changes = this.changes(position, rule);
            Ok::<_, Error>(futures::stream::iter(picture.into_iter().map(Ok)).chain(changes))
        });
        stream
            .try_flatten()
            .map_ok(|change| v1::WatchExceptionsResponse {
                change: Some(change),
            })
            .map_err(|error| status(&error))
            .take_until(async move { shutdown.cancelled().await })
            .boxed()
    }

    async fn picture(&self, rule: Option<String>) -> Result<Vec<event::ExceptionChanged>, Error> {
        let states = states(&[]);
        let mut filter = Filter {
            rule,
            states,
            limit: PAGE.into(),
            ..Filter::default()
        };
        let mut picture = Vec::new();
        loop {
            let rows = self.rows(&filter).await?;
            for row in &rows {
                picture.push(event::ExceptionChanged {
                    transition: event::ExceptionTransition::Unspecified as i32,
                    exception: Some(listed(row)?),
                });
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE as usize => filter.after = Some(last.id),
                _ => return Ok(picture),
            }
        }
    }

    fn changes(
        &self,
        from: Position,
        rule: Option<String>,
    ) -> impl Stream<Item = Result<event::ExceptionChanged, Error>> + use<> {
        let database = self.database.clone();
        futures::stream::try_unfold(from, move |position| {
            let database = database.clone();
            async move {
                loop {
                    let pool = database.pool();
                    let new = event_log::list(pool, position, subject::EXCEPTIONS, 500).await?;
                    let places: Vec<Position> = new.iter().map(|event| event.position).collect();
                    if let Some(last) = places.last() {
                        let logged = event_log::get(pool, &places).await?;
                        return Ok::<_, Error>(Some((logged, *last)));
                    }
                    tokio::time::sleep(WATCH).await;
                }
            }
        })
        .map_ok(|logged| futures::stream::iter(logged.into_iter().map(|l| changed(&l.payload))))
        .try_flatten()
        .try_filter_map(move |change| {
            let is_wanted = |change: &event::ExceptionChanged| {
                let rule = rule.as_ref();
                let mut told = change.exception.iter();
                told.any(|exception| rule.is_none_or(|rule| *rule == exception.rule))
            };
            futures::future::ready(Ok(change.filter(is_wanted)))
        })
    }

    async fn rows(&self, filter: &Filter) -> Result<Vec<Row>, Error> {
        let mut conn = self.database.pool().acquire().await?;
        exceptions::list(&mut conn, filter).await
    }
}

/// What an event tells of an exception; nothing when it is about something else.
fn changed(payload: &[u8]) -> Result<Option<event::ExceptionChanged>, Error> {
    let decoded = event::Event::decode(payload).map_err(|source| Error::Decode {
        what: "logged event",
        source,
    })?;
    Ok(match decoded.payload {
        Some(event::event::Payload::Exception(change)) => Some(change),
        _ => None,
    })
}

fn listed(row: &Row) -> Result<event::Exception, Error> {
    let summary =
        event::OrderSummary::decode(row.summary.as_slice()).map_err(|source| Error::Decode {
            what: "order summary",
            source,
        })?;
    Ok(wire(row, summary))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Open and cleared ones, unless others are asked for.
fn states(wanted: &[i32]) -> Vec<i16> {
    if wanted.is_empty() {
        let standing = [event::ExceptionState::Open, event::ExceptionState::Cleared];
        return standing.into_iter().map(|state| state as i16).collect();
    }
    wanted
        .iter()
        .filter_map(|state| i16::try_from(*state).ok())
        .collect()
}
