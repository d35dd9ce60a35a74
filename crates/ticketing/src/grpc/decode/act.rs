//! What somebody does with a ticket, as the wire says it.

use std::ops::RangeInclusive;

use contracts::ticketing::v1::{self as wire, act as it};

use super::Faults;
use crate::domain::{holder::Holder, span::Span, ticket::Act};

/// The act; every fault of it is noted.
pub(super) fn act(act: Option<wire::Act>, note: &str, faults: &mut Faults) -> Option<Act> {
    let Some(act) = act.and_then(|act| act.act) else {
        faults.add("act", "must be said");
        return None;
    };
    match act {
        it::Act::Acknowledge(it) => acknowledge(it, faults),
        it::Act::Claim(it) => Some(Act::Claim {
            step: named(it.step),
        }),
        it::Act::Complete(it) => Some(Act::Complete {
            step: faults.text("act.complete.step", it.step)?,
            outcome: it.outcome,
            fields: it.fields.into_iter().collect(),
        }),
        it::Act::Skip(it) => {
            let step = faults.text("act.skip.step", it.step);
            let reason = faults.text("act.skip.reason", it.reason);
            Some(Act::Skip {
                step: step?,
                reason: reason?,
            })
        }
        it::Act::HandOver(it) => hand_over(it, faults),
        it::Act::Accept(it) => Some(Act::Accept {
            step: named(it.step),
        }),
        it::Act::Reject(it) => Some(Act::Reject {
            step: named(it.step),
            reason: faults.text("act.reject.reason", it.reason)?,
        }),
        it::Act::Withdraw(it) => Some(Act::Withdraw {
            step: named(it.step),
        }),
        it::Act::Arbitrate(it) => Some(Act::Arbitrate {
            step: named(it.step),
            must_take: it.must_take,
            reason: faults.text("act.arbitrate.reason", it.reason)?,
        }),
        it::Act::Pause(it) => Some(Act::Pause {
            reason: faults.text("act.pause.reason", it.reason)?,
        }),
        it::Act::Resume(_) => Some(Act::Resume),
        it::Act::Snooze(it) => Some(Act::Snooze {
            until: faults.instant("act.snooze.until", it.until.as_ref())?,
        }),
        it::Act::Unsnooze(_) => Some(Act::Unsnooze),
        it::Act::Resolve(it) => Some(Act::Resolve {
            reason: faults.text("act.resolve.reason", it.reason)?,
            past_mandatory: it.past_mandatory,
        }),
        it::Act::Comment(_) => faults.text("note", note.to_owned()).map(|_| Act::Comment),
    }
}

/// Shortest and longest wish to have a ticket come back, in seconds: a minute, and seven days.
const COMES_BACK: RangeInclusive<i64> = 60..=7 * 86_400;

fn acknowledge(it: it::Acknowledge, faults: &mut Faults) -> Option<Act> {
    let Some(wish) = it.come_back else {
        return Some(Act::Acknowledge);
    };
    let seconds = Some(wish.seconds).filter(|seconds| COMES_BACK.contains(seconds));
    let come_back = seconds.and_then(Span::of_seconds);
    let come_back = come_back.ok_or("must be from a minute to seven days");
    let come_back = faults.take("act.acknowledge.come_back", come_back)?;
    Some(Act::AcknowledgeFor { come_back })
}

fn hand_over(it: it::HandOver, faults: &mut Faults) -> Option<Act> {
    let to = Holder::new(&it.department, &it.assignee).map(|to| to.with_team(&it.team));
    let to = faults.take("act.hand_over.department", to);
    let reason = faults.text("act.hand_over.reason", it.reason);
    Some(Act::HandOver {
        step: named(it.step),
        to: to?,
        reason: reason?,
    })
}

fn named(step: String) -> Option<String> {
    Some(step).filter(|step| !step.is_empty())
}
