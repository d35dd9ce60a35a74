//! Alarms: what keeps a state of a ticket is told of each round as of something new, because it
//! pages nobody while the former is acknowledged. The former is over then.

use sqlx::PgConnection;

use crate::{
    domain::{
        delivery::NewDelivery,
        escalation::{Cause, Notice},
        ticket::Ticket,
    },
    error::Error,
    store::alarms::{self, Alarm},
};

/// Tells that alarms are over where others begin with these deliveries.
pub(crate) async fn superseded(
    conn: &mut PgConnection,
    new: &[NewDelivery],
) -> Result<Vec<NewDelivery>, Error> {
    let beginning = new
        .iter()
        .filter(|it| it.destination.channel.keeps_a_state());
    let beginning: Vec<&NewDelivery> = beginning.collect();
    if beginning.is_empty() {
        return Ok(Vec::new());
    }
    let tickets: Vec<String> = beginning.iter().map(|it| it.ticket.id.clone()).collect();
    let open = alarms::open(conn, &tickets).await?;
    let over = open.iter().filter_map(|alarm| {
        let is_there = |it: &&&NewDelivery| {
            let (one, other) = (&it.destination, &alarm.destination);
            it.ticket.id == alarm.ticket_id
                && (one.channel, &one.recipient) == (other.channel, &other.recipient)
        };
        let last = beginning.iter().rfind(is_there)?;
        let traceparent = last.traceparent.clone();
        (last.alarm != alarm.began).then(|| over(alarm, &last.ticket, traceparent))
    });
    Ok(over.collect())
}

/// Tells what came of a ticket where alarms about it are open, the oldest first: of the last at
/// each place, while the others are over.
pub(crate) fn outcomes(
    cause: Cause,
    (ticket, version): (&Ticket, i64),
    open: &[Alarm],
    traceparent: Option<&String>,
) -> Vec<NewDelivery> {
    let told = open.iter().enumerate().map(|(place, alarm)| {
        let mut later = open[place + 1..].iter();
        if later.any(|it| it.destination == alarm.destination) {
            return over(alarm, ticket, traceparent.cloned());
        }
        let notice = Notice::of_outcome(cause, version, alarm.began, ticket.clone());
        NewDelivery::of(&notice, alarm.destination.clone(), traceparent.cloned())
    });
    told.collect()
}

/// Tells that an alarm is over.
fn over(alarm: &Alarm, ticket: &Ticket, traceparent: Option<String>) -> NewDelivery {
    let began = alarm.began;
    let notice = Notice::of_outcome(Cause::Superseded, began, began, ticket.clone());
    NewDelivery::of(&notice, alarm.destination.clone(), traceparent)
}
