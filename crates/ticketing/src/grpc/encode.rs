//! Domain types, as the wire tells them.

pub(super) mod absences;
pub(super) mod bulk;
pub(super) mod evidence;
pub(super) mod figures;
pub(super) mod groups;
pub(super) mod list;
mod step;

use contracts::ticketing::v1 as wire;
use step::step;

use crate::{
    domain::{
        clock::Deadline,
        ledger::Entry,
        sop::Sop,
        ticket::{State, Ticket},
    },
    events::{
        encode::order,
        instant::{span_to_wire, to_wire},
    },
    store::{figures::Figures, transitions::Past},
};

pub(super) fn ticket(ticket: &Ticket) -> wire::Ticket {
    let (exception, resolution) = (&ticket.exception, ticket.resolution.as_ref());
    let steps = ticket.sop.steps.iter().zip(&ticket.steps);
    let promises = &ticket.promises;
    wire::Ticket {
        id: ticket.id.to_string(),
        exception_id: exception.id.to_string(),
        order_id: exception.order.order_id.clone(),
        rule: exception.rule.clone(),
        scenario: exception.scenario.clone(),
        severity: exception.severity.clone(),
        state: state(ticket.state()).into(),
        department: ticket.holder().department().to_owned(),
        assignee: ticket.holder().assignee().to_owned(),
        sop: ticket.sop.name.clone(),
        sop_version: ticket.sop.version,
        current_step: i32::try_from(ticket.current).unwrap_or(i32::MAX),
        steps: steps
            .map(|(template, progress)| step(&ticket.sop, template, Some(progress)))
            .collect(),
        opened_at: Some(to_wire(ticket.opened_at)),
        acknowledged_at: ticket.acknowledgement.as_ref().map(|it| to_wire(it.at)),
        resolved_at: resolution.map(|it| to_wire(it.at)),
        due_at: ticket.due_at().map(to_wire),
        overdue: ticket.is_overdue(),
        automatic: resolution.is_some_and(|it| it.automatic),
        resolution: resolution.map(|it| it.reason.clone()).unwrap_or_default(),
        etag: ticket.version.to_string(),
        ledger: ticket.ledger.entries().iter().map(entry).collect(),
        order: Some(order(&exception.order)),
        team: ticket.holder().team().to_owned(),
        response: promises.response.as_ref().map(promise),
        resolution_promise: promises.resolution.as_ref().map(promise),
        pause: ticket.pause.as_ref().map(|pause| wire::Pause {
            reason: pause.reason.clone(),
            since: Some(to_wire(pause.since)),
            until: Some(to_wire(pause.until)),
        }),
        snoozed_until: ticket.snoozed_until.map(to_wire),
        first_acknowledged_at: ticket.first_acknowledged_at.map(to_wire),
        acknowledged_by: ticket
            .acknowledgement
            .as_ref()
            .map(|it| it.by.clone())
            .unwrap_or_default(),
        resolved_by: resolution.map(|it| it.by.clone()).unwrap_or_default(),
    }
}

fn promise(deadline: &Deadline) -> wire::Promise {
    wire::Promise {
        due_at: deadline.clock.due_at().map(to_wire),
        missed: deadline.missed,
    }
}

pub(super) fn past(past: Past) -> wire::TicketHappening {
    wire::TicketHappening {
        version: past.version,
        transition: past.transition,
        at: Some(to_wire(past.at)),
        actor: past.actor,
        reason: past.reason,
        note: past.note,
        overridden: past.overridden,
        step: past.step,
    }
}

pub(super) fn sop(sop: &Sop) -> wire::Sop {
    wire::Sop {
        name: sop.name.clone(),
        version: sop.version,
        scenarios: sop.scenarios.clone(),
        steps: sop
            .steps
            .iter()
            .map(|template| step(sop, template, None))
            .collect(),
    }
}

pub(super) fn figures(figures: &Figures) -> wire::GetFiguresResponse {
    let handling = figures.handling.as_ref();
    wire::GetFiguresResponse {
        opened: figures.opened,
        resolved: figures.resolved,
        resolved_automatically: figures.resolved_automatically,
        open: figures.open,
        overdue: figures.overdue,
        handed_over: figures.handed_over,
        mean_handling_time: handling.map(|it| span_to_wire(it.mean)),
        median_handling_time: handling.map(|it| span_to_wire(it.median)),
        p90_handling_time: handling.map(|it| span_to_wire(it.p90)),
        mean_response_time: figures.mean_response_time.map(span_to_wire),
    }
}

fn state(state: State) -> wire::TicketState {
    match state {
        State::Open => wire::TicketState::Open,
        State::Acknowledged => wire::TicketState::Acknowledged,
        State::Resolved => wire::TicketState::Resolved,
    }
}

fn entry(entry: &Entry) -> wire::LedgerEntry {
    let holder = entry.holder.as_ref();
    wire::LedgerEntry {
        department: holder
            .map(|it| it.department().to_owned())
            .unwrap_or_default(),
        assignee: holder
            .map(|it| it.assignee().to_owned())
            .unwrap_or_default(),
        from: Some(to_wire(entry.from)),
        to: entry.to.map(to_wire),
        reason: entry.reason.clone(),
        team: holder.map(|it| it.team().to_owned()).unwrap_or_default(),
        pause: entry.pause.clone().unwrap_or_default(),
    }
}
