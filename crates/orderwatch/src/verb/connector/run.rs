//! `orderwatch connector run` and `backfill`, told of while they go on.

use chrono::{DateTime, Utc};
use clap::Args;
use contracts::ingest::v1 as wire;
use serde::Serialize;
use tonic::{Status, Streaming};

use crate::cli::{Actor, Global};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::output::{self, Detailed};
use crate::progress::{Progress, note};
use crate::resource::Quarantined;
use crate::time::{instant, optional, parse_instant, timestamp};

/// What to run.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The connector's name.
    name: String,
    /// The dataset; may be left out where there is only one that can be run.
    #[arg(long, default_value = "", hide_default_value = true)]
    dataset: String,
    /// Run it once and come back: the only way to run it by hand, so it need not be said.
    #[arg(long)]
    once: bool,
    /// Ask the vendor, and store nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the audit record.
    #[arg(long, default_value = "run by hand")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

/// What to read once more.
#[derive(Debug, Args)]
pub(super) struct Backfill {
    /// The connector's name.
    name: String,
    /// The dataset; may be left out where there is only one that can be run.
    #[arg(long, default_value = "", hide_default_value = true)]
    dataset: String,
    /// Where the stretch begins, such as 2026-11-01T00:00:00+08:00.
    #[arg(long, value_parser = parse_instant)]
    from: DateTime<Utc>,
    /// Where it ends.
    #[arg(long, value_parser = parse_instant, default_value = "now")]
    to: DateTime<Utc>,
    /// Why, for the audit record.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

/// What a run did.
#[derive(Debug, Serialize)]
struct Ran {
    pages: i32,
    records: i64,
    facts: i64,
    quarantined: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    notice: String,
    stored: bool,
}

pub(super) async fn run(global: &Global, run: Run) -> Result<(), Failure> {
    let connection = global.connection();
    let request = wire::RunConnectorRequest {
        name: run.name.clone(),
        dataset: run.dataset,
        dry_run: run.dry_run,
        actor: run.actor.login(),
        reason: run.reason,
    };
    let answers = connection
        .unhurried()
        .connectors()
        .call(request, async |mut client, request| {
            client.run_connector(request).await
        })
        .await?;
    let progress = |answer: wire::RunConnectorResponse| answer.progress;
    let last = followed(&connection, &run.name, None, answers, progress).await?;
    ended(global, last, !run.dry_run)
}

pub(super) async fn backfill(global: &Global, backfill: Backfill) -> Result<(), Failure> {
    let connection = global.connection();
    let request = wire::BackfillConnectorRequest {
        name: backfill.name.clone(),
        dataset: backfill.dataset,
        from: Some(timestamp(backfill.from)),
        to: Some(timestamp(backfill.to)),
        actor: backfill.actor.login(),
        reason: backfill.reason,
    };
    let answers = connection
        .unhurried()
        .connectors()
        .call(request, async |mut client, request| {
            client.backfill_connector(request).await
        })
        .await?;
    let stretch = Some((backfill.from, backfill.to));
    let progress = |answer: wire::BackfillConnectorResponse| answer.progress;
    let last = followed(&connection, &backfill.name, stretch, answers, progress).await?;
    ended(global, last, true)
}

/// Follows a run to its end; by the stretch of time where one is known.
async fn followed<A>(
    connection: &Connection,
    name: &str,
    stretch: Option<(DateTime<Utc>, DateTime<Utc>)>,
    mut answers: Streaming<A>,
    progress: impl Fn(A) -> Option<wire::RunProgress>,
) -> Result<wire::RunProgress, Failure> {
    let failed = |status: Status| Failure::from_status(&connection.place(Service::Ingest), &status);
    let seconds = |(from, to): (DateTime<Utc>, DateTime<Utc>)| (to - from).num_seconds();
    let whole = stretch.map_or(0, seconds);
    let bar = Progress::new(name, u64::try_from(whole).unwrap_or(0), "seconds");
    let mut last = wire::RunProgress::default();
    while let Some(answer) = answers.message().await.map_err(failed)? {
        let Some(told) = progress(answer) else {
            continue;
        };
        bar.say(&doing(&told));
        let reached = told.through.as_ref().or(told.window_from.as_ref());
        match (stretch, reached) {
            (Some((from, _)), Some(reached)) => {
                let done = reached.seconds - from.timestamp();
                bar.set(u64::try_from(done.clamp(0, whole)).unwrap_or(0));
            }
            (Some(_), None) => {}
            (None, _) => bar.set(u64::try_from(told.records).unwrap_or(0)),
        }
        for sample in told.samples.iter().cloned().map(Quarantined::from) {
            note(&sample.reason());
        }
        last = told;
    }
    bar.finish();
    if last.done {
        return Ok(last);
    }
    let what = "the run was not told to its end";
    Err(Failure::new(Exit::Unavailable, what)
        .at(connection.place(Service::Ingest))
        .remedy("see `orderwatch get connectors`"))
}

fn doing(told: &wire::RunProgress) -> String {
    match (&told.waiting_until, &told.window_from) {
        (Some(until), _) => format!("waits until {}: {}", instant(until), told.waiting_for),
        (None, Some(from)) => {
            let to = optional(told.window_to.as_ref()).unwrap_or_default();
            format!("{} to {to}", instant(from))
        }
        (None, None) => format!("{} pages", told.pages),
    }
}

fn ended(global: &Global, last: wire::RunProgress, stored: bool) -> Result<(), Failure> {
    if !last.error_code.is_empty() {
        let what = format!("{}: {}", last.error_code, last.error);
        return Err(Failure::new(Exit::FailedPrecondition, what));
    }
    output::one(
        global.output,
        &Ran {
            pages: last.pages,
            records: last.records,
            facts: last.facts,
            quarantined: last.quarantined,
            through: optional(last.through.as_ref()),
            notice: last.notice,
            stored,
        },
    )
}

impl Detailed for Ran {
    fn describe(&self) -> String {
        let mut text = format!(
            "{} records on {} pages: {} facts, {} quarantined",
            self.records, self.pages, self.facts, self.quarantined
        );
        if !self.stored {
            text.push_str("; nothing was stored");
        }
        if let Some(through) = &self.through {
            text.push_str("\nread through ");
            text.push_str(through);
        }
        if !self.notice.is_empty() {
            text.push_str("\nnotice: ");
            text.push_str(&self.notice);
        }
        text
    }
}
