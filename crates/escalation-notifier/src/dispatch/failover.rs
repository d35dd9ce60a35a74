//! What does not get through is told by another channel, before anybody waits
//! for long.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::{
    domain::{
        delivery::{DeliveryId, NewDelivery},
        failover,
        retry::Verdict,
    },
    error::Error,
    notifier::Notifier,
    store::{ledger, messages, settlement::Unsettled},
};

/// Deliveries that go another way, by those that they stand in for.
pub(super) type Diverted = HashMap<DeliveryId, NewDelivery>;

impl Notifier {
    /// Those of unsettled deliveries that would be tried again too late, and
    /// where there is a way that has not been tried yet.
    pub(super) async fn diverted(
        &self,
        conn: &mut PgConnection,
        unsettled: &[(&Unsettled, Verdict)],
    ) -> Result<Diverted, Error> {
        let inner = &self.inner;
        let patience = inner.config.retry.patience;
        let late: Vec<DeliveryId> = unsettled
            .iter()
            .filter(|(delivery, verdict)| match verdict {
                Verdict::Again(wait) => {
                    !delivery.withdrawn && delivery.tried_for + *wait > patience
                }
                Verdict::Sent | Verdict::Failed => false,
            })
            .map(|(delivery, _)| delivery.id)
            .collect();
        if late.is_empty() {
            return Ok(Diverted::new());
        }
        let set = inner.policies.in_force(conn).await?;
        let mut ways: Vec<(DeliveryId, NewDelivery)> = Vec::new();
        for delivery in messages::carried(conn, &late).await? {
            if !delivery.cause.is_for_people() {
                continue;
            }
            let (stuck, ticket) = (&delivery.destination, &delivery.ticket);
            for way in failover::other_ways(stuck, ticket, &set.directory, inner.reach()) {
                ways.push((delivery.id, delivery.clone().redirected(way)));
            }
        }
        let ids: Vec<DeliveryId> = ways.iter().map(|(_, way)| way.id).collect();
        let mut tried = ledger::known(conn, &ids).await?;
        let mut diverted = Diverted::new();
        for (stuck, way) in ways {
            if !diverted.contains_key(&stuck) && tried.insert(way.id) {
                diverted.insert(stuck, way);
            }
        }
        Ok(diverted)
    }
}
