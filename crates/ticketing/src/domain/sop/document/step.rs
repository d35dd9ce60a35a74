//! Steps as they are written.

use serde::Deserialize;

use super::{
    Fault, NAME,
    automation::{self, AutomationSpec},
    fault, is_name, unique,
};
use crate::domain::{
    field::{Field, FieldKind},
    holder::Holder,
    roster::TeamOf,
    sop::{DEFAULT, Mandatory, Outcome, Sop, Step, Terms, Text, mandatory},
    span::Span,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StepSpec {
    name: String,
    title: Text,
    #[serde(default)]
    instructions: Text,
    department: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    team_of: Option<TeamOf>,
    #[serde(default)]
    assignee: String,
    expected: String,
    #[serde(default)]
    calendar: Option<String>,
    #[serde(default)]
    reminder: Option<String>,
    #[serde(default = "unless_said_otherwise", with = "mandatory")]
    mandatory: Mandatory,
    #[serde(default)]
    fields: Vec<Field>,
    #[serde(default)]
    outcomes: Vec<OutcomeSpec>,
    #[serde(default)]
    joins: bool,
    #[serde(default)]
    automation: Option<AutomationSpec>,
    #[serde(default)]
    done_when: Option<String>,
    #[serde(default)]
    skills: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeSpec {
    name: String,
    #[serde(default)]
    title: Text,
    next: Option<Vec<String>>,
}

fn unless_said_otherwise() -> Mandatory {
    Mandatory::Yes
}

/// Builds the steps; those with faults are left out.
pub(super) fn build(specs: Vec<StepSpec>, place: &str, faults: &mut Vec<Fault>) -> Vec<Step> {
    let names: Vec<String> = specs.iter().map(|step| step.name.clone()).collect();
    unique(names.iter().map(String::as_str), place, faults);
    let before = faults.len();
    let steps: Vec<Step> = specs
        .into_iter()
        .enumerate()
        .filter_map(|(index, spec)| {
            let place = format!("{place}[{index}]");
            spec.build(index, &names, &place, faults)
        })
        .collect();
    if faults.len() == before {
        check_ways(&steps, place, faults);
    }
    steps
}

impl StepSpec {
    fn build(
        self,
        index: usize,
        names: &[String],
        place: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<Step> {
        if !is_name(&self.name) {
            faults.push(fault(format!("{place}.name"), NAME));
        }
        if self.title.en.trim().is_empty() && self.title.zh.trim().is_empty() {
            let what = "must be said in English (en) or Chinese (zh)";
            faults.push(fault(format!("{place}.title"), what));
        }
        if self.team_of.is_some() && !self.team.is_empty() {
            let what = "cannot stand beside team: either the order decides, or you do";
            faults.push(fault(format!("{place}.teamOf"), what));
        }
        let mut read = |key: &str, text: &str| {
            text.parse::<Span>()
                .map_err(|error| faults.push(fault(format!("{place}.{key}"), error)))
                .ok()
        };
        let expected = read("expected", &self.expected);
        let reminder = self.reminder.as_deref();
        let reminder = reminder.and_then(|text| read("reminder", text));
        let holder = Holder::new(&self.department, &self.assignee)
            .map_err(|error| faults.push(fault(format!("{place}.department"), error)));
        check_fields(&self.fields, &format!("{place}.fields"), faults);
        let automation = self.automation.and_then(|it| it.build(place, faults));
        let skills = format!("{place}.skills");
        unique(self.skills.iter().map(String::as_str), &skills, faults);
        let outcomes = outcomes(self.outcomes, index, names, place, faults);
        let step = Step {
            name: self.name,
            title: self.title,
            instructions: self.instructions,
            holder: holder.ok()?.with_team(&self.team),
            team_of: self.team_of,
            expected: expected?,
            calendar: self.calendar,
            reminder,
            mandatory: self.mandatory,
            fields: self.fields,
            outcomes,
            joins: self.joins,
            automation,
            done_when: self.done_when,
            skills: self.skills,
        };
        automation::check(&step, place, faults);
        Some(step)
    }
}

fn outcomes(
    specs: Vec<OutcomeSpec>,
    step: usize,
    names: &[String],
    place: &str,
    faults: &mut Vec<Fault>,
) -> Vec<Outcome> {
    let place = format!("{place}.outcomes");
    unique(specs.iter().map(|it| it.name.as_str()), &place, faults);
    let specs = specs.into_iter().enumerate();
    let outcome = |(index, spec): (usize, OutcomeSpec)| {
        let place = format!("{place}[{index}]");
        if !is_name(&spec.name) {
            faults.push(fault(format!("{place}.name"), NAME));
        }
        let next = match spec.next {
            None => (step + 1..names.len()).take(1).collect(),
            Some(next) => positions(&next, names, &format!("{place}.next"), faults),
        };
        Outcome {
            name: spec.name,
            title: spec.title,
            next,
        }
    };
    specs.map(outcome).collect()
}

fn positions(
    wanted: &[String],
    names: &[String],
    place: &str,
    faults: &mut Vec<Fault>,
) -> Vec<usize> {
    let position = |name: &String| {
        let found = names.iter().position(|candidate| candidate == name);
        if found.is_none() {
            let what = format!(
                "there is no step `{name}`; the steps are {}",
                names.join(", ")
            );
            faults.push(fault(place, what));
        }
        found
    };
    wanted.iter().filter_map(position).collect()
}

fn check_fields(fields: &[Field], place: &str, faults: &mut Vec<Fault>) {
    unique(fields.iter().map(|it| it.name.as_str()), place, faults);
    for (index, field) in fields.iter().enumerate() {
        let mut add = |key: &str, what: &str| {
            faults.push(fault(format!("{place}[{index}].{key}"), what));
        };
        if !is_name(&field.name) {
            add("name", NAME);
        }
        let is_choice = field.kind == FieldKind::Choice;
        if is_choice == field.choices.is_empty() {
            add("choices", "must be there for kind choice, and for no other");
        }
        let is_number = field.kind == FieldKind::Number;
        if !is_number && (field.min.is_some() || field.max.is_some()) {
            add("min", "is for numbers only, as is max");
        }
        if field.min.zip(field.max).is_some_and(|(min, max)| min > max) {
            add("max", "must not be less than min");
        }
    }
}

/// Every step can be reached, and there is a way to an end from each.
fn check_ways(steps: &[Step], place: &str, faults: &mut Vec<Fault>) {
    let procedure = Sop {
        name: DEFAULT.to_owned(),
        version: 0,
        scenarios: Vec::new(),
        terms: Terms::default(),
        steps: steps.to_vec(),
    };
    let reached: Vec<usize> = procedure.reached(&[0]).collect();
    for index in (1..steps.len()).filter(|index| !reached.contains(index)) {
        let what = "no way leads to it: name it in the next of an outcome";
        faults.push(fault(format!("{place}[{index}]"), what));
    }
    let ends = |step: usize| match &steps[step].outcomes[..] {
        [] => step + 1 == steps.len(),
        outcomes => outcomes.iter().any(|outcome| outcome.next.is_empty()),
    };
    for index in 0..steps.len() {
        let has_end = ends(index) || procedure.reached(&[index]).any(ends);
        if !has_end {
            let what = "no way leads from it to an end: some outcome must have `next: []`";
            faults.push(fault(format!("{place}[{index}].outcomes"), what));
        }
    }
}
