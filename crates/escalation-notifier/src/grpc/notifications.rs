//! `NotificationService`: decode, call, encode.

use contracts::escalation::v1::{
    DeliveryAttempt, GetNotificationRequest, GetNotificationResponse, NotificationPreview,
    PreviewNotificationRequest, PreviewNotificationResponse, TestNotificationRequest,
    TestNotificationResponse, notification_service_server::NotificationService,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{answer, encode};
use crate::{
    addressing::To,
    domain::{
        channel::Channel, directory::Language, escalation::Cause, policy::UnknownWord,
        resources::Resources,
    },
    error::Error,
    events::encode::timestamp,
    notifier::Notifier,
    previewing::{Preview, Wish},
    store::{
        attempts::{self, Attempt},
        pages,
    },
};

/// Most tickets that a preview tells of.
const TICKETS_AT_MOST: usize = 10_000;

/// Serves what `orderwatch.escalation.v1.NotificationService` promises.
#[derive(Debug, Clone)]
pub struct NotificationServer {
    notifier: Notifier,
}

impl NotificationServer {
    /// A server of this notifier.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        Self { notifier }
    }

    async fn preview(
        &self,
        request: PreviewNotificationRequest,
    ) -> Result<PreviewNotificationResponse, Error> {
        let yaml = request.resources_yaml;
        let resources = (!yaml.trim().is_empty())
            .then(|| Resources::parse(&yaml).map_err(Error::Policies))
            .transpose()?;
        let tickets = usize::try_from(request.tickets).map_err(|_| Error::Request {
            field: "tickets",
            expected: "expected how many tickets it tells of",
        })?;
        let language: Option<Language> = word("language", &request.language)?;
        let wish = Wish {
            ticket_id: Some(request.ticket_id).filter(|id| !id.is_empty()),
            cause: cause(&request.cause)?,
            to: to(request.endpoint, request.person, &request.channel)?,
            language,
            resources,
            tickets: tickets.clamp(1, TICKETS_AT_MOST),
        };
        let previews = self.notifier.preview(wish).await?;
        Ok(PreviewNotificationResponse {
            previews: previews.into_iter().map(preview).collect(),
        })
    }

    async fn test(
        &self,
        request: TestNotificationRequest,
    ) -> Result<TestNotificationResponse, Error> {
        if request.actor.trim().is_empty() {
            return Err(Error::Request {
                field: "actor",
                expected: "expected who sends the test",
            });
        }
        let to = to(request.endpoint, request.person, &request.channel)?;
        let delivery = self.notifier.send_test(&to, &request.actor).await?;
        Ok(TestNotificationResponse {
            delivery_id: delivery.id.to_string(),
            ticket_id: delivery.ticket.id,
            channel: delivery.destination.channel.to_string(),
            recipient: delivery.destination.shown,
        })
    }

    async fn notification(
        &self,
        request: GetNotificationRequest,
    ) -> Result<GetNotificationResponse, Error> {
        let id: Uuid = request.delivery_id.parse().map_err(|_| Error::Request {
            field: "delivery_id",
            expected: "expected the id of a delivery",
        })?;
        let mut conn = self.notifier.inner.pool.acquire().await?;
        let row = pages::delivery(&mut conn, id).await?;
        let row = row.ok_or_else(|| Error::Unknown {
            what: "delivery",
            name: request.delivery_id,
        })?;
        let attempts = attempts::of_delivery(&mut conn, id).await?;
        Ok(GetNotificationResponse {
            delivery: Some(encode::delivery(row)),
            attempts: attempts.into_iter().map(attempt).collect(),
        })
    }
}

/// To whom a request says that something goes.
fn to(endpoint: String, person: String, channel: &str) -> Result<To, Error> {
    let channel: Option<Channel> = word("channel", channel)?;
    match (endpoint.is_empty(), person.is_empty(), channel) {
        (true, true, None) => Ok(To::Anybody),
        (true, true, Some(Channel::Log)) => Err(Error::Request {
            field: "channel",
            expected: "expected a channel that leads to people",
        }),
        (true, true, Some(channel)) => Ok(To::Channel(channel)),
        (false, true, None) => Ok(To::Endpoint(endpoint)),
        (true, false, channel) => Ok(To::Person(person, channel)),
        (false, ..) => Err(Error::Request {
            field: "endpoint",
            expected: "expected an endpoint by itself, without a person or a channel",
        }),
    }
}

fn cause(name: &str) -> Result<Cause, Error> {
    let name = if name.is_empty() { "opened" } else { name };
    Cause::named(name).ok_or_else(|| Error::UnknownAmong {
        what: "cause",
        name: name.to_owned(),
        known: Cause::ALL.map(|cause| cause.as_str().to_owned()).into(),
    })
}

/// A word of a request, when it is there.
fn word<T>(field: &'static str, text: &str) -> Result<Option<T>, Error>
where
    T: std::str::FromStr<Err = UnknownWord>,
{
    if text.is_empty() {
        return Ok(None);
    }
    let word = text.parse().map_err(|unknown: UnknownWord| Error::Request {
        field,
        expected: unknown.expected,
    });
    word.map(Some)
}

fn preview(preview: Preview) -> NotificationPreview {
    let size = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    NotificationPreview {
        channel: preview.channel.to_string(),
        recipient: preview.shown,
        language: preview.language.tag().to_owned(),
        text_bytes: size(preview.text.len()),
        text_bytes_at_most: size(preview.at_most),
        body_bytes: size(preview.body.len()),
        title: preview.title,
        text: preview.text,
        body: preview.body,
        templates: preview.templates,
    }
}

fn attempt(attempt: Attempt) -> DeliveryAttempt {
    DeliveryAttempt {
        attempt: attempt.attempt,
        started_at: attempt.started_at.map(timestamp),
        finished_at: Some(timestamp(attempt.finished_at)),
        outcome: attempt.outcome,
        answer: attempt.answer,
    }
}

#[tonic::async_trait]
impl NotificationService for NotificationServer {
    async fn preview_notification(
        &self,
        request: Request<PreviewNotificationRequest>,
    ) -> Result<Response<PreviewNotificationResponse>, Status> {
        answer(self.preview(request.into_inner()).await)
    }

    async fn test_notification(
        &self,
        request: Request<TestNotificationRequest>,
    ) -> Result<Response<TestNotificationResponse>, Status> {
        answer(self.test(request.into_inner()).await)
    }

    async fn get_notification(
        &self,
        request: Request<GetNotificationRequest>,
    ) -> Result<Response<GetNotificationResponse>, Status> {
        answer(self.notification(request.into_inner()).await)
    }
}
