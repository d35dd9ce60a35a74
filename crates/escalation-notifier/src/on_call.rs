//! Who is on call: the schedules in force, with what was said to override them.

mod feed;
mod gaps;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use service::event_log;
use sqlx::PgConnection;
use uuid::Uuid;

pub use gaps::Uncovered;
pub(crate) use gaps::warnings;

use crate::{
    domain::{
        oncall::{Duty, Override, Schedule, Span},
        policy::PolicySet,
    },
    error::Error,
    events::encode,
    notifier::Notifier,
    store::on_call as store,
};

/// How far ahead is looked unless somebody says.
const USUAL: TimeDelta = TimeDelta::weeks(4);

/// Longest span that is answered at once.
const LONGEST: TimeDelta = TimeDelta::days(400);

/// Schedules as they stand.
#[derive(Debug)]
pub(crate) struct Standing {
    set: Arc<PolicySet>,
    overrides: Vec<Override>,
    /// By the service's clock.
    pub(crate) now: DateTime<Utc>,
}

/// A schedule at an instant.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) schedule: &'a Schedule,
    pub(crate) current: Option<Duty>,
    pub(crate) next: Option<Duty>,
}

/// Somebody is to stand in.
#[derive(Debug)]
pub(crate) struct StandIn {
    pub(crate) schedule: String,
    pub(crate) person: String,
    /// Now, unless it is given.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) by: Said,
}

/// By whom something is said, and why.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) actor: String,
    pub(crate) reason: String,
}

impl Standing {
    async fn read(
        notifier: &Notifier,
        conn: &mut PgConnection,
        since: Option<DateTime<Utc>>,
    ) -> Result<Self, Error> {
        let now = notifier.inner.clock.now();
        let set = notifier.inner.policies.in_force(conn).await?;
        let since = since.unwrap_or(now).min(now);
        Ok(Self {
            overrides: store::after(conn, since).await?,
            set,
            now,
        })
    }

    /// Schedules by name: the one that is named, or all of them.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub(crate) fn schedules(&self, named: &str) -> Result<Vec<&Schedule>, Error> {
        let all = &self.set.directory.schedules;
        if named.is_empty() {
            return Ok(all.values().collect());
        }
        all.get(named)
            .map(|one| vec![one])
            .ok_or_else(|| Error::UnknownAmong {
                what: "schedule",
                name: named.to_owned(),
                known: all.keys().cloned().collect(),
            })
    }

    /// A schedule at an instant.
    pub(crate) fn shown<'a>(&self, schedule: &'a Schedule, at: DateTime<Utc>) -> Shown<'a> {
        Shown {
            schedule,
            current: schedule.current(&self.overrides, at),
            next: schedule.next(&self.overrides, at),
        }
    }

    /// Who is on call by a schedule in a span of time.
    pub(crate) fn duties(&self, schedule: &Schedule, within: Span) -> Vec<Duty> {
        schedule.duties(&self.overrides, within)
    }

    /// When nobody is on call by a schedule in a span of time.
    pub(crate) fn gaps(&self, schedule: &Schedule, within: Span) -> Vec<Span> {
        schedule.gaps(&self.overrides, within)
    }

    /// Overrides that are not over, by time.
    pub(crate) fn overrides(&self, schedule: &str) -> Vec<&Override> {
        let of_it = |it: &&Override| schedule.is_empty() || it.schedule == schedule;
        let mut found: Vec<&Override> = self.overrides.iter().filter(of_it).collect();
        found.sort_by_key(|it| (it.span, it.said_at));
        found
    }

    /// A span that was asked for: from now on for four weeks unless it says otherwise.
    ///
    /// # Errors
    ///
    /// It has no length, or is too long.
    pub(crate) fn span(
        &self,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<Span, Error> {
        let from = from.unwrap_or(self.now);
        let usual = || from.checked_add_signed(USUAL).unwrap_or(from);
        let span = Span::new(from, until.unwrap_or_else(usual));
        span.filter(|span| span.until() - span.from() <= LONGEST)
            .ok_or(Error::Request {
                field: "until",
                expected: "expected an instant after from, by no more than 400 days",
            })
    }
}

impl Notifier {
    /// Schedules as they stand, with the overrides that are not over, or were not at an instant.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub(crate) async fn standing(&self, since: Option<DateTime<Utc>>) -> Result<Standing, Error> {
        let mut conn = self.inner.pool.acquire().await?;
        Standing::read(self, &mut conn, since).await
    }

    /// Has somebody stand in.
    ///
    /// # Errors
    ///
    /// Schedule or person is unknown, or the time is over or none.
    pub(crate) async fn stand_in(&self, wanted: StandIn) -> Result<Override, Error> {
        let mut transaction = self.inner.pool.begin().await?;
        let standing = Standing::read(self, &mut transaction, None).await?;
        standing.schedules(&wanted.schedule)?;
        if !standing.set.directory.people.contains_key(&wanted.person) {
            return Err(Error::Unknown {
                what: "person of the directory",
                name: wanted.person,
            });
        }
        let now = standing.now;
        let span = Span::new(wanted.from.unwrap_or(now), wanted.until);
        let span = span
            .filter(|span| span.until() > now)
            .ok_or(Error::Request {
                field: "until",
                expected: "expected an instant that is still to come, and later than `from`",
            })?;
        let new = Override {
            id: Uuid::now_v7(),
            schedule: wanted.schedule,
            person: wanted.person,
            span,
            author: wanted.by.actor,
            reason: wanted.by.reason,
            said_at: now,
        };
        store::add(&mut transaction, &new).await?;
        let event = encode::on_call::overridden(&new);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.inner.relay.wake();
        Ok(new)
    }

    /// Withdraws an override.
    ///
    /// # Errors
    ///
    /// There is none of that id, or it was withdrawn already.
    pub(crate) async fn withdraw_override(&self, id: Uuid, by: &Said) -> Result<Override, Error> {
        let now = self.inner.clock.now();
        let mut transaction = self.inner.pool.begin().await?;
        let gone = store::withdraw(&mut transaction, id, &by.actor, &by.reason, now)
            .await?
            .ok_or_else(|| Error::Unknown {
                what: "override in force",
                name: id.to_string(),
            })?;
        let event = encode::on_call::withdrawn(&gone, by, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.inner.relay.wake();
        Ok(gone)
    }
}
