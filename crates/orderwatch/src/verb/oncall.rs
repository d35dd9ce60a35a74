//! `orderwatch oncall`: who is on call, and who stands in.

mod overriding;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::escalation::v1 as wire;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::resource::{Duty, Gap, OnCall};
use crate::time::{self, parse_instant};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say who is on call, and who is next.
    Show {
        /// Only by this schedule.
        #[arg(value_name = "SCHEDULE", default_value = "")]
        schedule: String,
        /// When, RFC 3339, or now.
        #[arg(long, value_parser = parse_instant)]
        at: Option<DateTime<Utc>>,
    },
    /// List who is on call from when to when.
    Next {
        #[command(flatten)]
        within: Within,
        /// Only when this person is.
        #[arg(long, value_name = "NAME", default_value = "")]
        person: String,
    },
    /// List when nobody is on call although somebody must be.
    Gaps(Within),
    /// Have somebody stand in, list who does, or take it back.
    Override(overriding::Arguments),
}

/// A schedule in a span of time.
#[derive(Debug, Args)]
struct Within {
    /// Only by this schedule.
    #[arg(value_name = "SCHEDULE", default_value = "")]
    schedule: String,
    /// From when on, RFC 3339; now unless given.
    #[arg(long, value_parser = parse_instant)]
    from: Option<DateTime<Utc>>,
    /// Until when, RFC 3339; four weeks later unless given, at most 400 days.
    #[arg(long, value_parser = parse_instant)]
    until: Option<DateTime<Utc>>,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Show { schedule, at } => show(global, schedule, at).await,
        Verb::Next { within, person } => next(global, within, person).await,
        Verb::Gaps(within) => gaps(global, within).await,
        Verb::Override(arguments) => overriding::run(global, arguments).await,
    }
}

async fn show(global: &Global, schedule: String, at: Option<DateTime<Utc>>) -> Result<(), Failure> {
    let request = wire::ShowOnCallRequest {
        schedule,
        at: at.map(time::timestamp),
    };
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(request, async |mut client, request| {
            client.show_on_call(request).await
        })
        .await?;
    let rows: Vec<OnCall> = answer.schedules.into_iter().map(OnCall::from).collect();
    output::list(global.output, &rows)
}

async fn next(global: &Global, within: Within, person: String) -> Result<(), Failure> {
    let request = wire::ListDutiesRequest {
        schedule: within.schedule,
        person,
        from: within.from.map(time::timestamp),
        until: within.until.map(time::timestamp),
    };
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(request, async |mut client, request| {
            client.list_duties(request).await
        })
        .await?;
    let rows: Vec<Duty> = answer.duties.into_iter().map(Duty::from).collect();
    output::list(global.output, &rows)
}

async fn gaps(global: &Global, within: Within) -> Result<(), Failure> {
    let request = wire::ListGapsRequest {
        schedule: within.schedule,
        from: within.from.map(time::timestamp),
        until: within.until.map(time::timestamp),
    };
    let connection = global.connection();
    let answer = connection
        .on_call()
        .call(request, async |mut client, request| {
            client.list_gaps(request).await
        })
        .await?;
    let rows: Vec<Gap> = answer.gaps.into_iter().map(Gap::from).collect();
    output::list(global.output, &rows)
}
