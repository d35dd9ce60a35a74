//! What holds for all steps of a procedure, as it is written.

use serde::Deserialize;

use super::{Fault, fault, unique};
use crate::domain::{
    clock::Allowance,
    holder::Holder,
    office::WAKING_HOURS,
    sop::{HandOverTerms, PauseTerms, Terms},
    span::Span,
};

/// How long the other side of a handing over may be silent, unless said.
const ANSWER_WITHIN: &str = "1h";
/// Who decides then, unless said.
const ARBITER: (&str, &str) = ("operations", "duty-lead");
/// Longest that a ticket may be put aside, unless said.
const SNOOZE: &str = "1d";
/// Written instead of a calendar when people are reminded at any hour.
const ALWAYS: &str = "always";

#[derive(Default)]
pub(super) struct TermsSpec {
    pub(super) sla: SlaSpec,
    pub(super) pauses: Vec<PauseSpec>,
    pub(super) hand_over: HandOverSpec,
    pub(super) reminders: RemindersSpec,
    pub(super) snooze: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct SlaSpec {
    response: Option<String>,
    resolution: Option<String>,
    calendar: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PauseSpec {
    reason: String,
    at_most: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct HandOverSpec {
    answer_within: Option<String>,
    calendar: Option<String>,
    arbiter: Option<ArbiterSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArbiterSpec {
    department: String,
    #[serde(default)]
    assignee: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RemindersSpec {
    within: Option<String>,
}

impl Default for Terms {
    fn default() -> Self {
        TermsSpec::default().build("", &mut Vec::new())
    }
}

impl TermsSpec {
    pub(super) fn build(self, place: &str, faults: &mut Vec<Fault>) -> Terms {
        let calendar = self.sla.calendar;
        let mut promise = |key: &str, text: Option<String>| {
            let span = read(&text?, &format!("{place}.sla.{key}"), faults)?;
            let calendar = calendar.clone();
            Some(Allowance { span, calendar })
        };
        let response = promise("response", self.sla.response);
        let resolution = promise("resolution", self.sla.resolution);
        let reasons = self.pauses.iter().map(|pause| pause.reason.as_str());
        unique(reasons, &format!("{place}.pauses"), faults);
        let pauses = self.pauses.into_iter().enumerate();
        let pauses = pauses.filter_map(|(index, pause)| {
            let place = format!("{place}.pauses[{index}].atMost");
            let at_most = read(&pause.at_most, &place, faults)?;
            let reason = pause.reason;
            Some(PauseTerms { reason, at_most })
        });
        Terms {
            response,
            resolution,
            pauses: pauses.collect(),
            hand_over: self.hand_over.build(&format!("{place}.handOver"), faults),
            snooze: or_else(self.snooze, SNOOZE, &format!("{place}.snooze"), faults),
            remind_within: match self.reminders.within {
                None => Some(WAKING_HOURS.to_owned()),
                Some(within) if within == ALWAYS => None,
                some => some,
            },
        }
    }
}

impl HandOverSpec {
    fn build(self, place: &str, faults: &mut Vec<Fault>) -> HandOverTerms {
        let within = format!("{place}.answerWithin");
        let arbiter = self.arbiter.and_then(|arbiter| {
            Holder::new(&arbiter.department, &arbiter.assignee)
                .map_err(|error| faults.push(fault(format!("{place}.arbiter.department"), error)))
                .ok()
        });
        HandOverTerms {
            answer_within: Allowance {
                span: or_else(self.answer_within, ANSWER_WITHIN, &within, faults),
                calendar: self.calendar,
            },
            arbiter: arbiter.unwrap_or_else(|| Holder::written(ARBITER.0, ARBITER.1)),
        }
    }
}

fn read(text: &str, place: &str, faults: &mut Vec<Fault>) -> Option<Span> {
    text.parse()
        .map_err(|error: crate::domain::span::NotASpan| faults.push(fault(place, error)))
        .ok()
}

fn or_else(text: Option<String>, usual: &str, place: &str, faults: &mut Vec<Fault>) -> Span {
    text.and_then(|text| read(&text, place, faults))
        .or_else(|| usual.parse().ok())
        .unwrap_or(Span::SHORTEST)
}
