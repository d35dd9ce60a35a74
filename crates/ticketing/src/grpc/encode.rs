//! Domain types, as the wire tells them.

use contracts::ticketing::v1 as wire;

use crate::{
    domain::{
        ledger::Entry,
        sop::{Sop, Step},
        step::Progress,
        ticket::{State, Ticket},
    },
    events::{
        encode::order,
        instant::{span_to_wire, to_wire},
    },
    store::figures::Figures,
};

pub(super) fn ticket(ticket: &Ticket) -> wire::Ticket {
    let (exception, resolution) = (&ticket.exception, ticket.resolution.as_ref());
    let steps = ticket.sop.steps.iter().zip(&ticket.steps);
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
            .map(|(template, progress)| step(template, Some(progress)))
            .collect(),
        opened_at: Some(to_wire(ticket.opened_at)),
        acknowledged_at: ticket.acknowledgement.as_ref().map(|it| to_wire(it.at)),
        resolved_at: resolution.map(|it| to_wire(it.at)),
        due_at: ticket.due_at().map(to_wire),
        overdue: ticket.overdue,
        automatic: resolution.is_some_and(|it| it.automatic),
        resolution: resolution.map(|it| it.reason.clone()).unwrap_or_default(),
        etag: ticket.version.to_string(),
        ledger: ticket.ledger.entries().iter().map(entry).collect(),
        order: Some(order(&exception.order)),
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
            .map(|template| step(template, None))
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

/// A step; one of a procedure has no progress.
fn step(template: &Step, progress: Option<&Progress>) -> wire::Step {
    let bare = wire::Step {
        name: template.name.clone(),
        title_en: template.title.en.clone(),
        title_zh: template.title.zh.clone(),
        instructions_en: template.instructions.en.clone(),
        instructions_zh: template.instructions.zh.clone(),
        department: template.holder.department().to_owned(),
        assignee: template.holder.assignee().to_owned(),
        expected: Some(span_to_wire(template.expected.delta())),
        mandatory: template.mandatory,
        ..wire::Step::default()
    };
    match progress {
        None => bare,
        Some(Progress::Pending) => wire::Step {
            state: wire::StepState::Pending.into(),
            ..bare
        },
        Some(Progress::Skipped) => wire::Step {
            state: wire::StepState::Skipped.into(),
            ..bare
        },
        Some(Progress::Active { started_at, due_at }) => wire::Step {
            state: wire::StepState::Active.into(),
            started_at: Some(to_wire(*started_at)),
            due_at: Some(to_wire(*due_at)),
            ..bare
        },
        Some(Progress::Done {
            started_at,
            due_at,
            completed_at,
            completed_by,
            outcome,
        }) => wire::Step {
            state: wire::StepState::Done.into(),
            started_at: Some(to_wire(*started_at)),
            due_at: Some(to_wire(*due_at)),
            completed_at: Some(to_wire(*completed_at)),
            completed_by: completed_by.clone(),
            outcome: outcome.clone(),
            ..bare
        },
    }
}

/// A stretch of the ledger; one of nobody has an empty department.
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
    }
}
