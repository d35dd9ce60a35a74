//! `orderwatch ticket`: what people do with a ticket.

mod desk;
mod evidence;
mod export;
mod watch;

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use contracts::ticketing::v1::act;

use crate::cli::{Actor, Global};
use crate::failure::Failure;
use crate::output;
use crate::resource::{Happening, Ticket};
use crate::time;
use desk::Desk;
use evidence::EvidenceVerb;

/// What to do.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    about: About,
}

#[derive(Debug, Subcommand)]
enum About {
    /// Follow tickets: those that there are, then what becomes of them.
    Watch(watch::Arguments),
    /// Write tickets as a table for spreadsheets.
    Export(export::Arguments),
    #[command(flatten)]
    One(Box<Verb>),
    #[command(flatten)]
    Evidence(EvidenceVerb),
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show a ticket with its procedure and who answered for it.
    Show {
        /// The ticket's id.
        ticket: String,
    },
    /// Show what happened to a ticket, from its opening on.
    History {
        /// The ticket's id.
        ticket: String,
    },
    /// Say that somebody works on it: stops the escalation.
    #[command(visible_alias = "acknowledge")]
    Ack {
        #[command(flatten)]
        it: Plain,
        /// Have it come back unless it is resolved within so long, such as 2h; from a minute to
        /// seven days [default: as the escalation policy says].
        #[arg(long = "come-back", value_name = "DURATION", value_parser = time::parse_duration)]
        back_in: Option<Duration>,
    },
    #[command(flatten)]
    OfStep(StepVerb),
    /// Stop its clocks for a reason that its procedure allows.
    Pause {
        #[command(flatten)]
        it: Plain,
        /// The reason, such as waiting-for-customer.
        #[arg(long)]
        reason: String,
    },
    /// Let its clocks run again.
    Resume(Plain),
    /// Put it aside until an instant; its clocks run all the same.
    Snooze {
        #[command(flatten)]
        it: Plain,
        /// Until when, RFC 3339.
        #[arg(long, value_parser = time::parse_instant)]
        until: DateTime<Utc>,
    },
    /// Take it up again before that instant.
    Unsnooze(Plain),
    /// Close it.
    Resolve {
        #[command(flatten)]
        it: Plain,
        /// How it was resolved.
        #[arg(long)]
        reason: String,
        /// Close it although mandatory steps are left; a supervisor's right.
        #[arg(long)]
        past_mandatory: bool,
    },
    /// Write something beside it.
    Comment {
        /// The ticket's id.
        ticket: String,
        /// What to remember.
        note: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Have it go on under the newest version of its procedure.
    Migrate {
        #[command(flatten)]
        change: Change,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Let deadlines that run become those of the newest version.
        #[arg(long)]
        deadlines: bool,
        /// Only show what the ticket would be.
        #[arg(long)]
        dry_run: bool,
    },
}

/// What is done with one step.
#[derive(Debug, Subcommand)]
enum StepVerb {
    /// Take it up, and answer for a step in person.
    Claim(OfStep),
    /// Complete a step of its procedure.
    Complete {
        #[command(flatten)]
        it: OfStep,
        /// How it went; some procedures go on differently by outcome.
        #[arg(long, default_value = "")]
        outcome: String,
        /// What the step asks for, as NAME=VALUE; may be given several times.
        #[arg(long = "field", value_name = "NAME=VALUE", value_parser = pair)]
        fields: Vec<(String, String)>,
    },
    /// Leave a step out that cannot be left out; a supervisor's right.
    Skip {
        #[command(flatten)]
        it: OfStep,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Give a step to somebody of the same department, or ask another department to take it.
    HandOver {
        #[command(flatten)]
        it: OfStep,
        #[command(flatten)]
        whom: Whom,
    },
    /// Take a step that your department was asked to take.
    Accept(OfStep),
    /// Do not take it.
    Reject {
        #[command(flatten)]
        it: OfStep,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Ask the other department no longer.
    Withdraw(OfStep),
    /// Decide who has a step, when the department that was asked is silent.
    Arbitrate {
        #[command(flatten)]
        it: OfStep,
        /// Whether the department has to take it.
        #[arg(long, value_name = "TRUE|FALSE", action = clap::ArgAction::Set)]
        must_take: bool,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// To whom work is given, and why.
#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// The department that is to answer.
    #[arg(long, value_name = "DEPARTMENT")]
    to: String,
    /// The team there.
    #[arg(long, default_value = "")]
    team: String,
    /// The person there.
    #[arg(long, default_value = "")]
    assignee: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Whom {
    /// The act of handing a step over; no name is that which is answered for.
    pub(crate) fn hand_over(self, step: String) -> act::Act {
        act::Act::HandOver(act::HandOver {
            step,
            department: self.to,
            team: self.team,
            assignee: self.assignee,
            reason: self.reason,
        })
    }
}

/// What every change of a ticket carries.
#[derive(Debug, Args)]
struct Change {
    /// The ticket's id.
    ticket: String,
    #[command(flatten)]
    actor: Actor,
    /// Refuse unless the ticket is still as when this etag was read
    /// [default: as it is now].
    #[arg(long)]
    etag: Option<String>,
}

/// A change of the whole ticket.
#[derive(Debug, Args)]
struct Plain {
    #[command(flatten)]
    change: Change,
    /// What to remember beside it.
    #[arg(long, default_value = "")]
    note: String,
}

/// A change of one step.
#[derive(Debug, Args)]
struct OfStep {
    #[command(flatten)]
    plain: Plain,
    /// The step [default: the one that is answered for].
    #[arg(long)]
    step: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let verb = match arguments.about {
        About::Watch(which) => return watch::run(global, which).await,
        About::Export(which) => return export::run(global, which).await,
        About::Evidence(verb) => return evidence::run(global, verb).await,
        About::One(verb) => *verb,
    };
    let desk = Desk::new(global.connection());
    if let Verb::History { ticket } = verb {
        let happenings = desk.history(&ticket).await?;
        let rows: Vec<Happening> = happenings.into_iter().map(Happening::from).collect();
        return output::list(global.output, &rows);
    }
    let ticket = desk.obey(verb).await?;
    output::one(global.output, &Ticket::from(ticket))
}
