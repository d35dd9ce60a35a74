//! The verbs, one a file.

pub(crate) mod absence;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod backtest;
pub(crate) mod bulk;
pub(crate) mod completion;
pub(crate) mod connector;
pub(crate) mod dead_letters;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod directory;
pub(crate) mod escalation;
pub(crate) mod explain;
pub(crate) mod facts;
pub(crate) mod filter;
pub(crate) mod get;
pub(crate) mod group;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod mark;
pub(crate) mod notify;
pub(crate) mod oncall;
pub(crate) mod preview;
pub(crate) mod quarantine;
pub(crate) mod replay;
pub(crate) mod rollback;
pub(crate) mod rule_set;
pub(crate) mod sample;
pub(crate) mod scenario;
pub(crate) mod selection;
pub(crate) mod silence;
pub(crate) mod threshold;
pub(crate) mod ticket;
pub(crate) mod up;

use crate::cli::{Arguments, Verb};
use crate::failure::Failure;
use crate::output;

/// Does what the command line says.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let global = &arguments.global;
    match arguments.verb {
        Verb::Up(up) => up::run(*up).await,
        Verb::Import(import) => import::run(global, import).await,
        Verb::Replay(replay) => replay::run(global, replay).await,
        Verb::Backtest(backtest) => backtest::run(global, *backtest).await,
        Verb::Apply(apply) => apply::run(global, apply).await,
        Verb::Diff(diff) => diff::run(global, diff).await,
        Verb::Delete(delete) => delete::run(global, delete).await,
        Verb::Rollback(rollback) => rollback::run(global, rollback).await,
        Verb::History(history) => history::run(global, history).await,
        Verb::Get(get) => get::run(global, get).await,
        Verb::Facts(facts) => facts::run(global, facts).await,
        Verb::Filter(filter) => filter::run(global, filter).await,
        Verb::Explain(explain) => explain::run(global, explain).await,
        Verb::Threshold(threshold) => threshold::run(global, threshold).await,
        Verb::Scenario(scenario) => scenario::run(global, scenario),
        Verb::Preview(preview) => preview::run(global, preview).await,
        Verb::Sample(sample) => sample::run(global, sample).await,
        Verb::Mark(mark) => mark::run(global, mark).await,
        Verb::Ticket(ticket) => ticket::run(global, ticket).await,
        Verb::Bulk(bulk) => bulk::run(global, *bulk).await,
        Verb::Group(group) => group::run(global, group).await,
        Verb::Absence(absence) => absence::run(global, absence).await,
        Verb::Directory(directory) => directory::run(global, directory).await,
        Verb::Oncall(oncall) => oncall::run(global, oncall).await,
        Verb::Escalation(escalation) => escalation::run(global, escalation).await,
        Verb::Notify(notify) => notify::run(global, notify).await,
        Verb::Silence(silence) => silence::run(global, silence).await,
        Verb::Quarantine(quarantine) => quarantine::run(global, quarantine).await,
        Verb::Connector(connector) => connector::run(global, connector).await,
        Verb::DeadLetters(letters) => dead_letters::run(global, letters).await,
        Verb::Audit(audit) => audit::run(global, audit).await,
        Verb::Simulate(simulate) => crate::simulate::run(global, simulate).await,
        Verb::Completion(completion) => completion::run(&completion),
        Verb::Version => output::line(concat!("orderwatch ", env!("CARGO_PKG_VERSION"))),
    }
}
