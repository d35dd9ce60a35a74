//! `orderwatch directory`: who there is.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contracts::escalation::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::time;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have exactly the people of a CSV file in the directory, and say what becomes different.
    ///
    /// The first line names the columns: name, email, phone, wecomUser, language, endpoints,
    /// teams. Several values in a cell are separated by `;`; what has no column stays as it is.
    Sync {
        /// The file, in UTF-8 or GB18030.
        #[arg(short, long = "filename")]
        filename: PathBuf,
        /// Check everything, and say what would change.
        #[arg(long)]
        dry_run: bool,
        /// Why, for the audit record.
        #[arg(long, default_value = "people synced by hand")]
        reason: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Send a code to the first address of somebody that nobody vouches for yet.
    Verify {
        /// The person, by name in the directory.
        person: String,
        /// Of what kind: email, phone or wecomUser.
        #[arg(long, default_value = "email")]
        kind: String,
    },
    /// Tell back the code that was sent: from then on the address is used.
    Confirm {
        /// The person, by name in the directory.
        person: String,
        /// The code.
        code: String,
        /// Of what kind: email, phone or wecomUser.
        #[arg(long, default_value = "email")]
        kind: String,
        #[command(flatten)]
        actor: Actor,
    },
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Sync {
            filename,
            dry_run,
            reason,
            actor,
        } => {
            let request = wire::SyncPeopleRequest {
                csv: text(&filename)?,
                actor: actor.login(),
                reason,
                dry_run,
            };
            sync(global, request).await
        }
        Verb::Verify { person, kind } => {
            verify(global, wire::SendContactCodeRequest { person, kind }).await
        }
        Verb::Confirm {
            person,
            code,
            kind,
            actor,
        } => {
            let request = wire::ConfirmContactRequest {
                person,
                kind,
                code,
                actor: actor.login(),
            };
            confirm(global, request).await
        }
    }
}

async fn sync(global: &Global, request: wire::SyncPeopleRequest) -> Result<(), Failure> {
    let dry_run = request.dry_run;
    let connection = global.connection();
    let answer = connection
        .directory()
        .call(request, async |mut client, request| {
            client.sync_people(request).await
        })
        .await?;
    for warning in &answer.warnings {
        note(warning);
    }
    for change in &answer.changes {
        output::line(&difference(change))?;
    }
    output::line(&match (answer.changes.len(), dry_run) {
        (0, _) => format!("nothing differs from version {}", answer.version),
        (count, true) => format!("{count} places would change (dry run)"),
        (count, false) => format!("{count} places changed, version {}", answer.version),
    })
}

async fn verify(global: &Global, request: wire::SendContactCodeRequest) -> Result<(), Failure> {
    let connection = global.connection();
    let answer = connection
        .directory()
        .call(request, async |mut client, request| {
            client.send_contact_code(request).await
        })
        .await?;
    let until = time::optional(answer.expires_at.as_ref()).unwrap_or_default();
    output::line(&format!(
        "sent a code to {}, good until {until}",
        answer.address
    ))
}

async fn confirm(global: &Global, request: wire::ConfirmContactRequest) -> Result<(), Failure> {
    let person = request.person.clone();
    let connection = global.connection();
    let answer = connection
        .directory()
        .call(request, async |mut client, request| {
            client.confirm_contact(request).await
        })
        .await?;
    output::line(&format!(
        "the address of {person} is used from now on, version {}",
        answer.version
    ))
}

/// One place that differs, in a line.
pub(crate) fn difference(change: &wire::DocumentChange) -> String {
    let path = &change.path;
    match (&change.before, &change.after) {
        (None, Some(after)) => format!("+ {path}: {after}"),
        (Some(before), None) => format!("- {path}: {before}"),
        // Two addresses may look alike behind their masks.
        (Some(before), Some(after)) if before == after => format!("~ {path}: {after} (another)"),
        (before, after) => {
            let text = |it: &Option<String>| it.clone().unwrap_or_default();
            format!("~ {path}: {} -> {}", text(before), text(after))
        }
    }
}

/// A file as people save it: UTF-8, else GB18030.
fn text(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, "read", &error))?;
    let decoded = crate::text::decode(&bytes).map(Cow::into_owned);
    decoded.map_err(|(line, byte)| {
        Failure::invalid(format!("{}:{line}: {byte}", path.display())).remedy("save it as UTF-8")
    })
}
