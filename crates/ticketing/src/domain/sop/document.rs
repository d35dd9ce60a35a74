//! Documents as operations people write them: procedures, and the calendars and teams that these
//! go by.

mod automation;
mod fault;
mod step;
mod terms;

use std::collections::{BTreeMap, HashSet};

use calendar::CalendarSpec;
use rule_engine::documents;
use serde::{Deserialize, de::DeserializeOwned};

pub(crate) use fault::fault;
pub use fault::{Fault, Faults};

use super::{DEFAULT, Sop};
use crate::domain::roster::Team;
use step::StepSpec;
use terms::{HandOverSpec, PauseSpec, RemindersSpec, SlaSpec, TermsSpec};

const API_VERSION: &str = "orderwatch/v1";
/// More steps than anybody follows.
const MOST_STEPS: usize = 64;

/// The procedure that a fresh installation starts with.
pub const BUILT_IN: &str = include_str!("default.yaml");

/// What some documents say, each by its name.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Procedures, of version 0.
    pub sops: Vec<Sop>,
    /// Calendars.
    pub calendars: BTreeMap<String, CalendarSpec>,
    /// Teams.
    pub teams: BTreeMap<String, Team>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope<S> {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "metadata")]
    _metadata: Metadata,
    spec: S,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    #[serde(rename = "name")]
    _name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SopSpec {
    #[serde(default)]
    scenarios: Vec<String>,
    #[serde(default)]
    sla: SlaSpec,
    #[serde(default)]
    pauses: Vec<PauseSpec>,
    #[serde(default)]
    hand_over: HandOverSpec,
    #[serde(default)]
    reminders: RemindersSpec,
    #[serde(default)]
    snooze: Option<String>,
    steps: Vec<StepSpec>,
}

/// Reads a stream of YAML documents.
///
/// # Errors
/// [`Faults`] names everything that is wrong in any of them.
pub fn parse(yaml: &str) -> Result<Resources, Faults> {
    let mut faults = Vec::new();
    let mut resources = Resources::default();
    let pieces = documents::cut(yaml);
    if pieces.is_empty() {
        faults.push(fault("resources", "there is no document"));
    }
    let mut seen = HashSet::new();
    for piece in pieces {
        match piece.document {
            Ok(document) => {
                let key = document.key().clone();
                if piece.version != API_VERSION {
                    let what = format!("must be {API_VERSION}");
                    faults.push(fault(place(key.kind(), key.name(), "apiVersion"), what));
                }
                if !seen.insert(key) {
                    faults.push(fault(document.key().to_string(), "is there twice"));
                }
                resources.take(&document, &mut faults);
            }
            Err(error) => faults.push(fault(format!("line {}", piece.line), error)),
        }
    }
    Faults::unless_none(faults).map(|()| resources)
}

/// Finds scenarios that two of the procedures claim.
///
/// # Errors
/// [`Faults`] names each such scenario and its claimants.
pub fn without_rivals<'a>(sops: impl Iterator<Item = &'a Sop> + Clone) -> Result<(), Faults> {
    let mut faults = Vec::new();
    let claims = sops.flat_map(|sop| sop.scenarios.iter().map(move |scenario| (scenario, sop)));
    let mut claimed = BTreeMap::<&str, &str>::new();
    for (scenario, sop) in claims {
        if let Some(rival) = claimed.insert(scenario, &sop.name) {
            let what = format!("scenario `{scenario}` already belongs to sop `{rival}`");
            faults.push(fault(place("Sop", &sop.name, "spec.scenarios"), what));
        }
    }
    Faults::unless_none(faults)
}

impl Resources {
    fn take(&mut self, document: &documents::Document, faults: &mut Vec<Fault>) {
        let (kind, name) = (document.key().kind(), document.key().name());
        if !is_name(name) {
            faults.push(fault(place(kind, name, "metadata.name"), NAME));
        }
        match kind {
            "Sop" => {
                if let Some(spec) = read::<SopSpec>(document, faults) {
                    self.sops.push(sop(name, spec, faults));
                }
            }
            "Calendar" => {
                let Some(spec) = read::<CalendarSpec>(document, faults) else {
                    return;
                };
                for error in spec.build().err().into_iter().flatten() {
                    faults.push(fault(place(kind, name, "spec"), error));
                }
                self.calendars.insert(name.to_owned(), spec);
            }
            "Team" => {
                if let Some(team) = read::<Team>(document, faults) {
                    check_team(name, &team, faults);
                    self.teams.insert(name.to_owned(), team);
                }
            }
            other => {
                let what = format!("must be Sop, Calendar or Team, not {other}");
                faults.push(fault(place(kind, name, "kind"), what));
            }
        }
    }
}

fn read<S: DeserializeOwned>(document: &documents::Document, faults: &mut Vec<Fault>) -> Option<S> {
    serde_norway::from_str::<Envelope<S>>(document.text())
        .map(|envelope| envelope.spec)
        .map_err(|error| faults.push(fault(document.key().to_string(), error)))
        .ok()
}

fn sop(name: &str, spec: SopSpec, faults: &mut Vec<Fault>) -> Sop {
    let place = |rest: &str| place("Sop", name, rest);
    match spec.steps.len() {
        0 => faults.push(fault(place("spec.steps"), "must hold at least one step")),
        1..=MOST_STEPS => {}
        _ => {
            let what = format!("must hold at most {MOST_STEPS} steps");
            faults.push(fault(place("spec.steps"), what));
        }
    }
    if name == DEFAULT && !spec.scenarios.is_empty() {
        let what = "must be empty: this sop is for every scenario without its own";
        faults.push(fault(place("spec.scenarios"), what));
    }
    let scenarios = spec.scenarios.iter().map(String::as_str);
    unique(scenarios, &place("spec.scenarios"), faults);
    let terms = TermsSpec {
        sla: spec.sla,
        pauses: spec.pauses,
        hand_over: spec.hand_over,
        reminders: spec.reminders,
        snooze: spec.snooze,
    };
    Sop {
        name: name.to_owned(),
        version: 0,
        terms: terms.build(&place("spec"), faults),
        steps: step::build(spec.steps, &place("spec.steps"), faults),
        scenarios: spec.scenarios,
    }
}

fn check_team(name: &str, team: &Team, faults: &mut Vec<Fault>) {
    let place = |rest: &str| place("Team", name, rest);
    if team.department.trim().is_empty() {
        faults.push(fault(place("spec.department"), "must name a department"));
    }
    if !team.has(&team.lead) {
        let what = format!("`{}` must be one of the members", team.lead);
        faults.push(fault(place("spec.lead"), what));
    }
    let logins = team.members.iter().map(|member| member.login.as_str());
    unique(logins, &place("spec.members"), faults);
    for (index, member) in team.members.iter().enumerate() {
        if member.login.trim().is_empty() {
            let place = place(&format!("spec.members[{index}].login"));
            faults.push(fault(place, "must not be empty"));
        }
    }
}

fn place(kind: &str, name: &str, rest: &str) -> String {
    format!("{kind}/{name}: {rest}")
}

const NAME: &str = "must be lower-case letters, digits and hyphens, at most 63";

fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn unique<'a>(names: impl Iterator<Item = &'a str>, place: &str, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    for name in names.filter(|name| !seen.insert(*name)) {
        faults.push(fault(place, format!("`{name}` is there twice")));
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
