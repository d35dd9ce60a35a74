//! `orderwatch replay`: a folder of history in event time. Its sources are
//! declared as waited for, so no verdict is given before everything is there;
//! then their watermarks move, and everything is judged as it would have been
//! at the time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use clap::Args;
use contracts::fact::v1::{SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::{AdvanceWatermarkRequest, DeclareSourceRequest};
use contracts::rules::v1::{GetProgressRequest, GetProgressResponse};

use super::import::PATIENCE;
use crate::cli::Global;
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::intake::{Plan, send};
use crate::output;
use crate::progress::{Progress, note};
use crate::time::{parse_instant, timestamp};

/// How often the judgement is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks in a row that must find nothing left.
const QUIET_LOOKS: u32 = 3;
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
    let plan = Plan::of_folder(&connection, &arguments.mapping, &arguments.folder).await?;
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
    let progress = judged(&connection).await?;
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
        ..source.clone()
    };
    connection
        .insist(
            Service::Ingest,
            &connection.ingest(),
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
        .insist(
            Service::Ingest,
            &connection.ingest(),
            request,
            async |mut client, request| client.advance_watermark(request).await,
        )
        .await?;
    Ok(())
}

/// Waits until nothing is left to judge.
async fn judged(connection: &Connection) -> Result<GetProgressResponse, Failure> {
    let client = connection.rules();
    let bar = Progress::new("judging", 0, "");
    let mut moved = (Instant::now(), i64::MAX);
    let mut quiet = 0;
    loop {
        let progress = connection
            .insist(
                Service::RuleEvaluation,
                &client,
                GetProgressRequest {},
                async |mut client, request| client.get_progress(request).await,
            )
            .await?;
        let left = progress.batches_behind + progress.orders_due + progress.outbox_pending;
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if quiet >= QUIET_LOOKS {
            bar.finish();
            return Ok(progress);
        }
        if left < moved.1 {
            moved = (Instant::now(), left);
        } else if moved.0.elapsed() > STANDSTILL {
            return Err(stands_still(connection, &progress));
        }
        bar.set(progress.orders.unsigned_abs());
        bar.say(&format!(
            "{} batches and {} orders to go; orders known:",
            progress.batches_behind, progress.orders_due
        ));
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn stands_still(connection: &Connection, progress: &GetProgressResponse) -> Failure {
    Failure::new(
        Exit::DeadlineExceeded,
        format!(
            "the judgement stands still with {} batches and {} orders to go",
            progress.batches_behind, progress.orders_due
        ),
    )
    .at(connection.place(Service::RuleEvaluation))
    .remedy("see whether `orderwatch get dead-letters` names a message, then repeat the command: what was sent is not sent twice")
}
