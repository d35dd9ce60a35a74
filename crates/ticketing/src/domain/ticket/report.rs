//! What a report about the exception does to its ticket.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Actor, Decision, Instant, Ledger, Office, Pen, Progress, Promises, Report, Sop, Ticket,
    TicketId, flow::began, pen::About,
};
use crate::domain::{clock::Deadline, exception::Standing, sop::Mandatory, transition::Transition};

/// Opens the ticket of an exception. One that has ended already by the first
/// report that arrives is opened and resolved at once, so that the same tickets
/// come to be in whatever order reports arrive.
pub(super) fn open(report: &Report, sop: Arc<Sop>, office: &Office, now: Instant) -> Decision {
    if report.silent {
        return Decision::nothing(None);
    }
    let standing = report.exception.standing;
    let reason = format!("rule {} opened an exception", report.exception.rule);
    let mut ticket = blank(report, sop, office, now);
    ticket.exception.standing = Standing::Open;
    let mut pen = Pen::new(ticket, office, now);
    pen.begin(&[0]);
    pen.tell(Transition::Opened, &Actor::Service, &reason, "");
    if standing != Standing::Open {
        pen.ticket.exception.standing = standing;
        // Nobody was ever asked to do anything about it.
        let why = why_over(&pen, standing, &report.reason);
        pen.resolve(&Actor::Service, &why, About::default());
    }
    pen.done()
}

/// Follows a newer report; an older one changes nothing. An exception that is exempt or in
/// shadow is to its ticket as if it were not there.
pub(super) fn follow(pen: &mut Pen, report: Report) {
    if report.exception.version <= pen.ticket.exception.version {
        return;
    }
    let before = pen.ticket.exception.standing;
    let now = report.exception.standing;
    let is_resolved = pen.ticket.resolution.is_some();
    pen.ticket.exception = report.exception;
    match (before, now) {
        (Standing::Open, Standing::Open) => {}
        (Standing::Open, over) if !is_resolved => end(pen, over, &report.reason),
        (_, Standing::Open) if is_resolved => reopen(pen, &report.reason),
        (_, Standing::Open) => go_back(pen, &report.reason),
        _ => {}
    }
}

fn blank(report: &Report, sop: Arc<Sop>, office: &Office, now: Instant) -> Ticket {
    let first = &sop.steps[0];
    let set = |allowance: &Option<_>| {
        let allowance = allowance.clone();
        allowance.map(|allowance| Deadline::set(allowance, now, office))
    };
    let order = &report.exception.order;
    let holder = office.holder_of(first, order, now);
    Ticket {
        id: TicketId::of(report.exception.id),
        exception: report.exception.clone(),
        steps: vec![Progress::Pending; sop.steps.len()],
        current: 0,
        ledger: Ledger::begin(holder, now, &began(first, office, now)),
        opened_at: now,
        acknowledgement: None,
        first_acknowledged_at: None,
        promises: Promises {
            response: set(&sop.terms.response),
            resolution: set(&sop.terms.resolution),
        },
        pause: None,
        paused: BTreeMap::new(),
        snoozed_until: None,
        resolution: None,
        acted: None,
        sop,
        version: 0,
        changed_at: now,
    }
}

/// Ends the ticket, or goes on with what must be done although the trouble is over.
fn end(pen: &mut Pen, standing: Standing, why: &str) {
    let why = why_over(pen, standing, why);
    let sop = Arc::clone(&pen.ticket.sop);
    let must = |step: &usize| sop.steps[*step].mandatory == Mandatory::Always;
    let left: Vec<usize> = (0..sop.steps.len())
        .filter(|step| must(step) && !pen.ticket.steps[*step].is_done())
        .collect();
    let Some(first) = left.first() else {
        return pen.resolve(&Actor::Service, &why, About::default());
    };
    for step in (0..sop.steps.len()).filter(|step| !must(step)) {
        pen.halt(step);
    }
    let next: Vec<usize> = match pen.ticket.active().next() {
        Some(_) => Vec::new(),
        None => vec![*first],
    };
    pen.begin(&next);
    let why = format!("{why}; step {} must be done", pen.ticket.step().name);
    pen.tell(Transition::Assigned, &Actor::Service, &why, "");
}

fn why_over(pen: &Pen, standing: Standing, why: &str) -> String {
    let mut reason = match standing {
        Standing::Retracted => "the exception was retracted".to_owned(),
        Standing::Exempt => "the exception is exempt".to_owned(),
        Standing::Shadow => "the rule is in shadow".to_owned(),
        Standing::Cleared | Standing::Open => "the exception cleared".to_owned(),
    };
    if !why.is_empty() {
        reason.push_str(": ");
        reason.push_str(why);
    }
    if let Some(person) = &pen.ticket.acted {
        reason.push_str(&format!(" ({} had acted)", person.as_str()));
    }
    reason
}

fn is_back(why: &str) -> String {
    if why.is_empty() {
        "the exception is back".to_owned()
    } else {
        format!("the exception is back: {why}")
    }
}

/// Takes the work up where it ended; a procedure that was done to its end
/// starts over.
fn reopen(pen: &mut Pen, why: &str) {
    let reason = is_back(why);
    pen.ticket.resolution = None;
    pen.ticket.acknowledgement = None;
    let (at, office) = (pen.at, pen.office);
    if let Some(resolution) = &mut pen.ticket.promises.resolution {
        resolution.clock.resume(at, office);
    }
    if !pen.take_up_again() {
        let was_done = pen.ticket.steps[pen.ticket.current].is_done();
        let from = if was_done { 0 } else { pen.ticket.current };
        pen.ticket.steps[from..].fill(Progress::Pending);
        pen.enter(from);
    }
    let holder = pen.ticket.active().next().map(|(_, active)| &active.holder);
    let holder = holder.unwrap_or(pen.ticket.holder()).clone();
    pen.ticket.ledger.resume(holder, at, &reason);
    pen.follow_lead();
    pen.tell(Transition::Reopened, &Actor::Service, &reason, "");
}

/// The trouble is back before all was done that must be done after it.
fn go_back(pen: &mut Pen, why: &str) {
    pen.take_up_again();
    pen.follow_lead();
    pen.tell(Transition::Assigned, &Actor::Service, &is_back(why), "");
}
