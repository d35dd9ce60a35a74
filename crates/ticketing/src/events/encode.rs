//! What happened, made into events.

use contracts::{
    event::v1::{
        Actor as WireActor, ActorKind, Event, OrderSummary as WireOrder, TicketChanged,
        TicketTransition, event::Payload,
    },
    subject,
};
use service::event_log::NewEvent;

use super::instant::{span_to_wire, to_wire};
use crate::domain::{
    Instant,
    actor::Actor,
    exception::OrderSummary,
    sop::Sop,
    ticket::Ticket,
    transition::{Happening, Transition},
};

/// The event of one happening: `ticket/<id>/<version>/<transition>`.
#[must_use]
pub fn event(ticket: &Ticket, happening: &Happening) -> NewEvent {
    let transition = happening.transition.as_str();
    let event = Event {
        id: format!("ticket/{}/{}/{transition}", ticket.id, happening.version),
        r#type: format!("ticket.{transition}"),
        occurred_at: Some(to_wire(happening.at)),
        actor: Some(actor(&happening.actor)),
        reason: happening.reason.clone(),
        note: happening.note.clone(),
        order_ids: vec![ticket.exception.order.order_id.clone()],
        exception_id: ticket.exception.id.to_string(),
        ticket_id: ticket.id.to_string(),
        payload: Some(Payload::Ticket(changed(ticket, happening))),
    };
    NewEvent::of(subject::TICKETS, transition, &event)
}

/// The event of a procedure that was put in force: `sop/<name>/<version>`.
#[must_use]
pub fn sop_applied(sop: &Sop, by: &Actor, reason: &str, at: Instant) -> NewEvent {
    let event = Event {
        id: format!("sop/{}/{}", sop.name, sop.version),
        r#type: "sop.applied".to_owned(),
        occurred_at: Some(to_wire(at)),
        actor: Some(actor(by)),
        reason: reason.to_owned(),
        note: format!("sop {} is at version {}", sop.name, sop.version),
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, "sop", &event)
}

/// The order as the wire tells it.
#[must_use]
pub fn order(order: &OrderSummary) -> WireOrder {
    WireOrder {
        order_id: order.order_id.clone(),
        warehouse: order.warehouse.clone(),
        region: order.region.clone(),
        kind: order.kind.clone(),
        customer_tier: order.customer_tier.clone(),
        amount: order.amount,
        channel: order.channel.clone(),
    }
}

fn changed(ticket: &Ticket, happening: &Happening) -> TicketChanged {
    let (exception, snapshot) = (&ticket.exception, &happening.snapshot);
    let step = &ticket.sop.steps[snapshot.step];
    TicketChanged {
        transition: transition(happening.transition).into(),
        ticket_id: ticket.id.to_string(),
        exception_id: exception.id.to_string(),
        scenario: exception.scenario.clone(),
        severity: exception.severity.clone(),
        rule: exception.rule.clone(),
        department: snapshot.holder.department().to_owned(),
        assignee: snapshot.holder.assignee().to_owned(),
        step: step.name.clone(),
        instructions: step.instructions.in_both(),
        due_at: snapshot.due_at.map(to_wire),
        order: Some(order(&exception.order)),
        automatic: snapshot.automatic,
        version: happening.version,
        opened_at: Some(to_wire(ticket.opened_at)),
        acknowledged: snapshot.acknowledged,
        overdue_by: snapshot.overdue_by.map(span_to_wire),
    }
}

fn actor(actor: &Actor) -> WireActor {
    let kind = match actor {
        Actor::Person(_) => ActorKind::Person,
        Actor::Service => ActorKind::Service,
    };
    WireActor {
        kind: kind.into(),
        name: actor.name().to_owned(),
    }
}

fn transition(transition: Transition) -> TicketTransition {
    match transition {
        Transition::Opened => TicketTransition::Opened,
        Transition::Assigned => TicketTransition::Assigned,
        Transition::Acknowledged => TicketTransition::Acknowledged,
        Transition::StepCompleted => TicketTransition::StepCompleted,
        Transition::HandedOver => TicketTransition::HandedOver,
        Transition::DueSoon => TicketTransition::DueSoon,
        Transition::Overdue => TicketTransition::Overdue,
        Transition::Resolved => TicketTransition::Resolved,
        Transition::Reopened => TicketTransition::Reopened,
        Transition::Commented => TicketTransition::Commented,
    }
}
