//! Tickets to try templates on.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::{
    channel::Channel,
    delivery::{DeliveryId, Outgoing, urgency},
    escalation::Cause,
    routing::Destination,
    ticket::{Amount, Severity, Ticket},
};

/// An ordinary ticket.
pub(crate) fn ticket(now: DateTime<Utc>) -> Ticket {
    Ticket {
        id: "sample".to_owned(),
        order_id: "SO-20260618-0042".to_owned(),
        warehouse: "WH-EAST".to_owned(),
        region: "east".to_owned(),
        kind: "presale".to_owned(),
        channel: "tmall".to_owned(),
        customer_tier: "vip".to_owned(),
        amount: Amount::of_units(1_280.0),
        scenario: "shipping-delay".to_owned(),
        severity: Severity::named("high"),
        rule: "not-shipped".to_owned(),
        department: "warehouse".to_owned(),
        team: "outbound".to_owned(),
        step: "find-parcel".to_owned(),
        instructions: "联系仓库核实库存，两小时内回复客户".to_owned(),
        due_at: Some(now + TimeDelta::minutes(45)),
        opened_at: now - TimeDelta::hours(2),
        ..Ticket::default()
    }
}

/// Something said of a ticket, on its way to nobody.
pub(crate) fn delivery(
    ticket: Ticket,
    cause: Cause,
    channel: Channel,
    now: DateTime<Utc>,
) -> Outgoing {
    let level = match cause {
        Cause::Escalated => 2,
        Cause::Opened | Cause::Reopened | Cause::Unresolved => 1,
        _ => 0,
    };
    let destination = Destination {
        channel,
        recipient: "sample".to_owned(),
        shown: "sample".to_owned(),
    };
    Outgoing {
        id: DeliveryId::from_uuid(Uuid::nil()),
        cause,
        level,
        occurrence: 1,
        alarm: 0,
        repetition: 0,
        urgency: urgency(cause, &ticket),
        destination,
        ticket,
        attempt: 1,
        created_at: now,
        traceparent: None,
        bundle: None,
        known_as: None,
    }
}

/// Something said of a ticket, and of as many samples as make so many.
pub(crate) fn several(
    first: &Ticket,
    cause: Cause,
    count: usize,
    now: DateTime<Utc>,
) -> Vec<Outgoing> {
    let more = (1..count).map(|number| {
        let sample = ticket(now);
        let minutes = i64::try_from(number).unwrap_or_default() * 7;
        Ticket {
            id: format!("sample-{number}"),
            order_id: format!("SO-20260618-{number:04}"),
            due_at: sample.due_at.map(|due| due + TimeDelta::minutes(minutes)),
            ..sample
        }
    });
    let tickets = std::iter::once(first.clone()).chain(more);
    tickets
        .map(|ticket| delivery(ticket, cause, Channel::Log, now))
        .collect()
}

/// Tickets of every kind that a template may meet: with and without a deadline, with
/// everything known and nothing, long, foreign and hostile.
pub(crate) fn varied(now: DateTime<Utc>) -> Vec<Ticket> {
    let ordinary = ticket(now);
    let nothing = Ticket {
        opened_at: now,
        ..Ticket::default()
    };
    let hostile = |text: &str| Ticket {
        id: text.to_owned(),
        order_id: text.to_owned(),
        warehouse: text.to_owned(),
        region: text.to_owned(),
        kind: text.to_owned(),
        customer_tier: text.to_owned(),
        scenario: text.to_owned(),
        severity: Severity::named("critical"),
        department: text.to_owned(),
        team: text.to_owned(),
        assignee: text.to_owned(),
        step: text.to_owned(),
        instructions: text.to_owned(),
        unconfirmed: true,
        ..ordinary.clone()
    };
    let contents = [
        hostile("**a** _b_ `c` [d](http://e.example) <@all> {{ f }} {% g %} \\ & \" '"),
        hostile(&"超长的中文内容🙂".repeat(30)),
        nothing,
        ordinary,
    ];
    let left = [None, Some(-90), Some(45), Some(300), Some(3_000)];
    let due = |content: Ticket| {
        left.map(|left| Ticket {
            due_at: left.map(|minutes| now + TimeDelta::minutes(minutes)),
            ..content.clone()
        })
    };
    contents.into_iter().flat_map(due).collect()
}
