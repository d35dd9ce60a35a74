//! `orderwatch connector`: connectors tried here, and put in force and run where ingest runs.

mod change;
mod run;
mod test;
mod validate;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use contracts::ingest::v1::GetConnectorRequest;
use ingest::connector::Connector;
use order::Catalogue;

use crate::cli::Global;
use crate::failure::Failure;
use crate::manifest::{self, Document, Kind};
use crate::{output, resource};

/// What to do with which connector.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Check documents, without any server.
    Validate {
        /// Files, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the facts of a payload, or hold connectors against fixtures, without any server.
    Test(test::Arguments),
    /// Put a connector in force.
    Apply(change::Apply),
    /// Show a connector in force.
    Show {
        /// Its name.
        name: String,
    },
    /// Run nothing of a connector until it is resumed.
    Pause(change::Named),
    /// Run a connector again.
    Resume(change::Named),
    /// Forget a connector and how far it was read. Its facts stay.
    Delete(change::Named),
    /// Run one dataset now.
    Run(run::Run),
    /// Read what changed within a stretch of time once more.
    Backfill(run::Backfill),
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.act {
        Act::Validate { files } => validate::run(global, &files),
        Act::Test(arguments) => test::run(global, &arguments),
        Act::Apply(apply) => change::apply(global, apply).await,
        Act::Show { name } => show(global, name).await,
        Act::Pause(named) => change::pause(global, named).await,
        Act::Resume(named) => change::resume(global, named).await,
        Act::Delete(named) => change::delete(global, named).await,
        Act::Run(run) => run::run(global, run).await,
        Act::Backfill(backfill) => run::backfill(global, backfill).await,
    }
}

async fn show(global: &Global, name: String) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .connectors()
        .call(GetConnectorRequest { name }, async |mut client, request| {
            client.get_connector(request).await
        })
        .await?;
    output::document(global.output, &resource::Connector::from(answer))
}

/// A connector with the file that it stands in.
struct Read {
    connector: Connector,
    file: PathBuf,
    text: String,
}

/// Reads every connector of files and folders.
///
/// # Errors
///
/// Every fault of every document, with file, line and column.
fn read(paths: &[PathBuf]) -> Result<Vec<Read>, Failure> {
    let documents = manifest::read(paths)?;
    let (mut connectors, mut faults) = (Vec::new(), Vec::new());
    for document in documents {
        if document.kind != Kind::Connector {
            continue;
        }
        match parsed(&document) {
            Ok(connector) => connectors.push(Read {
                connector,
                file: PathBuf::from(file_of(&document.place).0),
                text: document.text,
            }),
            Err(found) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        let failure = Failure::invalid("connectors have faults");
        return Err(faults.into_iter().fold(failure, Failure::detail));
    }
    if connectors.is_empty() {
        let shown: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let what = format!("there is no connector in {}", shown.join(", "));
        return Err(Failure::invalid(what));
    }
    Ok(connectors)
}

/// Reads the one connector of a file.
fn read_one(file: &Path) -> Result<Read, Failure> {
    let mut connectors = read(&[file.to_owned()])?;
    if connectors.len() > 1 {
        let what = format!(
            "there are {} connectors in {}",
            connectors.len(),
            file.display()
        );
        return Err(Failure::invalid(what).remedy("name a file with one"));
    }
    Ok(connectors.remove(0))
}

fn parsed(document: &Document) -> Result<Connector, Vec<String>> {
    let connector = Connector::parse(&document.text, Arc::new(Catalogue::standard()));
    connector.map_err(|faults| {
        let (file, begins) = file_of(&document.place);
        let told = faults.into_iter().map(|fault| {
            let line = fault.place.line.max(1) + begins - 1;
            let help = match fault.help.as_str() {
                "" => String::new(),
                help => format!("; {help}"),
            };
            let (column, path, message) = (fault.place.column, fault.path, fault.message);
            format!("{file}:{line}:{column}: {path}: {message}{help}")
        });
        told.collect()
    })
}

/// File and line at which a document begins.
fn file_of(place: &str) -> (&str, usize) {
    match place.rsplit_once(':') {
        Some((file, line)) => (file, line.parse().unwrap_or(1)),
        None => (place, 1),
    }
}
