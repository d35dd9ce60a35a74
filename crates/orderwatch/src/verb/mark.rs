//! `orderwatch mark`: whether an exception was real, or one was missed.

use clap::{Args, ValueEnum};
use contracts::rules::v1 as wire;

use crate::cli::{Actor, Global};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::resource::Mark;

/// What to say of it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The exception's id; the order's for one that was missed.
    id: String,
    /// What it was.
    verdict: Verdict,
    /// The rule that missed it.
    #[arg(long, conflicts_with = "scenario")]
    rule: Option<String>,
    /// The scenario whose rules missed it.
    #[arg(long)]
    scenario: Option<String>,
    /// Take the report of a missed one back.
    #[arg(long)]
    withdraw: bool,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verdict {
    /// Somebody had to act.
    Real,
    /// Nothing was wrong.
    FalseAlarm,
    /// Say nothing of it any more.
    Withdrawn,
    /// A rule should have found something in this order.
    Missed,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let verdict = match arguments.verdict {
        Verdict::Missed => return report(global, arguments).await,
        Verdict::Real => wire::MarkVerdict::Real,
        Verdict::FalseAlarm => wire::MarkVerdict::FalseAlarm,
        Verdict::Withdrawn => wire::MarkVerdict::Withdrawn,
    };
    let request = wire::MarkExceptionRequest {
        exception_id: arguments.id,
        verdict: verdict.into(),
        actor: arguments.actor.login(),
        reason: arguments.reason,
    };
    let connection = global.connection();
    let answer = connection
        .trials()
        .call(request, async |mut client, request| {
            client.mark_exception(request).await
        })
        .await?;
    shown(global, answer.mark)
}

async fn report(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    if arguments.rule.is_none() && arguments.scenario.is_none() {
        let what = "say what missed it";
        return Err(Failure::new(Exit::Usage, what).remedy("add --rule NAME or --scenario NAME"));
    }
    let request = wire::ReportMissedRequest {
        order_id: arguments.id,
        rule: arguments.rule.unwrap_or_default(),
        scenario: arguments.scenario.unwrap_or_default(),
        actor: arguments.actor.login(),
        reason: arguments.reason,
        withdrawn: arguments.withdraw,
    };
    let connection = global.connection();
    let answer = connection
        .trials()
        .call(request, async |mut client, request| {
            client.report_missed(request).await
        })
        .await?;
    shown(global, answer.mark)
}

fn shown(global: &Global, mark: Option<wire::Mark>) -> Result<(), Failure> {
    let marks: Vec<Mark> = mark.into_iter().map(Mark::from).collect();
    output::list(global.output, &marks)
}
