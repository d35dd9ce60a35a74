//! Serves the page of a digest: its tickets, those first that nobody has, each with a button and
//! all that are shown with one. A GET shows, a POST acts.

mod page;

use std::collections::HashMap;

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::Response,
    routing::get,
};
use contracts::ticketing::v1::Ticket;
use futures::future::join_all;
use serde::Deserialize;
use tonic::Status;
use tracing::info;
use uuid::Uuid;

use self::page::{Page, Row};
use super::{
    Desk,
    page::Said,
    readers::Readers,
    serve::{self, Pages},
};
use crate::{
    domain::{delivery::Outgoing, directory::Language},
    notifier::Notifier,
    store::{
        digests::{self, Counted},
        ledger, messages,
    },
};

/// Tickets of one page.
const ROWS: u32 = 25;

/// What the address asks for.
#[derive(Debug, Deserialize)]
struct Place {
    #[serde(default)]
    page: u32,
}

/// What the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressed {
    person: String,
    /// The one that was pressed.
    delivery: String,
    /// Whether all were that nobody has.
    all: String,
    /// Those that were shown.
    shown: String,
}

/// Some tickets of a digest.
struct Listed {
    deliveries: Vec<Outgoing>,
    readers: Readers,
    /// Who else was told of a ticket, as it may be shown.
    told: HashMap<String, Vec<String>>,
    counted: Counted,
}

/// Pages below `/d/`.
pub(super) fn router(notifier: Notifier, desk: Desk) -> Router {
    Router::new()
        .route("/d/{token}", get(show).post(act))
        .layer(DefaultBodyLimit::max(serve::FORM_BYTES))
        .with_state(Pages { notifier, desk })
}

async fn show(
    State(pages): State<Pages>,
    Path(token): Path<String>,
    Query(Place { page }): Query<Place>,
) -> Response {
    let listed = match pages.listed(&token, Which::Page(page)).await {
        Ok(listed) => listed,
        Err(said) => return serve::answer(&said, Language::default()),
    };
    let rows = pages.rows(&listed, None, |_| false).await;
    answer(&listed, rows, Some(page), "")
}

async fn act(
    State(pages): State<Pages>,
    Path(token): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let shown = pressed.shown.split(',').filter_map(|id| id.parse().ok());
    let shown: Vec<Uuid> = shown.take(ROWS as usize).collect();
    let listed = match pages.listed(&token, Which::Shown(shown)).await {
        Ok(listed) => listed,
        Err(said) => return serve::answer(&said, Language::default()),
    };
    let actor = listed.readers.actor(&pressed.person);
    let one: Option<Uuid> = pressed.delivery.parse().ok();
    let is_wanted = |it: &Outgoing| {
        let is_pressed = one == Some(it.id.as_uuid()) || one.is_none() && !pressed.all.is_empty();
        is_pressed && it.cause.waits_for_somebody()
    };
    let rows = pages.rows(&listed, actor.as_deref(), is_wanted).await;
    answer(&listed, rows, None, &pressed.person)
}

/// Which tickets of a digest.
enum Which {
    /// Those of a page, from 0.
    Page(u32),
    /// Those of these deliveries.
    Shown(Vec<Uuid>),
}

impl Pages {
    /// Tickets of the digest that a link leads to, or what is said instead.
    async fn listed(&self, token: &str, which: Which) -> Result<Listed, Said> {
        let inner = &self.notifier.inner;
        let name = self.read(|links, now| links.read_digest(token, now))?;
        let looked_up = async {
            let mut conn = inner.pool.acquire().await?;
            let counted = digests::counted(&mut conn, name).await?;
            let ids = match which {
                Which::Page(page) => digests::page(&mut conn, name, page, ROWS).await?,
                Which::Shown(ids) => digests::of_these(&mut conn, name, &ids).await?,
            };
            let mut found = messages::carried(&mut conn, &ids).await?;
            found.sort_by_key(|it| ids.iter().position(|id| *id == it.id));
            let Some(first) = found.first() else {
                return Ok(Err(Said::Forged));
            };
            let destination = first.destination.clone();
            let set = inner.policies.in_force(&mut conn).await?;
            let Some(readers) = Readers::of(&destination.recipient, &set.directory) else {
                return Ok(Err(Said::LEFT));
            };
            let tickets: Vec<String> = found.iter().map(|it| it.ticket.id.clone()).collect();
            let mut told = HashMap::<String, Vec<String>>::new();
            for (ticket, to) in ledger::told(&mut conn, &tickets).await? {
                if to != destination {
                    told.entry(ticket).or_default().push(to.shown);
                }
            }
            Ok(Ok(Listed {
                deliveries: found,
                readers,
                told,
                counted,
            }))
        };
        serve::found(looked_up.await)
    }

    /// What is shown of each, after an actor took on those that were wanted.
    async fn rows(
        &self,
        listed: &Listed,
        actor: Option<&str>,
        is_wanted: impl Fn(&Outgoing) -> bool,
    ) -> Vec<Row> {
        let (now, language) = (self.notifier.inner.clock.now(), listed.readers.language);
        let is_wanted = &is_wanted;
        let rows = listed.deliveries.iter().map(|delivery| async move {
            let actor = actor.filter(|_| is_wanted(delivery));
            let ticket = self.stands(delivery, actor).await;
            let told = listed.told.get(&delivery.ticket.id).cloned();
            Row::of(delivery, ticket, actor, language, now).and_told(told.unwrap_or_default())
        });
        join_all(rows).await
    }

    /// How the ticket of a delivery stands, once an actor has taken it on unless somebody has;
    /// `None` where there is nothing to take on.
    async fn stands(
        &self,
        delivery: &Outgoing,
        actor: Option<&str>,
    ) -> Option<Result<Ticket, Status>> {
        if !delivery.cause.waits_for_somebody() {
            return None;
        }
        let ticket_id = &delivery.ticket.id;
        let Some(actor) = actor else {
            return Some(self.desk.ticket(ticket_id).await);
        };
        let note = format!("by the list of the notice {}", delivery.id);
        let acknowledged = self.desk.acknowledge(ticket_id, actor, &note, None).await;
        if acknowledged.is_ok() {
            info!(ticket.id = ticket_id, delivery.id = %delivery.id, "acknowledged by a list");
        }
        Some(acknowledged)
    }
}

fn answer(listed: &Listed, rows: Vec<Row>, place: Option<u32>, person: &str) -> Response {
    let Counted { total, waiting } = listed.counted;
    let pages = total.div_ceil(ROWS);
    let (before, after) = match place {
        Some(page) => (page.checked_sub(1), Some(page + 1).filter(|it| *it < pages)),
        // Those that were taken on have left the first page.
        None => (None, (pages > 1).then_some(0)),
    };
    let page = Page {
        total,
        waiting,
        to: &listed.deliveries[0].destination.shown,
        people: &listed.readers.people,
        person,
        is_answer: place.is_none(),
        rows,
        before,
        after,
    };
    let status = page.status();
    serve::respond(status, page.html(listed.readers.language))
}
