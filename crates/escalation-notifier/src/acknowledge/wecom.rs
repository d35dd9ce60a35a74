//! Presses of buttons in `WeCom`, which calls back: a GET makes sure of the address, a
//! POST tells of a press, and its answer changes the card.
//!
//! <https://developer.work.weixin.qq.com/document/path/90930> (said): whoever does not answer
//! within five seconds is not heard.

mod said;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::Utc;
use contracts::ticketing::v1::{Ticket, TicketState};
use secrecy::ExposeSecret;
use serde::Deserialize;
use service::error::chain;
use tonic::Status;
use tracing::{info, warn};
use uuid::Uuid;

use self::said::Outcome;
use super::{Desk, serve::is_passing};
use crate::{
    channel::{
        callback::{
            Envelope, Seal, TAKEN_WITHIN,
            event::{self, Press, Reply},
        },
        vendor::wecom_app::card::ACKNOWLEDGE,
    },
    domain::{
        channel::Channel,
        delivery::{DeliveryId, Outgoing},
        directory::{Directory, Language},
        endpoint::Own,
        policy::PolicySet,
    },
    error::Error,
    notifier::Notifier,
    store::{callbacks, messages},
};

/// Largest body; what the vendor sends of a press has about 1 KiB. Reading XML of as many attributes
/// as fit takes the square of that, and it is read before anybody knows whose it is.
const MOST: usize = 16 << 10;

/// Longest that a press is worked on.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
struct Callbacks {
    notifier: Notifier,
    desk: Desk,
}

/// What the address says beside the endpoint. What is missing is as good as forged.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    msg_signature: String,
    timestamp: String,
    nonce: String,
    echostr: String,
}

/// What an application said, and how it is answered.
struct Heard {
    seal: Seal,
    /// What the vendor signed it with.
    signature: String,
    corp: String,
    agent: u32,
    message: String,
}

/// Below `/wecom/`, an address for each endpoint that takes callbacks.
pub(super) fn router(notifier: Notifier, desk: Desk) -> Router {
    Router::new()
        .route("/wecom/{endpoint}", get(echo).post(pressed))
        .layer(DefaultBodyLimit::max(MOST))
        .with_state(Callbacks { notifier, desk })
}

async fn echo(
    State(callbacks): State<Callbacks>,
    Path(endpoint): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let sealed = Some(given.echostr.clone());
    match callbacks.heard(&endpoint, given, sealed).await {
        Some(heard) => heard.message.into_response(),
        None => refused(),
    }
}

async fn pressed(
    State(callbacks): State<Callbacks>,
    Path(endpoint): Path<String>,
    Query(given): Query<Given>,
    body: Bytes,
) -> Response {
    let sealed = event::sealed(&body);
    let Some(heard) = callbacks.heard(&endpoint, given, sealed).await else {
        return refused();
    };
    let press = event::press(&heard.message);
    let press = press.filter(|it| it.agent == heard.agent && it.button == ACKNOWLEDGE);
    let reply = match &press {
        Some(press) => callbacks.answer(press, &heard.signature).await,
        // The vendor also tells of what concerns nobody here.
        None => None,
    };
    match (press, reply) {
        (Some(press), Some(reply)) => heard.answered(&press, &reply),
        _ => StatusCode::OK.into_response(),
    }
}

impl Callbacks {
    /// What one of an endpoint's applications said; nothing when none of them did.
    async fn heard(&self, endpoint: &str, given: Given, sealed: Option<String>) -> Option<Heard> {
        let envelope = Envelope {
            signature: given.msg_signature,
            timestamp: given.timestamp,
            nonce: given.nonce,
            sealed: sealed?,
        };
        let set = self.policies().await?;
        let endpoint = set.directory.endpoints.get(endpoint)?;
        for robot in &endpoint.robots {
            let Own::App {
                corp,
                agent,
                callback: Some(callback),
            } = &robot.own
            else {
                continue;
            };
            let seal = match Seal::of(callback, corp).await {
                Ok(seal) => seal,
                Err(error) => {
                    warn!(error = chain(&error), "cannot take callbacks");
                    continue;
                }
            };
            // Vendors count in real time.
            if let Ok(message) = seal.open(&envelope, Utc::now()) {
                return Some(Heard {
                    seal,
                    signature: envelope.signature,
                    corp: corp.clone(),
                    agent: *agent,
                    message,
                });
            }
        }
        None
    }

    async fn policies(&self) -> Option<Arc<PolicySet>> {
        let inner = &self.notifier.inner;
        let looked_up = async {
            let mut conn = inner.pool.acquire().await?;
            inner.policies.in_force(&mut conn).await
        };
        looked_up
            .await
            .inspect_err(|error: &Error| warn!(error = chain(error), "cannot take callbacks"))
            .ok()
    }

    /// Does what a press asks for, and says what came of it; nothing about cards of others.
    async fn answer(&self, press: &Press, signature: &str) -> Option<Reply> {
        let acted = tokio::time::timeout(ANSWER_WITHIN, self.act(press, signature)).await;
        let (outcome, language) = match acted {
            Ok(Ok(acted)) => acted?,
            Ok(Err(error)) => {
                warn!(error = chain(&error), "cannot act on a press");
                (Outcome::Unavailable, Language::default())
            }
            Err(_late) => (Outcome::Unavailable, Language::default()),
        };
        Some(outcome.said(language))
    }

    async fn act(
        &self,
        press: &Press,
        signature: &str,
    ) -> Result<Option<(Outcome, Language)>, Error> {
        let Ok(id) = Uuid::try_parse(&press.task) else {
            return Ok(None);
        };
        let inner = &self.notifier.inner;
        let mut conn = inner.pool.acquire().await?;
        let mut found = messages::carried(&mut conn, &[DeliveryId::from_uuid(id)]).await?;
        let set = inner.policies.in_force(&mut conn).await?;
        let was_heard = callbacks::was_heard(&mut conn, signature).await?;
        drop(conn);
        let delivery = found.pop();
        let delivery = delivery.filter(|it| it.destination.channel == Channel::WecomApp);
        let Some(delivery) = delivery else {
            return Ok(None);
        };
        let directory = &set.directory;
        let Some(person) = whose(press, &delivery, directory) else {
            let language = directory.language_of_person(&delivery.destination.recipient);
            return Ok(Some((Outcome::Stranger, language)));
        };
        let language = directory.language_of_person(person);
        let ticket_id = &delivery.ticket.id;
        if was_heard {
            // The vendor may not have heard the answer; whoever overheard the press changes nothing.
            let ticket = self.desk.ticket(ticket_id).await;
            let ticket = ticket.ok().filter(|it| it.state() != TicketState::Open);
            return Ok(ticket.map(|ticket| (Outcome::Stands(Box::new(ticket)), language)));
        }
        let note = format!("by the button of the notice {}", delivery.id);
        let acknowledged = self.desk.acknowledge(ticket_id, person, &note, None).await;
        if acknowledged.is_ok() {
            let mut conn = inner.pool.acquire().await?;
            callbacks::remember(&mut conn, signature, TAKEN_WITHIN).await?;
            info!(ticket.id = ticket_id, delivery.id = %delivery.id, "acknowledged by a button");
        }
        Ok(Some((outcome(acknowledged), language)))
    }
}

impl Heard {
    fn answered(&self, press: &Press, reply: &Reply) -> Response {
        let now = Utc::now();
        let member = press.member.expose_secret();
        let message = event::reply(reply, &self.corp, member, now.timestamp());
        let nonce = rand::random::<u32>().to_string();
        let envelope = self.seal.close(&message, rand::random(), &nonce, now);
        let kind = [(header::CONTENT_TYPE, "application/xml")];
        (kind, event::wrapped(&envelope)).into_response()
    }
}

/// Who pressed: whoever the notice went to, where several share the member.
fn whose<'a>(press: &Press, delivery: &Outgoing, directory: &'a Directory) -> Option<&'a str> {
    let people: Vec<&str> = directory
        .people_at_wecom(press.member.expose_secret())
        .collect();
    match people.as_slice() {
        [only] => Some(only),
        several => several
            .iter()
            .find(|name| **name == delivery.destination.recipient)
            .copied(),
    }
}

fn outcome(acknowledged: Result<Ticket, Status>) -> Outcome {
    match acknowledged {
        Ok(ticket) => Outcome::Stands(Box::new(ticket)),
        Err(status) if is_passing(status.code()) => Outcome::Unavailable,
        Err(status) => Outcome::Refused(status.message().to_owned()),
    }
}

/// The same for whatever is wrong, so that nobody learns anything by trying.
fn refused() -> Response {
    let said = "this callback cannot be taken\n";
    (StatusCode::FORBIDDEN, said).into_response()
}
