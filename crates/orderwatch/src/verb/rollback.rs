//! `orderwatch rollback`: the content of an earlier rule set in force again.

use clap::Args;
use contracts::rules::v1::RollbackRuleSetRequest;

use super::rule_set::{Manner, Outcome};
use crate::cli::Global;
use crate::failure::Failure;

/// Where to go back to.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Rule set whose content comes into force again, under a new number.
    number: i64,
    /// Rule set in force that you have seen: refused when it is another.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true
    )]
    based_on: i64,
    #[command(flatten)]
    manner: Manner,
}

pub(crate) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let manner = arguments.manner;
    let request = RollbackRuleSetRequest {
        number: arguments.number,
        actor: manner.actor.login(),
        reason: manner.reason,
        based_on: arguments.based_on,
        dry_run: manner.dry_run,
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.rollback_rule_set(request).await
        })
        .await?;
    Outcome::from(answer).tell(manner.dry_run)
}
