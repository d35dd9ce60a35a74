//! `orderwatch apply`: documents to the services that keep them, by kind.

mod policies;
mod rules;
pub(crate) mod sops;

use std::path::PathBuf;

use clap::Args;

use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::Failure;
use crate::manifest::{self, Document, Owner};
use crate::output;
use crate::progress::note;

/// What to apply.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file, a folder of YAML files, or `-` for standard input; may be
    /// given several times.
    #[arg(short, long = "filename", required = true)]
    filename: Vec<PathBuf>,
    /// Check everything, and say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Take the documents as the whole rule set: rules, thresholds and
    /// calendars that are not among them are dropped.
    #[arg(long)]
    replace: bool,
    /// Why, for the audit record.
    #[arg(long, default_value = "applied by hand")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

/// What is said along with every change.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) actor: String,
    pub(crate) reason: String,
    pub(crate) dry_run: bool,
    pub(crate) replace: bool,
}

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Configured,
    Unchanged,
    Dropped,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Configured => "configured",
            Change::Unchanged => "unchanged",
            Change::Dropped => "dropped",
        }
    }
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let documents = manifest::read(&arguments.filename)?;
    let intent = Intent {
        actor: arguments.actor.login(),
        reason: arguments.reason,
        dry_run: arguments.dry_run,
        replace: arguments.replace,
    };
    for document in documents
        .iter()
        .filter(|document| document.kind.owner() == Owner::File)
    {
        note(&format!(
            "{document} is not kept by a service: give it to import or replay with --mapping"
        ));
    }
    let suffix = if intent.dry_run { " (dry run)" } else { "" };
    for (name, change) in apply(&global.connection(), &documents, &intent).await? {
        output::line(&format!("{name} {}{suffix}", change.word()))?;
    }
    Ok(())
}

/// Applies documents, each kind where it is kept; answers what changed.
pub(crate) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Vec<(String, Change)>, Failure> {
    let of = |service| {
        let owned = documents
            .iter()
            .filter(|document| document.kind.owner() == Owner::Service(service));
        owned.cloned().collect::<Vec<_>>()
    };
    let mut changes = Vec::new();
    let rules = of(Service::RuleEvaluation);
    if !rules.is_empty() {
        changes.extend(rules::apply(connection, &rules, intent).await?);
    }
    let sops = of(Service::Ticketing);
    if !sops.is_empty() {
        changes.extend(sops::apply(connection, &sops, intent).await?);
    }
    let policies = of(Service::EscalationNotifier);
    if !policies.is_empty() {
        changes.extend(policies::apply(connection, &policies, intent).await?);
    }
    Ok(changes)
}

/// Whether no rule set was ever applied.
pub(crate) async fn has_no_rules(connection: &Connection) -> Result<bool, Failure> {
    let present = rules::in_force(connection).await?;
    Ok(present
        .rule_set
        .is_none_or(|set| set.number == 0 || set.rules == 0))
}

/// The procedure that ticketing falls back on, in force from its first start.
const BUILT_IN_SOP: &str = "default";

/// Whether no procedure was ever applied.
pub(crate) async fn has_no_sops(connection: &Connection) -> Result<bool, Failure> {
    let present = sops::in_force(connection).await?;
    Ok(present.iter().all(|sop| sop.name == BUILT_IN_SOP))
}

/// Whether no policy was ever applied.
pub(crate) async fn has_no_policies(connection: &Connection) -> Result<bool, Failure> {
    Ok(policies::in_force(connection)
        .await?
        .resources_yaml
        .trim()
        .is_empty())
}

/// Compares new documents with those in force.
fn compare(new: &[Document], in_force: &[Document], replace: bool) -> Vec<(String, Change)> {
    let mut changes: Vec<_> = new
        .iter()
        .map(|document| {
            let change = match in_force.iter().find(|old| old.is_of(document)) {
                None => Change::Created,
                Some(old) if old.content == document.content => Change::Unchanged,
                Some(_) => Change::Configured,
            };
            (document.to_string(), change)
        })
        .collect();
    if replace {
        let gone = in_force
            .iter()
            .filter(|old| !new.iter().any(|document| document.is_of(old)));
        changes.extend(gone.map(|old| (old.to_string(), Change::Dropped)));
    }
    changes
}
