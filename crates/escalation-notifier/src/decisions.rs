//! Effects of several decisions, written down together.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use service::event_log::{self, NewEvent};
use sqlx::PgConnection;

use crate::{
    alarms,
    domain::{
        delivery::{DeliveryId, NewDelivery},
        directory::Directory,
        escalation::{Cause, Effect, Escalation, Notice},
        oncall::Roster,
        policy::PolicySet,
        routing::{self, Reach},
        ticket::Ticket,
    },
    error::Error,
    events::encode::{self, Fate},
    holding::{self, Quiet},
    store::{
        self, escalations,
        groups::{self, Joined},
        holds,
        ledger::{self, Withdrawal},
    },
};

/// What was decided about some tickets.
#[derive(Debug, Default)]
pub struct Decisions {
    escalations: HashMap<String, Escalation>,
    notices: Vec<Traced<Notice>>,
    withdrawals: Vec<Withdrawal>,
    outcomes: Vec<Traced<(Cause, Ticket, i64)>>,
    events: Vec<NewEvent>,
    traces: Vec<Option<String>>,
}

#[derive(Debug)]
struct Traced<T> {
    what: T,
    traceparent: Option<String>,
}

impl Decisions {
    /// Takes in one decision.
    pub fn add(
        &mut self,
        escalation: Escalation,
        effects: Vec<Effect>,
        traceparent: Option<&str>,
        now: DateTime<Utc>,
    ) {
        let ticket = &escalation.ticket;
        let traceparent = traceparent.map(str::to_owned);
        for effect in effects {
            match effect {
                Effect::Tell(notice) => {
                    self.notices.push(Traced {
                        what: *notice,
                        traceparent: traceparent.clone(),
                    });
                }
                Effect::Withdraw {
                    before,
                    overdue_too,
                } => self.withdrawals.push(Withdrawal {
                    ticket_id: ticket.id.clone(),
                    before,
                    overdue_too,
                }),
                Effect::TellThoseTold { cause, version } => self.outcomes.push(Traced {
                    what: (cause, ticket.clone(), version),
                    traceparent: traceparent.clone(),
                }),
                Effect::Escalated { level, round } => {
                    self.events
                        .push(encode::escalated(ticket, level, round, now));
                    self.traces.push(traceparent.clone());
                }
            }
        }
        self.escalations.insert(ticket.id.clone(), escalation);
    }

    /// Takes in something that is told beside the tickets.
    pub fn tell(&mut self, notice: Notice, traceparent: Option<String>) {
        self.notices.push(Traced {
            what: notice,
            traceparent,
        });
    }

    /// Takes in that what was told beside the tickets is over: whoever was not told yet is not
    /// any more, and whoever was is told why it is over.
    pub fn end(
        &mut self,
        cause: Cause,
        (ticket, version): (Ticket, i64),
        traceparent: Option<String>,
    ) {
        self.withdrawals.push(Withdrawal {
            ticket_id: ticket.id.clone(),
            before: version,
            overdue_too: true,
        });
        self.outcomes.push(Traced {
            what: (cause, ticket, version),
            traceparent,
        });
    }

    /// Writes everything down in the caller's transaction: state, timers,
    /// deliveries and the events that tell of them.
    ///
    /// # Errors
    ///
    /// The database failed.
    pub async fn write(
        mut self,
        conn: &mut PgConnection,
        policies: &PolicySet,
        reach: Reach,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let saved: Vec<Escalation> = std::mem::take(&mut self.escalations)
            .into_values()
            .collect();
        escalations::save(conn, &saved, now).await?;
        holding::inhibit(conn, policies, &saved, now).await?;
        let quiet = Quiet::at(conn, policies, now).await?;
        let (directory, roster) = (&policies.directory, quiet.roster());
        let mut new: Vec<NewDelivery> = self
            .notices
            .drain(..)
            .flat_map(|notice| deliveries(&notice, directory, &roster, reach))
            .collect();
        if !new.is_empty() {
            let over = alarms::superseded(conn, &new).await?;
            ledger::add(conn, &new, now).await?;
            ledger::add(conn, &over, now).await?;
        }
        if !self.withdrawals.is_empty() {
            let cancelled = ledger::withdraw(conn, &self.withdrawals).await?;
            let ids: Vec<DeliveryId> = cancelled.iter().map(|line| line.id).collect();
            holds::forget(conn, &ids).await?;
            for line in cancelled {
                self.events
                    .push(encode::fate(&line, Fate::Cancelled, "", now));
                self.traces.push(line.traceparent);
            }
        }
        if !self.outcomes.is_empty() {
            let told = self.outcomes(conn).await?;
            ledger::add(conn, &told, now).await?;
            let joined = groups::rejoin(conn, &told).await?;
            let alone = told.into_iter().filter(|it| !joined.contains(&it.id));
            new.extend(alone);
        }
        let joined: Vec<Joined> = new.iter().filter_map(Joined::of).collect();
        groups::join(conn, &joined, now).await?;
        let alone = new.iter().filter(|it| it.joining.is_none());
        let waiting: Vec<_> = alone.map(|it| (it.id, it.told())).collect();
        quiet.keep(conn, &waiting).await?;
        event_log::append_traced(conn, &self.events, &self.traces).await?;
        Ok(())
    }

    /// Deliveries of what came of the tickets to whoever was told of them.
    async fn outcomes(&self, conn: &mut PgConnection) -> Result<Vec<NewDelivery>, Error> {
        let ids: Vec<String> = self
            .outcomes
            .iter()
            .map(|it| it.what.1.id.clone())
            .collect();
        let mut told = HashMap::<String, Vec<_>>::new();
        for (ticket_id, destination) in ledger::told(conn, &ids).await? {
            if !destination.channel.keeps_a_state() {
                told.entry(ticket_id).or_default().push(destination);
            }
        }
        let mut open = HashMap::<String, Vec<_>>::new();
        for alarm in store::alarms::open(conn, &ids).await? {
            open.entry(alarm.ticket_id.clone()).or_default().push(alarm);
        }
        let mut deliveries = Vec::new();
        for Traced {
            what: (cause, ticket, version),
            traceparent,
        } in &self.outcomes
        {
            let open = open.get(&ticket.id).map_or(&[][..], Vec::as_slice);
            let about = (ticket, *version);
            deliveries.extend(alarms::outcomes(*cause, about, open, traceparent.as_ref()));
            if !cause.is_for_people() {
                continue;
            }
            let notice = Notice::of_outcome(*cause, *version, 0, ticket.clone());
            for destination in told.get(&ticket.id).into_iter().flatten() {
                let destination = destination.clone();
                deliveries.push(NewDelivery::of(&notice, destination, traceparent.clone()));
            }
        }
        Ok(deliveries)
    }
}

fn deliveries(
    notice: &Traced<Notice>,
    directory: &Directory,
    roster: &Roster<'_>,
    reach: Reach,
) -> Vec<NewDelivery> {
    let Traced { what, traceparent } = notice;
    let destinations = routing::route(
        &what.recipients,
        what.channel,
        &what.ticket,
        directory,
        roster,
        reach,
    );
    destinations
        .into_iter()
        .map(|destination| NewDelivery::of(what, destination, traceparent.clone()))
        .collect()
}
