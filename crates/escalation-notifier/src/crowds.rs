//! Levels that ask how large a group is: counted, told, and asked again when it has grown.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        escalation::{Awaited, Effect, Escalation, State},
        policy::Policy,
    },
    error::Error,
    store::crowds::{self, Member},
};

/// Tells what waited for groups of these tickets that are large enough by now, and has others
/// looked at whose groups have grown because of them. Policies without such levels cost nothing.
pub(crate) async fn weigh(
    conn: &mut PgConnection,
    decided: Vec<(Escalation, Policy)>,
    now: DateTime<Utc>,
) -> Result<Vec<(Escalation, Vec<Effect>)>, Error> {
    let members: Vec<Member> = decided.iter().flat_map(members).collect();
    if members.is_empty() && !decided.iter().any(|(_, policy)| policy.asks_for_sizes()) {
        let untold = |(escalation, _)| (escalation, Vec::new());
        return Ok(decided.into_iter().map(untold).collect());
    }
    let tickets = decided.iter().map(|(it, _)| it.ticket.id.clone());
    let tickets: Vec<String> = tickets.collect();
    let mut groups = crowds::of_tickets(conn, &tickets).await?;
    groups.extend(members.iter().map(|it| it.group));
    crowds::lock(conn, &groups).await?;
    crowds::replace(conn, &tickets, &members).await?;
    let sizes = crowds::sizes(conn, &groups).await?;
    let weighed: Vec<(Escalation, Policy, Vec<Effect>)> = decided
        .into_iter()
        .map(|(escalation, policy)| {
            let (escalation, effects) = escalation.weigh(&policy, &sizes);
            (escalation, policy, effects)
        })
        .collect();
    let waits: Vec<(&str, Awaited)> = weighed
        .iter()
        .flat_map(|(it, policy, _)| it.awaits(policy).into_iter().map(|on| (&*it.ticket.id, on)))
        .collect();
    crowds::wait(conn, &tickets, &waits).await?;
    crowds::ring(conn, &groups, now).await?;
    let told = weighed.into_iter();
    Ok(told
        .map(|(escalation, _, effects)| (escalation, effects))
        .collect())
}

/// The groups that a ticket counts in.
fn members((escalation, policy): &(Escalation, Policy)) -> Vec<Member> {
    if escalation.state() == State::Resolved {
        return Vec::new();
    }
    let groups: Vec<Uuid> = match policy.asks_for_sizes() {
        true => escalation.crowds(policy),
        false => Vec::new(),
    };
    let member = |group| Member {
        group,
        ticket_id: escalation.ticket.id.clone(),
        acknowledged: escalation.state() == State::Acknowledged,
    };
    groups.into_iter().map(member).collect()
}
