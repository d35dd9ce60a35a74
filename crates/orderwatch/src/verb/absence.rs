//! `orderwatch absence`: who is away, and who stands in.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::ticketing::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::resource::Absence;
use crate::time::{self, parse_instant};

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have somebody away; one of the same person from the same instant on is changed.
    Set {
        #[command(flatten)]
        of: One,
        /// When they are back, RFC 3339.
        #[arg(long, value_parser = parse_instant)]
        until: DateTime<Utc>,
        /// Login of who does their work meanwhile; their team does unless said.
        #[arg(long, value_name = "LOGIN", default_value = "")]
        stand_in: String,
    },
    /// List who is away, or will be.
    List {
        /// Only of this person.
        #[arg(id = "person", value_name = "LOGIN", default_value = "")]
        login: String,
        /// Those that are over as well.
        #[arg(long)]
        over: bool,
    },
    /// Have them not be away; what was given to others stays given.
    Delete(One),
}

/// The absence of somebody from an instant on.
#[derive(Debug, Args)]
struct One {
    /// Login.
    #[arg(id = "person", value_name = "LOGIN")]
    login: String,
    /// Since when, RFC 3339, or now.
    #[arg(long, value_parser = parse_instant)]
    from: DateTime<Utc>,
    /// Why.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Set {
            of,
            until,
            stand_in,
        } => set(global, of, until, stand_in).await,
        Verb::List { login, over } => list(global, login, over).await,
        Verb::Delete(one) => delete(global, one).await,
    }
}

async fn set(
    global: &Global,
    of: One,
    until: DateTime<Utc>,
    stand_in: String,
) -> Result<(), Failure> {
    let request = wire::SetAbsenceRequest {
        actor: of.actor.login(),
        absence: Some(wire::Absence {
            login: of.login,
            from: Some(time::timestamp(of.from)),
            until: Some(time::timestamp(until)),
            stand_in,
            reason: of.reason,
        }),
    };
    let connection = global.connection();
    let answer = connection
        .absences()
        .call(request, async |mut client, request| {
            client.set_absence(request).await
        })
        .await?;
    shown(global, answer.absence)
}

async fn list(global: &Global, login: String, over: bool) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .absences()
        .call(
            wire::ListAbsencesRequest { login, over },
            async |mut client, request| client.list_absences(request).await,
        )
        .await?;
    shown(global, answer.absences)
}

async fn delete(global: &Global, one: One) -> Result<(), Failure> {
    let request = wire::DeleteAbsenceRequest {
        actor: one.actor.login(),
        login: one.login.clone(),
        from: Some(time::timestamp(one.from)),
        reason: one.reason,
    };
    let connection = global.connection();
    connection
        .absences()
        .call(request, async |mut client, request| {
            client.delete_absence(request).await
        })
        .await?;
    output::line(&format!("deleted the absence of {}", one.login))
}

fn shown(
    global: &Global,
    absences: impl IntoIterator<Item = wire::Absence>,
) -> Result<(), Failure> {
    let absences: Vec<Absence> = absences.into_iter().map(Absence::from).collect();
    output::list(global.output, &absences)
}
