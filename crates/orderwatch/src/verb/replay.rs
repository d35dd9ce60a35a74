//! `orderwatch replay`: a folder of history in event time. Its sources are
//! declared as waited for, so no verdict is given before everything is there;
//! then their watermarks move, and everything is judged as it would have been
//! at the time.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::{AdvanceWatermarkRequest, DeclareSourceRequest};

use super::import::PATIENCE;
use crate::cli::Global;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::intake::{Checker, Plan, send};
use crate::judgement;
use crate::output;
use crate::progress::note;
use crate::time::{parse_instant, timestamp};

/// How long the judgement may stand still before it is given up.
const STANDSTILL: Duration = PATIENCE;

/// What to replay.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The mapping file, of kind Connector.
    #[arg(short, long)]
    mapping: PathBuf,
    /// The folder that holds every file of the mapping.
    folder: PathBuf,
    /// The instant through which the history is complete. Without it, the history
    /// is all that there is, and nobody waits for more of it.
    #[arg(long, value_parser = parse_instant)]
    until: Option<DateTime<Utc>>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection_with(PATIENCE);
    let plan = Plan::of_folder(
        &Checker::Service(&connection),
        &arguments.mapping,
        &arguments.folder,
    )
    .await?;
    for source in &plan.sources {
        declare(&connection, source, WatermarkMode::Stated).await?;
    }
    let summary = send(&connection, &plan).await?;
    for source in &plan.sources {
        match arguments.until {
            Some(until) => advance(&connection, &source.source, until).await?,
            None => declare(&connection, source, WatermarkMode::Live).await?,
        }
    }
    let progress = judgement::finished(&connection, STANDSTILL).await?;
    note(&format!(
        "judged: {} orders, {} exceptions under rule set {}",
        progress.orders, progress.exceptions, progress.rule_set
    ));
    output::one(global.output, &summary)
}

async fn declare(
    connection: &Connection,
    source: &SourceDeclaration,
    mode: WatermarkMode,
) -> Result<(), Failure> {
    let declaration = SourceDeclaration {
        mode: mode.into(),
        patience: None,
        late_after: None,
        ..source.clone()
    };
    connection
        .ingest()
        .insist(
            DeclareSourceRequest {
                declaration: Some(declaration),
            },
            async |mut client, request| client.declare_source(request).await,
        )
        .await?;
    Ok(())
}

async fn advance(
    connection: &Connection,
    source: &str,
    until: DateTime<Utc>,
) -> Result<(), Failure> {
    let request = AdvanceWatermarkRequest {
        source: source.to_owned(),
        watermark: Some(timestamp(until)),
    };
    connection
        .ingest()
        .insist(request, async |mut client, request| {
            client.advance_watermark(request).await
        })
        .await?;
    Ok(())
}
