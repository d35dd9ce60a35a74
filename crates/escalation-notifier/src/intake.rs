//! Transitions of tickets come in.

use std::collections::{BTreeMap, HashMap};

use service::{
    consume::{HandleError, Handler, Received},
    inbox,
};
use sqlx::PgConnection;

use crate::{
    crowds,
    decisions::Decisions,
    domain::{
        escalation::{Cause, Escalation, Notice},
        policy::{Policy, PolicySet},
        ticket::{Incident, Moves, Observation},
    },
    error::Error,
    events::decode::{self, Heard},
    holding,
    notifier::Notifier,
    store::{escalations, incidents},
};

impl Handler for Notifier {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        self.take_in(batch).await.map_err(HandleError::of)
    }
}

struct Incoming<T> {
    what: T,
    traceparent: Option<String>,
}

impl Notifier {
    async fn take_in(&self, batch: &[Received]) -> Result<(), Error> {
        let inner = &self.inner;
        let decoded: Vec<Incoming<Heard>> = batch.iter().map(read).collect::<Result<_, _>>()?;
        let mut transaction = inner.pool.begin().await?;
        let fresh = inbox::claim(&mut transaction, batch).await?;
        let fresh = decoded
            .into_iter()
            .zip(fresh)
            .filter_map(|(incoming, first)| first.then_some(incoming));
        let Apart {
            mut tickets,
            incidents,
            moves,
        } = apart(fresh);
        if tickets.is_empty() && incidents.is_empty() && moves.is_empty() {
            return Ok(transaction.commit().await?);
        }
        // Within a batch the order is known; between batches it does not matter.
        tickets.sort_by_key(|it| it.what.version);
        let set = inner.policies.in_force(&mut transaction).await?;
        let now = inner.clock.now();
        let mut decisions = Decisions::default();
        for Incoming { what, traceparent } in incidents {
            if !self.take_in_incident(&mut transaction, &what, &set).await? {
                continue;
            }
            if !what.open {
                let cause = end_of(&what, &set);
                decisions.end(cause, (what.ticket, what.version), traceparent);
                continue;
            }
            for notice in first_notices(&what, &set) {
                decisions.tell(notice, traceparent.clone());
            }
        }
        for moves in moves {
            holding::moved(&mut transaction, &set, &moves, now).await?;
        }
        let observed = tickets.iter_mut().map(|it| &mut it.what.ticket);
        incidents::place(&mut transaction, observed).await?;
        let mut known = self.lock(&mut transaction, &tickets, &set).await?;
        for Incoming {
            what: observation,
            traceparent,
        } in &tickets
        {
            let Some((escalation, policy)) = known.remove(&observation.ticket.id) else {
                continue;
            };
            let (escalation, effects) = escalation.observe(observation, &policy, now);
            known.insert(observation.ticket.id.clone(), (escalation.clone(), policy));
            decisions.add(escalation, effects, traceparent.as_deref(), now);
        }
        let decided = known.into_values().collect();
        for (escalation, effects) in crowds::weigh(&mut transaction, decided, now).await? {
            decisions.add(escalation, effects, None, now);
        }
        decisions
            .write(&mut transaction, &set, inner.reach(), now)
            .await?;
        transaction.commit().await?;
        inner.decided();
        Ok(())
    }

    /// Has an incident silence what follows from it, or no longer; whether that
    /// is news.
    async fn take_in_incident(
        &self,
        conn: &mut PgConnection,
        incident: &Incident,
        set: &PolicySet,
    ) -> Result<bool, Error> {
        let Incident {
            ticket,
            version,
            open,
        } = incident;
        if !incidents::heard(conn, &ticket.id, *version, *open).await? {
            return Ok(false);
        }
        let (ids, open) = ([ticket.id.clone()], open.then_some(ticket));
        let now = self.inner.clock.now();
        holding::inhibit_by(conn, set, &ids, open.into_iter(), now).await?;
        if open.is_none() {
            incidents::dissolve(conn, &ticket.id).await?;
        }
        Ok(true)
    }

    /// Escalations of these tickets, locked, each with its own policy.
    async fn lock(
        &self,
        conn: &mut PgConnection,
        incoming: &[Incoming<Observation>],
        set: &PolicySet,
    ) -> Result<HashMap<String, (Escalation, Policy)>, Error> {
        let mut unobserved = BTreeMap::new();
        for Incoming {
            what: observation, ..
        } in incoming
        {
            unobserved
                .entry(observation.ticket.id.clone())
                .or_insert_with(|| {
                    let policy = set.policy_for(&observation.ticket);
                    Escalation::unobserved(observation, &policy, set.version)
                });
        }
        let unobserved: Vec<Escalation> = unobserved.into_values().collect();
        let mut known = HashMap::new();
        for escalation in escalations::lock(conn, &unobserved, self.inner.clock.now()).await? {
            let policy = self.inner.policies.policy_of(conn, &escalation).await?;
            known.insert(escalation.ticket.id.clone(), (escalation, policy));
        }
        Ok(known)
    }
}

/// What a batch tells of tickets, of incidents and of who belongs to these.
#[derive(Default)]
struct Apart {
    tickets: Vec<Incoming<Observation>>,
    incidents: Vec<Incoming<Incident>>,
    moves: Vec<Moves>,
}

fn apart(heard: impl Iterator<Item = Incoming<Heard>>) -> Apart {
    let mut apart = Apart::default();
    for Incoming { what, traceparent } in heard {
        match what {
            Heard::Ticket(what) => apart.tickets.push(Incoming { what, traceparent }),
            Heard::Incident(what) => apart.incidents.push(Incoming { what, traceparent }),
            Heard::Moves(what) => apart.moves.push(what),
            Heard::Nothing => {}
        }
    }
    apart
}

/// An incident is told as the first level would be of a ticket like it.
fn first_notices(incident: &Incident, set: &PolicySet) -> Vec<Notice> {
    let policy = set.policy_for(&incident.ticket);
    let course = policy.course(&policy.routes_for(&incident.ticket));
    let stages = course.stages(incident.ticket.opened_at).into_iter();
    stages
        .filter(|stage| (stage.level, stage.repetition) == (1, 0))
        .flat_map(|stage| {
            stage.telling.channels.iter().map(move |&channel| Notice {
                cause: Cause::Incident,
                level: 0,
                occurrence: incident.version,
                alarm: incident.version,
                repetition: 0,
                recipients: stage.telling.recipients.clone(),
                channel,
                ticket: incident.ticket.clone(),
                joining: None,
            })
        })
        .collect()
}

/// Why an incident that is over is told of: as a ticket like it would be, while what keeps a state
/// of it has to know in any case.
fn end_of(incident: &Incident, set: &PolicySet) -> Cause {
    let policy = set.policy_for(&incident.ticket);
    let course = policy.course(&policy.routes_for(&incident.ticket));
    match course.tells_resolution() {
        true => Cause::Resolved,
        false => Cause::Superseded,
    }
}

fn read(received: &Received) -> Result<Incoming<Heard>, Error> {
    let what = decode::heard(&received.payload).map_err(|source| Error::Event {
        event_id: received.event_id.clone(),
        source,
    })?;
    Ok(Incoming {
        what,
        traceparent: received.traceparent.clone(),
    })
}
