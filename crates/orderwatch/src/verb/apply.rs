//! `orderwatch apply`: documents to the services that keep them, by kind.

mod policies;
pub(crate) mod rules;
pub(crate) mod sops;

use std::path::PathBuf;

use clap::Args;

use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::Failure;
use crate::manifest::{self, Document, Kind, Owner, split_text};
use crate::output;
use crate::progress::note;
use crate::verb::rule_set::{self, Outcome};

/// What to apply.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file of YAML or JSON documents, a folder of such files, a CSV list of
    /// exemptions, or `-` for standard input; may be given several times.
    #[arg(short, long = "filename", required = true)]
    filename: Vec<PathBuf>,
    /// Check everything, and say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Take the documents as the whole rule set: resources that are not among
    /// them are dropped.
    #[arg(long)]
    replace: bool,
    /// Rule set that the documents were made from: refused when any of their
    /// resources was changed since.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    based_on: i64,
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
    pub(crate) based_on: i64,
}

/// What became of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Configured,
    Unchanged,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Change::Created => "created",
            Change::Configured => "configured",
            Change::Unchanged => "unchanged",
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
        based_on: arguments.based_on,
    };
    pass_over(&documents);
    let suffix = if intent.dry_run { " (dry run)" } else { "" };
    let applied = apply(&global.connection(), &documents, &intent).await?;
    for (name, change) in applied.changes {
        output::line(&format!("{name} {change}{suffix}"))?;
    }
    if let Some(outcome) = applied.rules {
        outcome.explain(intent.dry_run);
    }
    Ok(())
}

/// Says which documents are for no service, and what they are for.
fn pass_over(documents: &[Document]) {
    for (kind, many, instead) in [
        (
            Kind::Connector,
            "connectors are not applied along with others, as each installation fills them in",
            "`orderwatch connector apply` puts one in force",
        ),
        (
            Kind::Fixture,
            "fixtures are not kept by a service",
            "hold connectors against them with `orderwatch connector test`",
        ),
        (
            Kind::Example,
            "worked examples are not kept by a service",
            "hold the rules against them with `orderwatch scenario test`",
        ),
    ] {
        let found = documents.iter().filter(|document| document.kind == kind);
        match found.count() {
            0 => {}
            count => note(&format!("{count} {many}: {instead}")),
        }
    }
}

/// What came of applying.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Each resource with what became of it.
    changes: Vec<(String, &'static str)>,
    /// What came of the rule set, when any of it was applied.
    rules: Option<Outcome>,
}

impl Applied {
    fn add(&mut self, changes: Vec<(String, Change)>) {
        let words = changes.into_iter();
        self.changes
            .extend(words.map(|(name, change)| (name, change.word())));
    }
}

/// Applies documents, each kind where it is kept; answers what changed.
pub(crate) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Applied, Failure> {
    let of = |service| {
        let owned = documents
            .iter()
            .filter(|document| document.kind.owner() == Owner::Service(service));
        owned.cloned().collect::<Vec<_>>()
    };
    let mut applied = Applied::default();
    let rules = of(Service::RuleEvaluation);
    if !rules.is_empty() {
        let outcome = rules::apply(connection, &rules, intent).await?;
        let changes = outcome.changes.iter();
        applied.changes.extend(
            changes.map(|change| (rule_set::name(change), rule_set::word(change.outcome()))),
        );
        applied.rules = Some(outcome);
    }
    // Procedures and policies count working time by the same calendars as rules do.
    let calendars = documents.iter().filter(|it| it.kind == Kind::Calendar);
    let mut sops = of(Service::Ticketing);
    sops.extend(calendars.clone().cloned());
    if !sops.is_empty() {
        applied.add(sops::apply(connection, &sops, intent).await?);
    }
    let mut policies = of(Service::EscalationNotifier);
    policies.extend(calendars.cloned());
    if !policies.is_empty() {
        applied.add(policies::apply(connection, &policies, intent).await?);
    }
    Ok(applied)
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
    let present = policies::in_force(connection).await?;
    Ok(split_text(&present.resources_yaml)
        .iter()
        .all(|document| document.kind == Kind::Calendar))
}
