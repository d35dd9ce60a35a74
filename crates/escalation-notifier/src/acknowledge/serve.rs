//! Serves the page: a GET shows, a POST acts.

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Utc};
use contracts::ticketing::v1::Ticket;
use serde::Deserialize;
use tonic::{Code, Status};
use tracing::{info, warn};

use super::{
    Desk,
    link::{Invalid, Links},
    page::{self, Said, Shown},
    readers::Readers,
};
use crate::{
    domain::{delivery::Outgoing, directory::Language},
    error::Error,
    notifier::Notifier,
    store::{ledger, messages},
};

/// Largest form: names, and what was shown.
pub(super) const FORM_BYTES: usize = 4 << 10;

/// What pages are served from.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    pub(super) notifier: Notifier,
    pub(super) desk: Desk,
}

/// What the form says.
#[derive(Debug, Deserialize)]
struct Pressed {
    #[serde(default)]
    person: String,
    /// Empty, or in how long the ticket is to come back.
    #[serde(default)]
    come_back: String,
}

/// What a link leads to.
struct Led {
    delivery: Outgoing,
    readers: Readers,
    /// Who else was told, as it may be shown.
    told: Vec<String>,
}

/// Pages below `/a/`.
pub(super) fn router(notifier: Notifier, desk: Desk) -> Router {
    Router::new()
        .route("/a/{token}", get(show).post(act))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(Pages { notifier, desk })
}

async fn show(State(pages): State<Pages>, Path(token): Path<String>) -> Response {
    let led = match pages.led(&token).await {
        Ok(led) => led,
        Err(said) => return answer(&said, Language::default()),
    };
    let ticket = pages.desk.ticket(&led.delivery.ticket.id).await;
    answer(&led.said(ticket), led.readers.language)
}

async fn act(
    State(pages): State<Pages>,
    Path(token): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let led = match pages.led(&token).await {
        Ok(led) => led,
        Err(said) => return answer(&said, Language::default()),
    };
    let Some(actor) = led.readers.actor(&pressed.person) else {
        let ticket = pages.desk.ticket(&led.delivery.ticket.id).await;
        return answer(&led.said(ticket), led.readers.language);
    };
    let note = format!("by the link of the notice {}", led.delivery.id);
    let ticket_id = &led.delivery.ticket.id;
    let wish = (pressed.come_back == page::LATER).then_some(page::LATER_MEANS);
    let acknowledged = pages.desk.acknowledge(ticket_id, &actor, &note, wish).await;
    if acknowledged.is_ok() {
        info!(ticket.id = ticket_id, delivery.id = %led.delivery.id, "acknowledged by a link");
    }
    answer(&led.said(acknowledged), led.readers.language)
}

impl Pages {
    /// What a link says, or what is said instead.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Links, DateTime<Utc>) -> Result<T, Invalid>,
    ) -> Result<T, Said> {
        let inner = &self.notifier.inner;
        let links = inner.config.links.as_ref().ok_or(Invalid::Forged);
        let said = links.and_then(|links| read(links, inner.clock.now()));
        said.map_err(|invalid| match invalid {
            Invalid::Forged => Said::Forged,
            Invalid::Expired => Said::Expired,
        })
    }

    /// Where a link leads, or what is said instead.
    async fn led(&self, token: &str) -> Result<Led, Said> {
        let inner = &self.notifier.inner;
        let id = self.read(|links, now| links.read(token, now))?;
        let looked_up = async {
            let mut conn = inner.pool.acquire().await?;
            let delivery = messages::carried(&mut conn, &[id]).await?.pop();
            let Some(delivery) = delivery else {
                return Ok(Err(Said::Forged));
            };
            let set = inner.policies.in_force(&mut conn).await?;
            let ticket_id = delivery.ticket.id.clone();
            let told = ledger::told(&mut conn, &[ticket_id]).await?;
            let others = told.into_iter().map(|(_, to)| to);
            let others = others.filter(|to| *to != delivery.destination);
            let told = others.map(|to| to.shown).collect();
            let readers = Readers::of(&delivery.destination.recipient, &set.directory);
            let led = |readers| Led {
                delivery,
                readers,
                told,
            };
            Ok(readers.map(led).ok_or(Said::LEFT))
        };
        found(looked_up.await)
    }
}

/// What was looked up, or what is said instead.
pub(super) fn found<T>(looked_up: Result<Result<T, Said>, Error>) -> Result<T, Said> {
    looked_up.unwrap_or_else(|error| {
        warn!(error = %service::error::chain(&error), "cannot show a page");
        Err(Said::Unavailable)
    })
}

impl Led {
    fn said(&self, ticket: Result<Ticket, Status>) -> Said {
        match ticket {
            Ok(ticket) => Said::Ticket(Box::new(Shown {
                instructions: self.delivery.ticket.instructions.clone(),
                people: self.readers.people.clone(),
                told: self.told.clone(),
                ..Shown::of(&ticket)
            })),
            Err(status) if is_passing(status.code()) => Said::Unavailable,
            Err(status) => Said::Refused(status.message().to_owned()),
        }
    }
}

pub(super) fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
    )
}

/// A page about one ticket.
pub(super) fn answer(said: &Said, language: Language) -> Response {
    let status = match said {
        Said::Forged => StatusCode::NOT_FOUND,
        Said::Expired => StatusCode::GONE,
        Said::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Said::Refused(_) => StatusCode::CONFLICT,
        Said::Ticket(_) => StatusCode::OK,
    };
    respond(status, page::html(said, language))
}

/// A page that is kept nowhere, loads nothing, and tells no other page where it is.
pub(super) fn respond(status: StatusCode, page: Result<String, minijinja::Error>) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    match page {
        Ok(page) => (status, HEADERS, Html(page)).into_response(),
        Err(error) => {
            warn!(error = %error, "the page's template is wrong");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
