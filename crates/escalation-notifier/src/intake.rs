//! Transitions of tickets come in.

use std::collections::{BTreeMap, HashMap};

use service::{
    consume::{HandleError, Handler, Received},
    inbox,
};
use sqlx::PgConnection;

use crate::{
    decisions::Decisions,
    domain::{
        escalation::Escalation,
        policy::{Policy, PolicySet},
        ticket::Observation,
    },
    error::Error,
    events::decode,
    notifier::Notifier,
    store::escalations,
};

impl Handler for Notifier {
    async fn handle(&self, batch: &[Received]) -> Result<(), HandleError> {
        self.take_in(batch).await.map_err(HandleError::of)
    }
}

struct Incoming {
    observation: Observation,
    traceparent: Option<String>,
}

impl Notifier {
    async fn take_in(&self, batch: &[Received]) -> Result<(), Error> {
        let inner = &self.inner;
        let decoded: Vec<Incoming> = batch.iter().map(read).collect::<Result<_, _>>()?;
        let mut transaction = inner.pool.begin().await?;
        let fresh = inbox::claim(&mut transaction, batch).await?;
        let mut incoming: Vec<Incoming> = decoded
            .into_iter()
            .zip(fresh)
            .filter_map(|(incoming, first)| first.then_some(incoming))
            .collect();
        if incoming.is_empty() {
            return Ok(transaction.commit().await?);
        }
        // Within a batch the order is known; between batches it does not matter.
        incoming.sort_by_key(|it| it.observation.version);
        let set = inner.policies.in_force(&mut transaction).await?;
        let now = inner.clock.now();
        let mut known = self.lock(&mut transaction, &incoming, &set).await?;
        let mut decisions = Decisions::default();
        for Incoming {
            observation,
            traceparent,
        } in &incoming
        {
            let Some((escalation, policy)) = known.remove(&observation.ticket.id) else {
                continue;
            };
            let (escalation, effects) = escalation.observe(observation, &policy, now);
            known.insert(observation.ticket.id.clone(), (escalation.clone(), policy));
            decisions.add(escalation, effects, traceparent.as_deref(), now);
        }
        decisions
            .write(&mut transaction, &set, inner.reach(), now)
            .await?;
        transaction.commit().await?;
        inner.decided();
        Ok(())
    }

    /// Escalations of these tickets, locked, each with its own policy.
    async fn lock(
        &self,
        conn: &mut PgConnection,
        incoming: &[Incoming],
        set: &PolicySet,
    ) -> Result<HashMap<String, (Escalation, Policy)>, Error> {
        let mut unobserved = BTreeMap::new();
        for Incoming { observation, .. } in incoming {
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

fn read(received: &Received) -> Result<Incoming, Error> {
    let observation = decode::observation(&received.payload).map_err(|source| Error::Event {
        event_id: received.event_id.clone(),
        source,
    })?;
    Ok(Incoming {
        observation,
        traceparent: received.traceparent.clone(),
    })
}
