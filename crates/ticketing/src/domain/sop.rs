//! Standard operating procedures: which steps a kind of trouble asks for.

pub mod document;
mod way;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    automation::{Automation, Job},
    clock::Allowance,
    field::Field,
    holder::Holder,
    roster::TeamOf,
    span::Span,
};

/// Name of the procedure for scenarios that have none of their own.
pub const DEFAULT: &str = "default";

/// One version of a procedure. Never changes once stored, so that a ticket
/// keeps the procedure under which it was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Sop {
    /// Name, unique among procedures.
    pub name: String,
    /// Counts from 1.
    pub version: i32,
    /// Scenarios that it is for.
    pub scenarios: Vec<String>,
    /// What holds for all of its steps.
    pub terms: Terms,
    /// What to do; at least one. The first is where it begins.
    pub steps: Vec<Step>,
}

/// What holds for all steps of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Until somebody takes a ticket up.
    pub response: Option<Allowance>,
    /// Until nothing is left to do.
    pub resolution: Option<Allowance>,
    /// For what its clocks may be stopped.
    pub pauses: Vec<PauseTerms>,
    /// How a step changes departments.
    pub hand_over: HandOverTerms,
    /// Longest that a ticket may be put aside.
    pub snooze: Span,
    /// Calendar in whose hours people are reminded; absent where they are at any hour.
    pub remind_within: Option<String>,
}

/// A reason for which clocks may be stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseTerms {
    /// Name, such as `waiting-for-customer`.
    pub reason: String,
    /// Longest in all, over the life of a ticket, by the wall clock.
    pub at_most: Span,
}

/// How a step changes departments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverTerms {
    /// Until when the other side may be silent.
    pub answer_within: Allowance,
    /// Who decides then.
    pub arbiter: Holder,
}

/// One step of a procedure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name, unique in the procedure.
    pub name: String,
    /// Short title.
    pub title: Text,
    /// What to do, in Markdown.
    pub instructions: Text,
    /// Who answers for it.
    pub holder: Holder,
    /// Which team of the department gets it, where the order decides that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_of: Option<TeamOf>,
    /// How long it may take.
    pub expected: Span,
    /// Calendar whose working time counts; absent for the wall clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// How long before it is due its holder is reminded; absent for an hour, or a quarter of
    /// what is expected when that is shorter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Span>,
    /// Whether it can be left out.
    #[serde(with = "mandatory")]
    pub mandatory: Mandatory,
    /// What people fill in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What may come of it; empty where it just goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Waits until no other step that is worked on can still lead to it.
    #[serde(default)]
    pub joins: bool,
    /// What works on it before its holder has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automation: Option<Automation>,
    /// Condition over the order's facts, in CEL: once it is true, the step is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_when: Option<String>,
    /// What those must be able to do to whom it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
}

/// Whether a step can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mandatory {
    /// It may.
    No,
    /// Not by people while the trouble lasts.
    Yes,
    /// Not even when the trouble is over.
    Always,
}

/// What may come of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Name, unique in the step.
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: Text,
    /// Indexes of the steps that begin then, all at once; none where this way ends.
    pub next: Vec<usize>,
}

/// A text for people in both languages; the second may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    #[serde(default)]
    pub en: String,
    /// Chinese.
    #[serde(default)]
    pub zh: String,
}

/// The procedures in force: the newest version of each.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Vec<Arc<Sop>>);

/// Mandatory is written `false`, `true` or `always`.
pub(crate) mod mandatory {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::Mandatory;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Flag(bool),
        Word(String),
    }

    pub(crate) fn serialize<S: Serializer>(
        it: &Mandatory,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match it {
            Mandatory::No => serializer.serialize_bool(false),
            Mandatory::Yes => serializer.serialize_bool(true),
            Mandatory::Always => serializer.serialize_str("always"),
        }
    }

    pub(crate) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Mandatory, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Flag(false) => Ok(Mandatory::No),
            Written::Flag(true) => Ok(Mandatory::Yes),
            Written::Word(word) if word == "always" => Ok(Mandatory::Always),
            Written::Word(word) => Err(de::Error::custom(format!(
                "must be true, false or always, not `{word}`"
            ))),
        }
    }
}

impl Sop {
    /// Index of the step with this name.
    #[must_use]
    pub fn position(&self, step: &str) -> Option<usize> {
        self.steps
            .iter()
            .position(|candidate| candidate.name == step)
    }

    /// Whether both ask for the same, whatever their versions.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.scenarios == other.scenarios
            && self.terms == other.terms
            && self.steps == other.steps
    }

    /// Names of the calendars that it counts by.
    pub fn calendars(&self) -> impl Iterator<Item = &str> {
        let terms = &self.terms;
        let allowances = [terms.response.as_ref(), terms.resolution.as_ref()];
        let of_terms = allowances
            .into_iter()
            .flatten()
            .chain([&terms.hand_over.answer_within])
            .filter_map(|allowance| allowance.calendar.as_deref())
            .chain(terms.remind_within.as_deref());
        let of_steps = self
            .steps
            .iter()
            .filter_map(|step| step.calendar.as_deref());
        of_terms.chain(of_steps)
    }
}

impl Step {
    /// How long it may take.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        Allowance {
            span: self.expected,
            calendar: self.calendar.clone(),
        }
    }

    /// The conditions that end it when they become true.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        let awaited = self.automation.as_ref().and_then(|it| match &it.job {
            Job::Wait { until } => Some(until.as_str()),
            Job::Webhook(_) | Job::Publish { .. } => None,
        });
        self.done_when.as_deref().into_iter().chain(awaited)
    }

    /// Whether it can be left out.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.mandatory == Mandatory::No
    }

    /// How long before it is due its holder is reminded.
    #[must_use]
    pub fn lead(&self) -> chrono::TimeDelta {
        match self.reminder {
            Some(reminder) => reminder.delta(),
            None => (self.expected.delta() / 4).min(chrono::TimeDelta::hours(1)),
        }
    }
}

impl Text {
    /// Chinese and English, one line each; what is empty is left out.
    #[must_use]
    pub fn in_both(&self) -> String {
        let lines: Vec<&str> = [self.zh.trim(), self.en.trim()]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    }
}

impl Shelf {
    /// Puts the newest versions on a shelf.
    #[must_use]
    pub fn new(newest: Vec<Arc<Sop>>) -> Self {
        Self(newest)
    }

    /// The procedure for a scenario: its own, else the default one.
    #[must_use]
    pub fn choose(&self, scenario: &str) -> Option<&Arc<Sop>> {
        self.0
            .iter()
            .find(|sop| sop.scenarios.iter().any(|own| own == scenario))
            .or_else(|| self.get(DEFAULT))
    }

    /// The procedure with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Sop>> {
        self.0.iter().find(|sop| sop.name == name)
    }

    /// Every procedure in force.
    #[must_use]
    pub fn all(&self) -> &[Arc<Sop>] {
        &self.0
    }
}
