//! `orderwatch escalation`: running escalations.

use clap::{Args, Subcommand};
use contracts::escalation::v1::MigrateEscalationsRequest;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::MigratedEscalation;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Put running escalations under the policies in force; without it each
    /// keeps the policy that its ticket was opened under.
    Migrate(Migrate),
}

#[derive(Debug, Args)]
struct Migrate {
    /// Only of tickets of which this holds, such as 'severity >= high'.
    #[arg(short, long = "matcher", value_name = "MATCHER")]
    matchers: Vec<String>,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Only say what would change.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    actor: Actor,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let Verb::Migrate(migrate) = arguments.verb;
    let request = MigrateEscalationsRequest {
        matchers: migrate.matchers,
        actor: migrate.actor.login(),
        reason: migrate.reason,
        dry_run: migrate.dry_run,
    };
    let connection = global.connection();
    let answer = connection
        .explanations()
        .call(request, async |mut client, request| {
            client.migrate_escalations(request).await
        })
        .await?;
    let changes = if migrate.dry_run {
        "would change"
    } else {
        "changed"
    };
    note(&format!("{changes} {} running escalations", answer.total));
    let rows: Vec<MigratedEscalation> = answer.escalations.into_iter().map(Into::into).collect();
    output::list(global.output, &rows)
}
