//! What happened, made into events.

use contracts::{
    event::v1::{
        Actor as WireActor, ActorKind, Breach as WireBreach, Event, OrderSummary as WireOrder,
        PushBack as WirePushBack, TicketChanged, TicketGroupChanged, TicketTransition,
        event::Payload,
    },
    subject,
};
use service::event_log::NewEvent;

use super::instant::{span_to_wire, to_wire};
use crate::domain::{
    Instant,
    absence::Absence,
    actor::Actor,
    breach::Breach,
    exception::OrderSummary,
    group::{Group, Moves},
    holder::Holder,
    id::TicketId,
    saved_filter::SavedFilter,
    sop::Sop,
    ticket::Ticket,
    transition::{Happening, PushBack, Transition},
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
    let (name, version) = (&sop.name, sop.version);
    let note = format!("sop {name} is at version {version}");
    applied("sop", &format!("{name}/{version}"), note, by, reason, at)
}

/// The event of a calendar or team that was put in force.
#[must_use]
pub fn office_changed(kind: &str, name: &str, by: &Actor, reason: &str, at: Instant) -> NewEvent {
    let word = kind.to_lowercase();
    let note = format!("{word} {name} was changed");
    let version = at.timestamp_micros();
    applied(&word, &format!("{name}/{version}"), note, by, reason, at)
}

/// The event of an absence that was set or deleted.
#[must_use]
pub fn absence_changed(
    absence: &Absence,
    what: AbsenceChange,
    by: &Actor,
    reason: &str,
    at: Instant,
) -> NewEvent {
    let Absence {
        login, from, until, ..
    } = absence;
    let (from, until) = (from.to_rfc3339(), until.to_rfc3339());
    let stand_in = absence.stand_in.as_deref();
    let stand_in = stand_in.map(|it| format!(", and {it} stands in"));
    let stand_in = stand_in.unwrap_or_default();
    let note = match what {
        AbsenceChange::Set => format!("{login} is away from {from} until {until}{stand_in}"),
        AbsenceChange::Deleted => format!("{login} is not away from {from} until {until}"),
    };
    let version = at.timestamp_micros();
    applied(
        "absence",
        &format!("{login}/{version}"),
        note,
        by,
        reason,
        at,
    )
}

/// What became of an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsenceChange {
    /// It was set.
    Set,
    /// It was deleted.
    Deleted,
}

/// The event of a filter that somebody keeps, or keeps no longer.
#[must_use]
pub fn filter_changed(filter: &SavedFilter, what: &str, by: &Actor, at: Instant) -> NewEvent {
    let note = format!("filter {filter} was {what}");
    let which = format!("{filter}/{}", at.timestamp_micros());
    applied("filter", &which, note, by, what, at)
}

fn applied(
    word: &str,
    which: &str,
    note: String,
    by: &Actor,
    reason: &str,
    at: Instant,
) -> NewEvent {
    let event = Event {
        id: format!("{word}/{which}"),
        r#type: format!("{word}.applied"),
        occurred_at: Some(to_wire(at)),
        actor: Some(actor(by)),
        reason: reason.to_owned(),
        note,
        ..Event::default()
    };
    NewEvent::of(subject::CHANGES, word, &event)
}

/// Most tickets that one event names, so that none is large.
const NAMED: usize = 500;

/// The event of a group of tickets that was opened, grew, was assigned or closed, and why:
/// `ticket-group/<id>/<version>/<what>`.
#[must_use]
pub fn group_changed(
    group: &Group,
    (what, why): (&str, &str),
    by: &Actor,
    at: Instant,
) -> NewEvent {
    group_event(group, what, what, wire_group(group), (by, why), at)
}

/// The events of who came to a group and who left it, some hundreds each:
/// `ticket-group/<id>/<version>/members/<number>`.
pub fn members_changed<'a>(
    group: &'a Group,
    moves: &'a Moves,
    why: &'a str,
    by: &'a Actor,
    at: Instant,
) -> impl Iterator<Item = NewEvent> + 'a {
    let named = |ids: &[TicketId]| ids.iter().map(TicketId::to_string).collect();
    let joined = moves
        .joined
        .chunks(NAMED)
        .map(move |ids| (named(ids), Vec::new()));
    let left = moves
        .left
        .chunks(NAMED)
        .map(move |ids| (Vec::new(), named(ids)));
    joined
        .chain(left)
        .enumerate()
        .map(move |(number, (joined, left))| {
            let changed = TicketGroupChanged {
                joined,
                left,
                ..wire_group(group)
            };
            let which = format!("members/{number}");
            group_event(group, "members", &which, changed, (by, why), at)
        })
}

fn wire_group(group: &Group) -> TicketGroupChanged {
    let cause = group.cause.as_ref();
    TicketGroupChanged {
        group_id: group.id.to_string(),
        kind: group.kind.as_str().to_owned(),
        title: group.title.clone(),
        scenario: cause.map(|it| it.scenario.clone()).unwrap_or_default(),
        dimension: cause.map_or("", |it| it.dimension.as_str()).to_owned(),
        value: cause.map(|it| it.value.clone()).unwrap_or_default(),
        department: group.owner.department().to_owned(),
        assignee: group.owner.assignee().to_owned(),
        version: group.version,
        tickets: group.tickets,
        names_members: true,
        ..TicketGroupChanged::default()
    }
}

fn group_event(
    group: &Group,
    what: &str,
    which: &str,
    changed: TicketGroupChanged,
    (by, reason): (&Actor, &str),
    at: Instant,
) -> NewEvent {
    let event = Event {
        id: format!("ticket-group/{}/{}/{which}", group.id, group.version),
        r#type: format!("ticket-group.{what}"),
        occurred_at: Some(to_wire(at)),
        actor: Some(actor(by)),
        reason: reason.to_owned(),
        note: group.title.clone(),
        order_ids: Some(group.order.clone())
            .filter(|order| !order.is_empty())
            .into_iter()
            .collect(),
        payload: Some(Payload::TicketGroup(changed)),
        ..Event::default()
    };
    NewEvent::of(subject::TICKET_GROUPS, what, &event)
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
    let offered = |part: fn(&Holder) -> &str| {
        let to = snapshot.offered_to.as_ref();
        to.map(|holder| part(holder).to_owned()).unwrap_or_default()
    };
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
        team: snapshot.holder.team().to_owned(),
        offered_to_department: offered(Holder::department),
        offered_to_assignee: offered(Holder::assignee),
        breach: happening.breach.as_ref().map(breach),
        push_back: happening.push_back.as_ref().map(push_back),
        overridden: happening.overridden,
        ended_step: happening
            .ended
            .map(|step| ticket.sop.steps[step].name.clone())
            .unwrap_or_default(),
        unconfirmed: exception.unconfirmed,
        late_sources: exception.late_sources.clone(),
        come_back: happening.come_back.map(|it| span_to_wire(it.delta())),
    }
}

fn breach(breach: &Breach) -> WireBreach {
    WireBreach {
        promise: breach.promise.as_str().to_owned(),
        step: breach.step.clone(),
        department: breach.holder.department().to_owned(),
        assignee: breach.holder.assignee().to_owned(),
        due_at: Some(to_wire(breach.due_at)),
    }
}

fn push_back(push_back: &PushBack) -> WirePushBack {
    WirePushBack {
        from_department: push_back.from.clone(),
        to_department: push_back.to.clone(),
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
        Transition::StepSkipped => TicketTransition::StepSkipped,
        Transition::Offered => TicketTransition::Offered,
        Transition::HandedOver => TicketTransition::HandedOver,
        Transition::Rejected => TicketTransition::Rejected,
        Transition::Withdrawn => TicketTransition::Withdrawn,
        Transition::Referred => TicketTransition::Referred,
        Transition::Paused => TicketTransition::Paused,
        Transition::Resumed => TicketTransition::Resumed,
        Transition::Snoozed => TicketTransition::Snoozed,
        Transition::Unsnoozed => TicketTransition::Unsnoozed,
        Transition::DueSoon => TicketTransition::DueSoon,
        Transition::Overdue => TicketTransition::Overdue,
        Transition::ResponseOverdue => TicketTransition::ResponseOverdue,
        Transition::ResolutionOverdue => TicketTransition::ResolutionOverdue,
        Transition::Migrated => TicketTransition::Migrated,
        Transition::AutomationFailed => TicketTransition::AutomationFailed,
        Transition::AutomationIgnored => TicketTransition::AutomationIgnored,
        Transition::Resolved => TicketTransition::Resolved,
        Transition::Reopened => TicketTransition::Reopened,
        Transition::Commented => TicketTransition::Commented,
        Transition::EvidenceAttached => TicketTransition::EvidenceAttached,
        Transition::EvidenceRemoved => TicketTransition::EvidenceRemoved,
    }
}
