//! The words of the command line.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::connection::{Connection, Server};
use crate::output::Format;
use crate::time::parse_duration;
use crate::verb;

/// Watches every order for what goes wrong, and sees to it that somebody acts.
#[derive(Debug, Parser)]
#[command(name = "orderwatch", version, propagate_version = true, after_long_help = EXIT_CODES)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb understands.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Where the services are: a base address with the five services at the
    /// ports above it, or a list such as
    /// `ingest=http://a:7401,ticketing=http://b:7403`.
    #[arg(long, global = true, env = "ORDERWATCH_SERVER", default_value = Server::DEFAULT)]
    server: Server,
    /// How data is written to standard output.
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub(crate) output: Format,
    /// How long to try again while a server is away, such as 90s or 30m
    /// [default: 5s; 30m for import and replay].
    #[arg(long, global = true, value_parser = parse_duration)]
    timeout: Option<Duration>,
}

impl Global {
    /// Reaches the services, patient for a moment.
    pub(crate) fn connection(&self) -> Connection {
        self.connection_with(Duration::from_secs(5))
    }

    /// Reaches the services; `patience` holds unless `--timeout` was given.
    pub(crate) fn connection_with(&self, patience: Duration) -> Connection {
        Connection::new(self.server.clone(), self.timeout.unwrap_or(patience))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run every service in one process, with private servers if none is given.
    Up(Box<verb::up::Arguments>),
    /// Send files through a mapping into the running services.
    Import(verb::import::Arguments),
    /// Replay a folder of history in event time and wait until it is judged.
    Replay(verb::replay::Arguments),
    /// Judge history of a folder or of the archive here, and say how right the rules are.
    Backtest(Box<verb::backtest::Arguments>),
    /// Apply rules, thresholds, exemptions, calendars, procedures and policies.
    Apply(verb::apply::Arguments),
    /// Say what applying would change, or what differs between two rule sets.
    Diff(verb::diff::Arguments),
    /// Take resources out of the rule set or the policies.
    Delete(verb::delete::Arguments),
    /// Put the content of an earlier rule set in force again.
    Rollback(verb::rollback::Arguments),
    /// List every rule set, or every change of one resource.
    History(verb::history::Arguments),
    /// List exceptions, tickets, sources, rules and more.
    Get(verb::get::Arguments),
    /// List every fact of an order as it arrived, or of a customer or stock.
    Facts(verb::facts::Arguments),
    /// Say why an order is judged as it is, or why somebody was told of a ticket.
    Explain(verb::explain::Arguments),
    /// Say which row of a threshold an order takes, and why.
    Threshold(verb::threshold::Arguments),
    /// Test scenarios by their worked examples, or make a new one.
    Scenario(verb::scenario::Arguments),
    /// Say what rules would do before they are applied.
    Preview(verb::preview::Arguments),
    /// Keep labelled orders, and hold rules against them.
    Sample(verb::sample::Arguments),
    /// Say whether an exception was real, or that one was missed.
    Mark(verb::mark::Arguments),
    /// Keep filters of tickets under a name.
    Filter(verb::filter::Arguments),
    /// Work on a ticket, follow tickets, or have them as a table.
    Ticket(verb::ticket::Arguments),
    /// Do one thing with many tickets.
    Bulk(Box<verb::bulk::Arguments>),
    /// Work on tickets that belong together: cases and incidents.
    Group(verb::group::Arguments),
    /// Say who is away, and who stands in.
    Absence(verb::absence::Arguments),
    /// Take people from a table of another system.
    Directory(verb::directory::Arguments),
    /// Say who is on call, and have somebody stand in.
    Oncall(verb::oncall::Arguments),
    /// Put running escalations under the policies in force.
    Escalation(verb::escalation::Arguments),
    /// Tell nobody of some tickets for a while.
    Silence(verb::silence::Arguments),
    /// Show what notices look like, and try whether they arrive.
    Notify(verb::notify::Arguments),
    /// Try connectors, put them in force, run them.
    Connector(verb::connector::Arguments),
    /// See to records that could not be understood.
    Quarantine(verb::quarantine::Arguments),
    /// See to messages that a service could not digest.
    DeadLetters(verb::dead_letters::Arguments),
    /// Read the record of everything that happened.
    Audit(verb::audit::Arguments),
    /// Live a simulated promotion day and hold the verdicts against its truth.
    Simulate(crate::simulate::Arguments),
    /// Write a completion script for a shell.
    Completion(verb::completion::Arguments),
    /// Say which version this is.
    Version,
}

/// The person on whose behalf a command acts.
#[derive(Clone, Debug, Args)]
pub(crate) struct Actor {
    /// Who does it, for the audit record.
    #[arg(long = "actor", env = "ORDERWATCH_ACTOR", value_name = "LOGIN")]
    login: Option<String>,
}

impl Actor {
    /// The login given, else the one of the system.
    pub(crate) fn login(&self) -> String {
        self.login
            .clone()
            .or_else(|| std::env::var("USER").ok())
            .filter(|login| !login.is_empty())
            .unwrap_or_else(|| "orderwatch".to_owned())
    }
}

const EXIT_CODES: &str = "\
Exit codes:
   0  done
   1  a fault of Orderwatch itself
   2  the command line was not understood
   3  a file, resource or value is not valid
   4  what was named does not exist
   5  what was to be made exists already
   6  the system is not in a state that allows it
   7  somebody else changed it in between
   8  a limit was reached, or a queue is full
   9  a server cannot be reached
  10  the time given was not enough
  11  data was lost or damaged
  12  not allowed
  13  this server does not know how
  14  what was compared differs";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_after_the_noun() {
        let arguments = Arguments::try_parse_from([
            "orderwatch",
            "get",
            "exceptions",
            "--rule",
            "late",
            "-o",
            "json",
            "--server",
            "shop:9000",
        ])
        .unwrap();
        assert_eq!(arguments.global.output, Format::Json);
        assert_eq!(arguments.global.server, "shop:9000".parse().unwrap());
    }

    #[test]
    fn help_lists_every_verb() {
        insta::assert_snapshot!(Arguments::command().render_help().to_string());
    }
}
