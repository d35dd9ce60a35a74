//! What a folder holds, and whether its rules do what its examples say.

use std::path::{Path, PathBuf};

use rule_engine::example::{self, Example};
use rule_engine::{ResourceFault, RuleSet};
use serde::Serialize;
use ticketing::domain::sop::{Sop, document};

use super::lack;
use crate::failure::{Exit, Failure};
use crate::manifest::{self, Document, Kind, Owner, join};
use crate::output::Row;
use crate::server::Service;

/// Folder beside those of the scenarios that holds what they share.
const SHARED: &str = "calendars";

/// One scenario, read and sound.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) name: String,
    /// Its own rules and what they name.
    pub(crate) rule_set: RuleSet,
    pub(crate) sops: Vec<Sop>,
    pub(crate) examples: Vec<Example>,
}

/// What became of the examples of one scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    scenario: String,
    examples: Vec<Held>,
    /// What the folder must have and has not.
    lacks: Vec<String>,
}

/// What became of one example.
#[derive(Debug, Serialize)]
struct Held {
    name: String,
    description: String,
    held: bool,
    differences: Vec<String>,
}

/// The scenarios that a path means: the folder itself, or those in it.
///
/// # Errors
///
/// When the folder cannot be read, or there is no YAML in it.
pub(crate) fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::file(path, "read", &error);
    let mut inner = Vec::new();
    let mut has_documents = false;
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        has_documents |= manifest::holds_documents(&entry);
        if entry.is_dir() {
            inner.push(entry);
        }
    }
    inner.sort();
    match (has_documents, inner.is_empty()) {
        (true, _) => Ok(vec![path.to_owned()]),
        (false, false) => Ok(inner),
        (false, true) => {
            let what = format!("there is no scenario in {}", path.display());
            Err(Failure::new(Exit::NotFound, what)
                .remedy("make one with `orderwatch scenario new NAME`"))
        }
    }
}

impl Folder {
    /// Reads a folder, with what it shares with others: the folder `calendars` beside the one it
    /// stands in, and `with`.
    ///
    /// # Errors
    ///
    /// Every fault of its documents, each with its place.
    pub(crate) fn read(path: &Path, with: &[PathBuf]) -> Result<Self, Failure> {
        let path = &path
            .canonicalize()
            .map_err(|error| Failure::file(path, "read", &error))?;
        let name = path.file_name().unwrap_or_default().display().to_string();
        let mut shared: Vec<_> = path
            .ancestors()
            .nth(2)
            .map(|above| above.join(SHARED))
            .filter(|beside| beside.is_dir())
            .into_iter()
            .collect();
        shared.extend(with.iter().cloned());
        let own = manifest::read(std::slice::from_ref(path))?;
        let mut documents = own.clone();
        let foreign = manifest::read(&shared)?.into_iter();
        documents.extend(foreign.filter(|document| !own.iter().any(|own| own.is_of(document))));
        let of = |wanted: &dyn Fn(Kind) -> bool| -> Vec<Document> {
            let found = documents.iter().filter(|document| wanted(document.kind));
            found.cloned().collect()
        };
        let rules = of(&|kind| kind.owner() == Owner::Service(Service::RuleEvaluation));
        let rule_set = RuleSet::parse(1, &join(&rules))
            .map_err(|faults| placed(&name, faults.iter(), &documents))?;
        let sops = of(&|kind| kind == Kind::Sop);
        let sops = if sops.is_empty() {
            Vec::new()
        } else {
            let read = document::parse(&join(&sops)).map_err(|faults| {
                let failure = Failure::invalid(format!("the procedure of {name} has faults"));
                let told = faults.0.iter().map(ToString::to_string);
                told.fold(failure, Failure::detail)
            })?;
            read.sops
        };
        let examples = of(&|kind| kind == Kind::Example);
        let examples = example::read(&join(&examples), rule_set.catalogue())
            .map_err(|faults| placed(&name, faults.iter(), &documents))?;
        Ok(Self {
            name,
            rule_set,
            sops,
            examples,
        })
    }

    /// Holds the rules against every example, and looks for what is not there.
    pub(crate) fn test(&self) -> Outcome {
        let examples = self.examples.iter().map(|example| {
            let differences = example.differences(&self.rule_set);
            Held {
                name: example.name.clone(),
                description: example.description_en.clone(),
                held: differences.is_empty(),
                differences: differences.iter().map(ToString::to_string).collect(),
            }
        });
        Outcome {
            scenario: self.name.clone(),
            examples: examples.collect(),
            lacks: lack::of(self),
        }
    }
}

/// The engine knows documents by name only; people look for them in files.
fn placed<'f>(
    name: &str,
    faults: impl Iterator<Item = &'f ResourceFault>,
    documents: &[Document],
) -> Failure {
    let failure = Failure::invalid(format!("scenario {name} has faults"));
    faults.fold(failure, |failure, fault| {
        let of_name = |document: &&Document| {
            fault.resource == format!("{}/{}", document.kind.word(), document.name)
        };
        failure.detail(match documents.iter().find(of_name) {
            Some(document) => format!("{}: {fault}", document.place),
            None => fault.to_string(),
        })
    })
}

impl Outcome {
    /// What keeps it from being sound, one line each.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let differences = self.examples.iter().flat_map(|example| {
            let told = example.differences.iter();
            told.map(|told| format!("{}/{}: {told}", self.scenario, example.name))
        });
        let lacks = self.lacks.iter();
        differences
            .chain(lacks.map(|lack| format!("{}: {lack}", self.scenario)))
            .collect()
    }
}

impl Row for Outcome {
    const COLUMNS: &'static [&'static str] = &["SCENARIO", "EXAMPLES", "HOLD", "LACKS"];

    fn cells(&self) -> Vec<String> {
        let held = self.examples.iter().filter(|example| example.held).count();
        vec![
            self.scenario.clone(),
            self.examples.len().to_string(),
            held.to_string(),
            self.lacks.len().to_string(),
        ]
    }
}
