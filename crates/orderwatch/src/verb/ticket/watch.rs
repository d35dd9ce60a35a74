//! `orderwatch ticket watch`.

use std::collections::HashSet;

use clap::Args;
use contracts::ticketing::v1::{
    self as wire, WatchTicketsRequest, WatchTicketsResponse, watch_tickets_response::News,
};
use serde::Serialize;
use tonic::Code;

use crate::cli::Global;
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::output::{self, Format, printable};
use crate::resource::Ticket;
use crate::time::optional;
use crate::verb::selection::Selection;

/// Which tickets.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// End once those that there are have been told.
    #[arg(long)]
    once: bool,
}

/// One thing that is told, as programs read it.
#[derive(Serialize)]
struct Told<'t> {
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<Ticket>,
    #[serde(skip_serializing_if = "str::is_empty")]
    ticket_id: &'t str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    transitions: &'t [String],
}

/// What was told of tickets so far.
#[derive(Default)]
struct Screen {
    shown: HashSet<String>,
    resume_token: String,
    synced: bool,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let connection = global.connection();
    let mut screen = Screen::default();
    loop {
        follow(global, &connection, &arguments, &mut screen).await?;
        if arguments.once && screen.synced {
            return Ok(());
        }
    }
}

/// Follows until the stream ends; what a server that stops or waits for nobody leaves is gone on
/// with.
async fn follow(
    global: &Global,
    connection: &Connection,
    arguments: &Arguments,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let selection = &arguments.selection;
    let request = WatchTicketsRequest {
        filter: selection.filter.clone(),
        saved_filter: selection.saved.clone(),
        me: selection.me(),
        my_work: selection.is_work(),
        resume_token: screen.resume_token.clone(),
    };
    let mut answers = connection
        .unhurried()
        .ticket_lists()
        .call(request, async |mut client, request| {
            client.watch_tickets(request).await
        })
        .await?;
    let mut has_heard = false;
    loop {
        match answers.message().await {
            Ok(Some(answer)) => screen.show(global.output, answer)?,
            Ok(None) => return Ok(()),
            Err(status) if has_heard && goes_on(status.code()) => return Ok(()),
            Err(status) => {
                return Err(Failure::from_status(
                    &connection.place(Service::Ticketing),
                    &status,
                ));
            }
        }
        has_heard = true;
        if arguments.once && screen.synced {
            return Ok(());
        }
    }
}

fn goes_on(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::ResourceExhausted | Code::Unknown | Code::Cancelled
    )
}

impl Screen {
    fn show(&mut self, format: Format, answer: WatchTicketsResponse) -> Result<(), Failure> {
        self.resume_token = answer.resume_token;
        match answer.news {
            Some(News::Present(ticket)) => self.there(format, "present", ticket, &[]),
            Some(News::Changed(changed)) => match changed.ticket {
                Some(ticket) => self.there(format, "changed", ticket, &changed.transitions),
                None => Ok(()),
            },
            Some(News::Left(left)) if self.shown.remove(&left.ticket_id) => tell(
                format,
                &left.ticket_id,
                &Told {
                    what: "left",
                    ticket: None,
                    ticket_id: &left.ticket_id,
                    transitions: &left.transitions,
                },
            ),
            Some(News::Synced(_)) => {
                self.synced = true;
                let told = Told {
                    what: "synced",
                    ticket: None,
                    ticket_id: "",
                    transitions: &[],
                };
                tell(format, "", &told)
            }
            Some(News::Left(_)) | None => Ok(()),
        }
    }

    fn there(
        &mut self,
        format: Format,
        what: &'static str,
        ticket: wire::Ticket,
        transitions: &[String],
    ) -> Result<(), Failure> {
        self.shown.insert(ticket.id.clone());
        let line = line(&ticket);
        let told = Told {
            what,
            ticket: Some(Ticket::from(ticket)),
            ticket_id: "",
            transitions,
        };
        tell(format, &line, &told)
    }
}

/// A ticket in one line.
fn line(ticket: &wire::Ticket) -> String {
    let due = optional(ticket.due_at.as_ref()).map(|due| format!("due {due}"));
    let words = [
        &*ticket.id,
        &ticket.order_id,
        &ticket.scenario,
        &ticket.department,
        &ticket.assignee,
        due.as_deref().unwrap_or_default(),
    ];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join("  ")
}

/// One line for people or programs; a document of its own in YAML.
fn tell(format: Format, line: &str, told: &Told<'_>) -> Result<(), Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Internal,
            format!("cannot write what was told: {error}"),
        )
    };
    match format {
        Format::Table => {
            let transitions = told.transitions.join(" ");
            let text = format!("{:8} {line}  {transitions}", told.what);
            output::line(printable(&text).trim_end())
        }
        Format::Json => {
            let text = serde_json::to_string(told).map_err(|error| broken(&error))?;
            output::verbatim(&format!("{text}\n"))
        }
        Format::Yaml => {
            let text = serde_norway::to_string(told).map_err(|error| broken(&error))?;
            output::verbatim(&format!("---\n{text}"))
        }
    }
}
