//! Load, decide, store: many orders in one transaction.
//!
//! Whoever calls has locked the states (or knows that there are none yet); what is
//! decided here is written with the events that tell of it, or not at all.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use contracts::facts::SealedFact;
use order::{OrderFacts, OrderView, Timestamp};
use service::event_log::{self, NewEvent};
use sqlx::PgConnection;

use crate::domain::circumstances::Circumstances;
use crate::domain::order_state::{Decision, Link, OrderState, TimerChange};
use crate::error::Error;
use crate::events;
use crate::events::exception;
use crate::store::{encoding, exceptions, shared, states, timers, watched};

/// What one transaction of judgements did, for those who wait for it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Events that were told.
    pub transitions: usize,
    /// When the earliest of the timers set falls due, if only the clock moves.
    pub next_due: Option<Timestamp>,
}

impl Outcome {
    /// Adds what another transaction did.
    pub fn add(&mut self, other: &Self) {
        self.transitions += other.transitions;
        self.next_due = self.next_due.into_iter().chain(other.next_due).min();
    }
}

/// Judges orders whose states are locked, and writes what changed.
///
/// # Errors
///
/// When the database refuses or another writer was faster; nothing is written then.
pub async fn judge(
    conn: &mut PgConnection,
    circumstances: &Circumstances,
    orders: Vec<OrderState>,
) -> Result<Outcome, Error> {
    let catalogue = circumstances.rule_set().catalogue();
    let mut orders: Vec<(OrderState, OrderView)> = orders
        .into_iter()
        .map(|order| {
            let view = order.view(catalogue);
            (order, view)
        })
        .collect();
    link(conn, circumstances, &mut orders).await?;
    let shared = shared_facts(conn, orders.iter().flat_map(|(order, _)| order.links())).await?;
    let decisions = orders
        .into_iter()
        .map(|(order, mut view)| {
            let linked = order.links().iter().filter_map(|link| shared.get(link));
            view.add(catalogue, linked.flatten());
            order.decide(view, circumstances)
        })
        .collect();
    write(conn, circumstances, decisions).await
}

/// Links orders to the customers and stock that the rules read of them.
async fn link(
    conn: &mut PgConnection,
    circumstances: &Circumstances,
    orders: &mut [(OrderState, OrderView)],
) -> Result<(), Error> {
    let catalogue = circumstances.rule_set().catalogue();
    let mut keys = BTreeSet::new();
    let mut links = Vec::new();
    for (order, view) in orders {
        for link in order.take_new_links(view, catalogue, |kind| circumstances.reads(kind)) {
            let key = (link.kind as i16, link.entity_id);
            links.push((key.clone(), order.order_id().to_string()));
            keys.insert(key);
        }
    }
    if links.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = keys.into_iter().collect();
    shared::link(conn, &keys, &links).await
}

/// Reads what is known of the shared entities that orders are linked to.
///
/// # Errors
///
/// When the database refuses, or holds what this version cannot read.
pub async fn shared_facts<'l>(
    conn: &mut PgConnection,
    links: impl Iterator<Item = &'l Link>,
) -> Result<HashMap<Link, OrderFacts<SealedFact>>, Error> {
    let links: BTreeSet<&Link> = links.collect();
    if links.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<_> = links
        .into_iter()
        .map(|link| (link.kind as i16, link.entity_id.clone()))
        .collect();
    let rows = shared::read(conn, &keys).await?.into_iter();
    rows.map(|row| {
        let kind = encoding::entity_kind(row.kind.into())?;
        let entity_id = row.entity_id;
        let facts = encoding::decode_facts(row.facts)?;
        Ok((Link { kind, entity_id }, facts))
    })
    .collect()
}

async fn write(
    conn: &mut PgConnection,
    circumstances: &Circumstances,
    decisions: Vec<Decision>,
) -> Result<Outcome, Error> {
    let now: DateTime<Utc> = circumstances.now().into();
    let mut outcome = Outcome::default();
    let (mut rows, mut timer_rows) = (Vec::new(), Vec::new());
    let (mut exception_rows, mut events) = (Vec::new(), Vec::new());
    for decision in decisions.into_iter().filter(|decision| decision.is_news) {
        let order_id = decision.state.order_id().to_string();
        for told in exception::tell(&decision, circumstances.rule_set(), now) {
            exception_rows.push(told.row);
            events.push(told.event);
        }
        for TimerChange { gate, due_at } in &decision.timers {
            let falls_due = due_at.and_then(|at| gate.falls_due(circumstances.completeness(), at));
            outcome.next_due = outcome.next_due.into_iter().chain(falls_due).min();
            timer_rows.push(timers::Change {
                order_id: order_id.clone(),
                gate: gate.to_stored(),
                due_at: due_at.map(Into::into),
            });
        }
        rows.push(states::Row {
            order_id,
            version: decision.state.version() + 1,
            state: encoding::encode_state(&decision.state),
        });
    }
    if !rows.is_empty() {
        states::save(conn, &rows).await?;
        timers::change(conn, &timer_rows).await?;
        events.extend(told_watchers(conn, &rows, now).await?);
    }
    if !exception_rows.is_empty() {
        exceptions::save(conn, &exception_rows).await?;
    }
    if !events.is_empty() {
        event_log::append(conn, &events).await?;
    }
    outcome.transitions = events.len();
    Ok(outcome)
}

/// What is told to those who watch some of the orders that were written.
async fn told_watchers(
    conn: &mut PgConnection,
    rows: &[states::Row],
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.order_id.as_str()).collect();
    let watched: BTreeSet<String> = watched::take(conn, &ids).await?.into_iter().collect();
    let told = rows.iter().filter(|row| watched.contains(&row.order_id));
    let events = told.map(|row| events::order::changed(&row.order_id, row.version, now));
    Ok(events.collect())
}
