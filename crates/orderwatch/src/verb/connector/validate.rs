//! `orderwatch connector validate`.

use std::path::PathBuf;

use ingest::connector::{Connector, Origin};
use ingest::mapping::Dataset;
use serde::Serialize;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{self, Row};
use crate::progress::note;

/// One dataset of a connector that is sound.
#[derive(Debug, Serialize)]
struct Sound {
    connector: String,
    dataset: String,
    kind: &'static str,
    sources: Vec<String>,
}

pub(super) fn run(global: &Global, files: &[PathBuf]) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for read in super::read(files)? {
        for warning in read.connector.warnings() {
            let (file, help) = (read.file.display(), &warning.help);
            note(&format!("warning: {file}: {warning}; {help}"));
        }
        let datasets = read.connector.mapping().datasets().iter();
        rows.extend(datasets.map(|dataset| sound(&read.connector, dataset)));
    }
    output::list(global.output, &rows)
}

fn sound(connector: &Connector, dataset: &Dataset) -> Sound {
    let name = dataset.file();
    let sources = connector.sources_of(name).into_iter();
    Sound {
        connector: connector.name().to_owned(),
        kind: match connector.feed(name).map(|feed| &feed.origin) {
            None => "file",
            Some(Origin::Poll(_)) => "poll",
            Some(Origin::Query(_)) => "query",
            Some(Origin::Webhook(_)) => "webhook",
        },
        sources: sources.map(|source| source.to_string()).collect(),
        dataset: name.to_owned(),
    }
}

impl Row for Sound {
    const COLUMNS: &'static [&'static str] = &["CONNECTOR", "DATASET", "KIND", "SOURCES"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.connector.clone(),
            self.dataset.clone(),
            self.kind.to_owned(),
            self.sources.join(", "),
        ]
    }
}
