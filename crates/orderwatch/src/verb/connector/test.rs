//! `orderwatch connector test`: payloads held against connectors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use ingest::trial::Outcome;
use serde::Serialize;

use super::{Read, change::parameter};
use crate::cli::Global;
use crate::failure::{Exit, Failure};
use crate::fixture::{self, Case, Fixture};
use crate::manifest;
use crate::output::{self, Row};
use crate::progress::note;
use crate::resource::Fact;

/// Folder beside the connectors that holds their fixtures.
const FIXTURES: &str = "fixtures";

/// What to hold against what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The connector's file, or folders of connectors.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A file or folder of fixtures, or a file with what the vendor answers or sends, whose
    /// facts are shown; without it, the folder `fixtures` beside the connectors.
    #[arg(long, value_name = "FILE")]
    fixture: Vec<PathBuf>,
    /// The dataset that a payload is for.
    #[arg(long)]
    dataset: Option<String>,
    /// A header that came with a payload.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    header: Vec<(String, String)>,
    /// What an installation fills in.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

/// What became of one fixture.
#[derive(Debug, Serialize)]
struct Held {
    connector: String,
    fixture: String,
    dataset: String,
    holds: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<String>,
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<(), Failure> {
    let connectors = super::read(&arguments.files)?;
    let (fixtures, payloads) = fixtures(arguments)?;
    if let Some(payload) = payloads.first() {
        let [connector] = connectors.as_slice() else {
            return Err(Failure::invalid("a payload is for one connector"));
        };
        return show(global, connector, payload, arguments);
    }
    hold(global, &connectors, &fixtures)
}

/// The fixtures that are named, or stand beside the connectors; and payloads that are none.
fn fixtures(arguments: &Arguments) -> Result<(Vec<Fixture>, Vec<PathBuf>), Failure> {
    let named: Vec<PathBuf> = match arguments.fixture.as_slice() {
        [] => arguments
            .files
            .iter()
            .filter_map(|file| beside(file))
            .collect(),
        named => named.to_vec(),
    };
    let is_payload = |path: &PathBuf| {
        arguments.dataset.is_some() || !(path.is_dir() || manifest::holds_documents(path))
    };
    let (payloads, documents): (Vec<_>, Vec<_>) = named.into_iter().partition(is_payload);
    let fixtures = fixture::read(&manifest::read(&documents)?).map_err(|faults| {
        let failure = Failure::invalid("fixtures have faults");
        faults.into_iter().fold(failure, Failure::detail)
    })?;
    Ok((fixtures, payloads))
}

fn beside(file: &Path) -> Option<PathBuf> {
    let folder = if file.is_dir() { file } else { file.parent()? };
    let folder = folder.join(FIXTURES);
    folder.is_dir().then_some(folder)
}

/// Shows the facts of a payload.
fn show(
    global: &Global,
    read: &Read,
    payload: &Path,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let connector = &read.connector;
    let Some(dataset) = &arguments.dataset else {
        let what = format!("{} says not which dataset it is for", payload.display());
        return Err(Failure::invalid(what).remedy("name it with --dataset"));
    };
    let headers: Vec<(String, String)> = arguments
        .header
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    let case = Case {
        given: fixture::given(connector, dataset, payload, &headers)?,
        dataset: dataset.clone(),
        now: None,
        since: None,
        parameters: arguments
            .parameters
            .iter()
            .cloned()
            .collect::<BTreeMap<_, _>>(),
    };
    let outcome = case.held(connector).map_err(|untried| {
        Failure::invalid(untried.to_string()).at(payload.display().to_string())
    })?;
    let facts: Vec<Fact> = outcome.facts.iter().map(Fact::from).collect();
    output::list(global.output, &facts)?;
    told(&outcome, payload)
}

fn told(outcome: &Outcome, payload: &Path) -> Result<(), Failure> {
    if outcome.is_passed_over {
        note("the call is passed over: `when` says that it is about something else");
    }
    if outcome.is_unanswered && outcome.requests.len() > 1 {
        note("the next page would be asked for");
    }
    if outcome.rejected.is_empty() && outcome.failure.is_none() {
        return Ok(());
    }
    let what = match &outcome.failure {
        Some(failure) => format!("{}: {failure}", failure.kind.code()),
        None => format!("{} records would be quarantined", outcome.rejected.len()),
    };
    let failure = Failure::invalid(what).at(payload.display().to_string());
    Err(outcome.rejected.iter().fold(failure, |failure, rejected| {
        let (rejection, sample) = (&rejected.rejection, &rejected.sample);
        failure.detail(format!("{rejection}\nin {sample}"))
    }))
}

/// Holds connectors against their fixtures.
fn hold(global: &Global, connectors: &[Read], fixtures: &[Fixture]) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut complaints = Vec::new();
    for read in connectors {
        let name = read.connector.name();
        let own: Vec<&Fixture> = fixtures
            .iter()
            .filter(|fixture| fixture.connector == name)
            .collect();
        if own.is_empty() {
            complaints.push(format!("{name}: there is no fixture"));
        }
        for fixture in own {
            let differences = fixture.differences(&read.connector);
            complaints.extend(
                differences
                    .iter()
                    .map(|difference| format!("{name}/{}: {difference}", fixture.name)),
            );
            rows.push(Held {
                connector: name.to_owned(),
                fixture: fixture.name.clone(),
                dataset: fixture.case.dataset.clone(),
                holds: differences.is_empty(),
                differences,
            });
        }
        for dataset in read.connector.mapping().datasets() {
            let is_tried = |fixture: &Fixture| {
                fixture.connector == name && dataset.matches(&fixture.case.dataset)
            };
            if !fixtures.iter().any(is_tried) {
                note(&format!(
                    "{name}: no fixture is for dataset `{}`",
                    dataset.file()
                ));
            }
        }
    }
    output::list(global.output, &rows)?;
    if complaints.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(
        Exit::Different,
        "connectors do not do what their fixtures say",
    );
    Err(complaints.into_iter().fold(failure, Failure::detail))
}

impl Row for Held {
    const COLUMNS: &'static [&'static str] = &["CONNECTOR", "FIXTURE", "DATASET", "HOLDS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.connector.clone(),
            self.fixture.clone(),
            self.dataset.clone(),
            if self.holds { "yes" } else { "NO" }.to_owned(),
        ]
    }
}
