//! What a report about the exception does to its ticket.

use std::sync::Arc;

use super::{Actor, Decision, Instant, Ledger, Pen, Progress, Report, Sop, Ticket, TicketId};
use crate::domain::{exception::Standing, transition::Transition};

/// Opens the ticket of an exception. One that has ended already by the first
/// report that arrives is opened and resolved at once, so that the same tickets
/// come to be in whatever order reports arrive.
pub(super) fn open(report: &Report, sop: Arc<Sop>, now: Instant) -> Decision {
    if report.silent {
        return Decision {
            ticket: None,
            effects: Vec::new(),
        };
    }
    let standing = report.exception.standing;
    let reason = format!("rule {} opened an exception", report.exception.rule);
    let mut pen = Pen::new(blank(report, sop, now), now);
    pen.start_step(0);
    pen.tell(Transition::Opened, &Actor::Service, &reason, "");
    if standing != Standing::Open {
        end(&mut pen, standing, &report.reason);
    }
    pen.done()
}

/// Follows a newer report; an older one changes nothing. An exception that is exempt or in
/// shadow is to its ticket as if it were not there.
pub(super) fn follow(mut pen: Pen, report: Report) -> Decision {
    if report.exception.version <= pen.ticket.exception.version {
        return pen.done();
    }
    let before = pen.ticket.exception.standing;
    let now = report.exception.standing;
    let is_over = pen.ticket.resolution.is_some();
    pen.ticket.exception = report.exception;
    if now != Standing::Open && !is_over {
        end(&mut pen, now, &report.reason);
    } else if now == Standing::Open && before != Standing::Open && is_over {
        reopen(&mut pen, &report.reason);
    }
    pen.done()
}

fn blank(report: &Report, sop: Arc<Sop>, now: Instant) -> Ticket {
    let first = &sop.steps[0];
    Ticket {
        id: TicketId::of(report.exception.id),
        exception: report.exception.clone(),
        steps: vec![Progress::Pending; sop.steps.len()],
        current: 0,
        ledger: Ledger::begin(
            first.holder.clone(),
            now,
            &format!("step {} began", first.name),
        ),
        sop,
        opened_at: now,
        acknowledgement: None,
        first_acknowledged_at: None,
        resolution: None,
        acted: None,
        reminded: false,
        overdue: false,
        version: 0,
        changed_at: now,
    }
}

fn end(pen: &mut Pen, standing: Standing, why: &str) {
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
    pen.resolve(&Actor::Service, &reason, "");
}

/// Takes the work up where it ended; a procedure that was done to its end
/// starts over.
fn reopen(pen: &mut Pen, why: &str) {
    let reason = if why.is_empty() {
        "the exception is back".to_owned()
    } else {
        format!("the exception is back: {why}")
    };
    let is_done = pen.ticket.steps[pen.ticket.current].is_done();
    let from = if is_done { 0 } else { pen.ticket.current };
    let holder = if is_done {
        pen.ticket.sop.steps[0].holder.clone()
    } else {
        pen.ticket.holder().clone()
    };
    pen.ticket.steps[from..].fill(Progress::Pending);
    pen.ticket.resolution = None;
    pen.ticket.acknowledgement = None;
    pen.ticket.ledger.resume(holder, pen.at, &reason);
    pen.start_step(from);
    pen.tell(Transition::Reopened, &Actor::Service, &reason, "");
}
