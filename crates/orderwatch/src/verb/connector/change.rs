//! `orderwatch connector apply`, `pause`, `resume` and `delete`.

use std::path::PathBuf;

use clap::Args;
use contracts::ingest::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::word;

/// What to put in force.
#[derive(Debug, Args)]
pub(super) struct Apply {
    /// The connector's file.
    file: PathBuf,
    /// What this installation fills in; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Etag of the connector that was seen, or "none" when there was none: refused when it is
    /// another one by now.
    #[arg(long, default_value = "", hide_default_value = true)]
    etag: String,
    /// Check everything, and say what would change.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the audit record.
    #[arg(long, default_value = "applied by hand")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

/// Which connector, and why.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its name.
    name: String,
    /// Why, for the audit record.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

/// Reads `NAME=VALUE`.
pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

pub(super) async fn apply(global: &Global, arguments: Apply) -> Result<(), Failure> {
    let read = super::read_one(&arguments.file)?;
    let connection = global.connection();
    let request = wire::ApplyConnectorRequest {
        connector_yaml: read.text,
        parameters: arguments.parameters.into_iter().collect(),
        actor: arguments.actor.login(),
        reason: arguments.reason,
        etag: arguments.etag,
        dry_run: arguments.dry_run,
    };
    let answer = connection
        .connectors()
        .call(request, async |mut client, request| {
            client.apply_connector(request).await
        })
        .await?;
    for warning in &answer.warnings {
        note(&format!("warning: {warning}"));
    }
    let outcome = word(answer.outcome().as_str_name(), "RESOURCE_OUTCOME");
    let suffix = if arguments.dry_run { " (dry run)" } else { "" };
    output::line(&format!("connector/{} {outcome}{suffix}", answer.name))
}

pub(super) async fn pause(global: &Global, named: Named) -> Result<(), Failure> {
    let connection = global.connection();
    let request = wire::PauseConnectorRequest {
        actor: named.actor.login(),
        name: named.name.clone(),
        reason: named.reason,
    };
    let answer = connection
        .connectors()
        .call(request, async |mut client, request| {
            client.pause_connector(request).await
        })
        .await?;
    said(
        &named.name,
        if answer.unchanged {
            "unchanged"
        } else {
            "paused"
        },
    )
}

pub(super) async fn resume(global: &Global, named: Named) -> Result<(), Failure> {
    let connection = global.connection();
    let request = wire::ResumeConnectorRequest {
        actor: named.actor.login(),
        name: named.name.clone(),
        reason: named.reason,
    };
    let answer = connection
        .connectors()
        .call(request, async |mut client, request| {
            client.resume_connector(request).await
        })
        .await?;
    said(
        &named.name,
        if answer.unchanged {
            "unchanged"
        } else {
            "resumed"
        },
    )
}

pub(super) async fn delete(global: &Global, named: Named) -> Result<(), Failure> {
    let connection = global.connection();
    let request = wire::DeleteConnectorRequest {
        actor: named.actor.login(),
        name: named.name.clone(),
        reason: named.reason,
        etag: String::new(),
    };
    connection
        .connectors()
        .call(request, async |mut client, request| {
            client.delete_connector(request).await
        })
        .await?;
    said(&named.name, "deleted")
}

fn said(name: &str, what: &str) -> Result<(), Failure> {
    output::line(&format!("connector/{name} {what}"))
}
