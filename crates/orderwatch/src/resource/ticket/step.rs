//! One step of a ticket, or of a procedure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use super::super::{is_false, word};
use crate::time::{duration, optional};

/// One step of a procedure.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_en: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_zh: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    instructions_en: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    instructions_zh: String,
    department: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    assignee: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    mandatory: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    outcome: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    completed_by: String,
    /// What the step may end in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outcomes: Vec<String>,
    /// What the step asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    filled: BTreeMap<String, String>,
    /// The department that was asked to take it.
    #[serde(skip_serializing_if = "String::is_empty")]
    offered_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    automation: Option<Automation>,
    /// Condition over the order's facts that ends it.
    #[serde(skip_serializing_if = "String::is_empty")]
    done_when: String,
}

/// What works on a step before its holder has to.
#[derive(Debug, Serialize)]
struct Automation {
    /// Such as `webhook payment-desk`.
    task: String,
    /// Whether it works just now.
    works: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    gives_up_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
}

impl From<wire::Step> for Step {
    fn from(step: wire::Step) -> Self {
        Self {
            state: word(step.state().as_str_name(), "STEP_STATE"),
            expected: step.expected.as_ref().map(duration),
            started_at: optional(step.started_at.as_ref()),
            completed_at: optional(step.completed_at.as_ref()),
            due_at: optional(step.due_at.as_ref()),
            name: step.name,
            title_en: step.title_en,
            title_zh: step.title_zh,
            instructions_en: step.instructions_en,
            instructions_zh: step.instructions_zh,
            department: step.department,
            assignee: step.assignee,
            mandatory: step.mandatory,
            outcome: step.outcome,
            completed_by: step.completed_by,
            outcomes: step.outcomes.into_iter().map(|it| it.name).collect(),
            fields: step.fields.iter().map(asked_for).collect(),
            filled: step.filled.into_iter().collect(),
            offered_to: step.offer.map(|offer| offer.department).unwrap_or_default(),
            automation: step.automation.map(Automation::from),
            done_when: step.done_when,
        }
    }
}

/// A field in a few words, such as `missing (number, required)`.
fn asked_for(field: &wire::Field) -> String {
    let kind = word(field.kind().as_str_name(), "FIELD_KIND");
    let required = if field.required { ", required" } else { "" };
    format!("{} ({kind}{required})", field.name)
}

impl From<wire::Automation> for Automation {
    fn from(automation: wire::Automation) -> Self {
        Self {
            gives_up_at: optional(automation.gives_up_at.as_ref()),
            failed_at: optional(automation.failed_at.as_ref()),
            task: automation.task,
            works: automation.works,
            failure: automation.failure,
        }
    }
}

impl Step {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn describe(&self) -> String {
        let mut text = format!("[{}] {} ({})", self.state, self.name, self.department);
        if let Some(due) = self.due_at.as_ref().filter(|_| self.completed_at.is_none()) {
            let _ = write!(text, ", due {due}");
        }
        if let Some(completed) = &self.completed_at {
            let _ = write!(text, ", done {completed} by {}", self.completed_by);
        }
        if !self.offered_to.is_empty() {
            let _ = write!(text, ", {} was asked to take it", self.offered_to);
        }
        if let Some(automation) = &self.automation {
            let _ = write!(text, "\n     {}", automation.describe());
        }
        if !self.done_when.is_empty() {
            let _ = write!(text, "\n     ends by itself when {}", self.done_when);
        }
        for (what, words) in [("ends in", &self.outcomes), ("asks for", &self.fields)] {
            if !words.is_empty() {
                let _ = write!(text, "\n     {what} {}", words.join(", "));
            }
        }
        if !self.instructions_en.is_empty() {
            let _ = write!(
                text,
                "\n     {}",
                self.instructions_en.trim_end().replace('\n', "\n     ")
            );
        }
        text
    }
}

impl Automation {
    fn describe(&self) -> String {
        let Self {
            task,
            works,
            failure,
            ..
        } = self;
        match (works, &self.gives_up_at, &self.failed_at) {
            (true, Some(until), _) => format!("{task} works on it, until {until} at the latest"),
            (_, _, Some(at)) => format!("{task} failed at {at}: {failure}"),
            _ => format!("{task} does it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::time::timestamp;

    use super::*;

    fn described(works: bool, failure: &str) -> String {
        let at = || Some(timestamp(order::Timestamp::from_seconds(0)));
        let automation = wire::Automation {
            task: "webhook payment-desk".to_owned(),
            works,
            gives_up_at: at().filter(|_| works),
            failed_at: at().filter(|_| !failure.is_empty()),
            failure: failure.to_owned(),
        };
        let step = wire::Step {
            name: "refund".to_owned(),
            department: "finance".to_owned(),
            state: wire::StepState::Active.into(),
            automation: Some(automation),
            done_when: "has(order.refunded_at)".to_owned(),
            ..wire::Step::default()
        };
        Step::from(step).describe()
    }

    #[test]
    fn a_step_tells_of_the_machine_that_works_on_it_and_of_the_facts_that_end_it() {
        assert_eq!(
            described(true, ""),
            "[active] refund (finance)\n     webhook payment-desk works on it, until \
             1970-01-01T00:00:00Z at the latest\n     ends by itself when has(order.refunded_at)"
        );
        assert!(
            described(false, "HTTP 410")
                .contains("webhook payment-desk failed at 1970-01-01T00:00:00Z: HTTP 410")
        );
        assert!(described(false, "").contains("webhook payment-desk does it"));
    }
}
