//! Finds tickets that belong together: many at once with one cause, and new ones of an order
//! that has a case.

use std::time::Duration;

use chrono::TimeDelta;
use service::{error::chain, lifecycle::Shutdown};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Desk, groups::found};
use crate::{
    domain::{
        Instant,
        actor::{Actor, SERVICE},
        group::{Cause, Closing, Dimension, Group, Kind, Moves, Settings},
        holder::Holder,
        id::TicketId,
    },
    error::Error,
    store::{gathering, groups},
};

/// What came before is taken as usual for so long.
const PAST: TimeDelta = TimeDelta::days(1);

/// When it is looked, and what is an incident.
#[derive(Debug, Clone, Copy)]
pub struct GatherSettings {
    /// Real time between two looks.
    pub every: Duration,
    /// When many tickets are an incident.
    pub incident: Settings,
}

impl Desk {
    /// Looks once; false when another replica does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn gather(&self, settings: &Settings) -> Result<bool, Error> {
        let now = self.now();
        let mut transaction = self.begin().await?;
        let Some(before) = gathering::begin(&mut transaction, now).await? else {
            return Ok(false);
        };
        let conn = &mut *transaction;
        // Every window that has ended since the last look.
        let since = before.unwrap_or(now).clamp(now - PAST, now) - settings.window;
        for (id, joined) in gathering::join_cases(conn, since, now).await? {
            self.grew(conn, id, joined).await?;
        }
        // What has the cause of an open incident belongs to it.
        for incident in gathering::open_incidents(conn).await? {
            let since = incident.opened_at - settings.window;
            let joined = gathering::join(conn, incident.id, &incident.cause, since, now).await?;
            if !joined.is_empty() {
                self.grew(conn, incident.id, joined).await?;
            }
        }
        for scenario in gathering::rushes(conn, since, settings.size).await? {
            self.judge(conn, &scenario, since, settings).await?;
        }
        for id in gathering::settled(conn, now - settings.window).await? {
            self.close_by_itself(conn, id, now).await?;
        }
        self.commit(transaction).await?;
        Ok(true)
    }

    /// Opens an incident when tickets of the busiest window are more than usual. What is left
    /// over is looked at the next time.
    async fn judge(
        &self,
        conn: &mut PgConnection,
        scenario: &str,
        since: Instant,
        settings: &Settings,
    ) -> Result<(), Error> {
        let openings = gathering::openings(conn, scenario, since).await?;
        let Some((until, tickets)) = settings.busiest(&openings) else {
            return Ok(());
        };
        let (since, now) = (until - settings.window, self.now());
        let past = (since - PAST, since);
        let usual = gathering::usual(conn, scenario, past).await?;
        if !settings.is_surge(tickets, usual, PAST) {
            return Ok(());
        }
        let shared = gathering::shared(conn, Some(scenario), (since, until)).await?;
        let usually = gathering::shared(conn, None, past).await?;
        let (dimension, value) = settings.shared(&shared, &usually);
        let cause = Cause {
            scenario: scenario.to_owned(),
            dimension,
            value,
        };
        let department = gathering::department(conn, &cause, since).await?;
        let owner = Holder::new(&department.unwrap_or_default(), "");
        let Ok(owner) = owner else {
            return Ok(());
        };
        let mut group = Group {
            id: Uuid::now_v7(),
            kind: Kind::Incident,
            title: title(&cause),
            cause: Some(cause.clone()),
            order: String::new(),
            owner,
            opened_at: until,
            opened_by: SERVICE.to_owned(),
            closing: None,
            tickets: 0,
            open_tickets: 0,
            version: 1,
        };
        if !groups::insert(conn, &group).await? {
            return Ok(());
        }
        let joined = gathering::join(conn, group.id, &cause, since, now).await?;
        group = found(conn, group.id).await?;
        let minutes = settings.window.num_minutes();
        let why = format!("{tickets} tickets opened within {minutes} minutes");
        let (told, moves) = (("opened", why.as_str()), Moves::in_with(joined));
        self.tell_group(conn, &group, told, &Actor::Service, &moves)
            .await
    }

    async fn grew(
        &self,
        conn: &mut PgConnection,
        id: Uuid,
        joined: Vec<TicketId>,
    ) -> Result<(), Error> {
        groups::count_change(conn, id).await?;
        let group = found(conn, id).await?;
        let why = format!("{} tickets by now", group.tickets);
        let (told, moves) = (("grew", why.as_str()), Moves::in_with(joined));
        self.tell_group(conn, &group, told, &Actor::Service, &moves)
            .await
    }

    async fn close_by_itself(
        &self,
        conn: &mut PgConnection,
        id: Uuid,
        now: Instant,
    ) -> Result<(), Error> {
        let mut group = found(conn, id).await?;
        let why = "every ticket of it is resolved";
        group.closing = Some(Closing {
            at: now,
            by: SERVICE.to_owned(),
            reason: why.to_owned(),
        });
        groups::update(conn, &group).await?;
        let group = found(conn, id).await?;
        let told = ("closed", why);
        self.tell_group(conn, &group, told, &Actor::Service, &Moves::default())
            .await
    }
}

fn title(cause: &Cause) -> String {
    match cause.dimension {
        Dimension::Nothing => format!("many at once: {}", cause.scenario),
        dimension => format!(
            "many at once: {}, {} {}",
            cause.scenario,
            dimension.as_str(),
            cause.value
        ),
    }
}

/// Looks again and again, until shutdown.
///
/// # Errors
/// Never: it answers so to be spawned beside loops that do fail.
pub async fn gather(desk: Desk, settings: GatherSettings, shutdown: Shutdown) -> Result<(), Error> {
    while shutdown.sleep(settings.every).await {
        if let Err(error) = desk.gather(&settings.incident).await {
            tracing::warn!(error = %chain(&error), "cannot look for tickets that belong together, looking again");
        }
    }
    Ok(())
}
