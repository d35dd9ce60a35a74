//! Notices are kept back while a silence, a window or another ticket says so,
//! and go out when nothing does any more.

use std::{borrow::Cow, collections::BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        delivery::DeliveryId,
        escalation::{Escalation, State},
        oncall::{Override, Roster},
        policy::PolicySet,
        quiet::{
            self, Hold, Keeper,
            hours::{self, Told},
            inhibition::Inhibitor,
            silence::Silence,
        },
        ticket::{Moves, Ticket},
    },
    error::Error,
    notifier::{Notifier, Pass},
    store::{holds, incidents, inhibitors, on_call, silences},
};

/// Most deliveries of one transaction.
const BATCH: i64 = 500;

/// What keeps notices back at an instant.
#[derive(Debug)]
pub(crate) struct Quiet<'a> {
    set: &'a PolicySet,
    silences: Vec<Silence>,
    overrides: Vec<Override>,
    now: DateTime<Utc>,
}

impl<'a> Quiet<'a> {
    /// What holds now.
    pub(crate) async fn at(
        conn: &mut PgConnection,
        set: &'a PolicySet,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let silences = silences::list(conn, now, false).await?.into_iter();
        Ok(Self {
            set,
            overrides: on_call::standing_in(conn, &set.directory, now).await?,
            silences: silences.map(|recorded| recorded.silence).collect(),
            now,
        })
    }

    /// Who is on call now.
    pub(crate) fn roster(&self) -> Roster<'_> {
        Roster::at(&self.set.directory.schedules, &self.overrides, self.now)
    }

    /// Of these deliveries, those that must wait.
    async fn holds_on(
        &self,
        conn: &mut PgConnection,
        deliveries: &[(DeliveryId, Told<'_>)],
    ) -> Result<Vec<(DeliveryId, Hold)>, Error> {
        let placed = placed(conn, deliveries).await?;
        let sources = self.sources(conn, &placed).await?;
        let by_another = |ticket: &Ticket| {
            let rules = self.set.inhibitions.iter();
            rules
                .filter_map(|rule| rule.hold_on(ticket, &sources, self.now))
                .next()
        };
        let directory = &self.set.directory;
        let roster = self.roster();
        Ok(deliveries
            .iter()
            .zip(&placed)
            .filter_map(|((id, told), ticket)| {
                quiet::by_the_clock(ticket, &self.silences, &self.set.windows, self.now)
                    .or_else(|| by_another(ticket))
                    .or_else(|| hours::hold_on(told, directory, &roster, self.now))
                    .map(|hold| (*id, hold))
            })
            .collect())
    }

    /// Open tickets that could hold any of these back.
    async fn sources(
        &self,
        conn: &mut PgConnection,
        tickets: &[Cow<'_, Ticket>],
    ) -> Result<Vec<Inhibitor>, Error> {
        let mut asked = BTreeSet::new();
        for ticket in tickets {
            let keys = self.set.inhibitions.iter();
            asked.extend(keys.flat_map(|rule| {
                let keys = rule.keys_for(ticket).into_iter();
                keys.map(|key| (rule.name.clone(), key))
            }));
        }
        let (rules, keys): (Vec<String>, Vec<String>) = asked.into_iter().unzip();
        match rules.is_empty() {
            true => Ok(Vec::new()),
            false => Ok(inhibitors::of_keys(conn, &rules, &keys).await?),
        }
    }

    /// Keeps back what of these must wait.
    pub(crate) async fn keep(
        &self,
        conn: &mut PgConnection,
        deliveries: &[(DeliveryId, Told<'_>)],
    ) -> Result<(), Error> {
        self.kept(conn, deliveries).await.map(drop)
    }

    /// The same, and says which those are.
    async fn kept(
        &self,
        conn: &mut PgConnection,
        deliveries: &[(DeliveryId, Told<'_>)],
    ) -> Result<BTreeSet<DeliveryId>, Error> {
        if deliveries.is_empty() {
            return Ok(BTreeSet::new());
        }
        let held = self.holds_on(conn, deliveries).await?;
        holds::keep(conn, &held, self.now).await?;
        Ok(held.into_iter().map(|(id, _)| id).collect())
    }

    /// Keeps back what of these must still wait, and lets the others go.
    pub(crate) async fn release(
        &self,
        conn: &mut PgConnection,
        deliveries: &[(DeliveryId, Told<'_>)],
    ) -> Result<(), Error> {
        let held = self.kept(conn, deliveries).await?;
        let ids = deliveries.iter().map(|(id, _)| *id);
        let free: Vec<DeliveryId> = ids.filter(|id| !held.contains(id)).collect();
        Ok(holds::release(conn, &free).await?)
    }
}

/// The tickets that deliveries tell of, each with the incident that it belongs to now.
async fn placed<'a>(
    conn: &mut PgConnection,
    deliveries: &[(DeliveryId, Told<'a>)],
) -> Result<Vec<Cow<'a, Ticket>>, Error> {
    let ids = deliveries.iter().map(|(_, told)| told.ticket.id.as_str());
    let ids: Vec<&str> = ids.collect();
    let membership = incidents::membership(conn, &ids).await?;
    let place = |ticket: &'a Ticket| match membership.of(ticket) {
        incident if incident == ticket.incident => Cow::Borrowed(ticket),
        incident => Cow::Owned(Ticket {
            incident: incident.to_owned(),
            ..ticket.clone()
        }),
    };
    Ok(deliveries
        .iter()
        .map(|(_, told)| place(told.ticket))
        .collect())
}

/// Writes down who came to an incident and who left it. What has not gone out of those who came
/// is kept back from now on, and what is kept back of those who left is looked at.
pub(crate) async fn moved(
    conn: &mut PgConnection,
    set: &PolicySet,
    moves: &Moves,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    incidents::moved(conn, moves).await?;
    holds::look_at_tickets(conn, &moves.left, now).await?;
    let waiting = holds::waiting_of(conn, &moves.joined).await?;
    let waiting: Vec<_> = waiting.iter().map(|it| (it.id, it.told())).collect();
    if !waiting.is_empty() {
        Quiet::at(conn, set, now)
            .await?
            .keep(conn, &waiting)
            .await?;
    }
    Ok(())
}

/// Writes down which of these tickets hold others back, and has those looked
/// at that a ticket has just let go.
pub(crate) async fn inhibit(
    conn: &mut PgConnection,
    set: &PolicySet,
    escalations: &[Escalation],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let open = escalations
        .iter()
        .filter(|escalation| escalation.state() != State::Resolved)
        .map(|escalation| &escalation.ticket);
    let tickets: Vec<String> = escalations.iter().map(|it| it.ticket.id.clone()).collect();
    inhibit_by(conn, set, &tickets, open, now).await
}

/// As [`inhibit`], for tickets of which those given are open.
pub(crate) async fn inhibit_by<'a>(
    conn: &mut PgConnection,
    set: &PolicySet,
    tickets: &[String],
    open: impl Iterator<Item = &'a Ticket>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sources: Vec<Inhibitor> = open
        .flat_map(|ticket| set.inhibitions.iter().flat_map(|it| it.sources_of(ticket)))
        .collect();
    let ended = inhibitors::replace(conn, tickets, &sources).await?;
    for rule in ended.into_iter().collect::<BTreeSet<_>>() {
        holds::look_now(conn, &Keeper::Inhibition(rule), now).await?;
    }
    Ok(())
}

/// Deliveries that have not gone out and that a silence keeps back from now on.
pub(crate) async fn silenced(
    conn: &mut PgConnection,
    silence: &Silence,
    now: DateTime<Utc>,
) -> Result<Vec<(DeliveryId, Hold)>, Error> {
    let mut held = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let mut page = holds::waiting(conn, after, BATCH).await?;
        incidents::place(conn, page.iter_mut().map(|it| &mut it.ticket)).await?;
        let Some(last) = page.last() else {
            return Ok(held);
        };
        after = last.id.as_uuid();
        let page = page.into_iter();
        held.extend(page.filter_map(|it| Some((it.id, silence.hold_on(&it.ticket, now)?))));
    }
}

impl Notifier {
    /// Lets go what nothing keeps back any more, at most one batch.
    ///
    /// # Errors
    ///
    /// The database failed; nothing was changed then.
    pub async fn release_held(&self) -> Result<Pass, Error> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut transaction = inner.pool.begin().await?;
        let due = holds::claim_due(&mut transaction, now, BATCH).await?;
        if due.is_empty() {
            return Ok(Pass::default());
        }
        let set = inner.policies.in_force(&mut transaction).await?;
        let quiet = Quiet::at(&mut transaction, &set, now).await?;
        let waiting: Vec<_> = due.iter().map(|it| (it.id, it.told())).collect();
        quiet.release(&mut transaction, &waiting).await?;
        transaction.commit().await?;
        inner.decided();
        Ok(Pass {
            done: due.len(),
            wait: None,
        })
    }
}
