//! `orderwatch delete`: resources taken out of the rule set.

use clap::Args;
use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::{ChangeRuleSetRequest, ResourceEdit};

use super::rule_set::{Manner, Outcome};
use crate::cli::Global;
use crate::failure::Failure;
use crate::manifest::Named;

/// What to delete.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Resources, such as rule/shipping-delay.
    #[arg(required = true, value_name = "KIND/NAME")]
    resources: Vec<Named>,
    /// Rule set that you have seen: refused when any of them was changed since.
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
    let edits = arguments
        .resources
        .into_iter()
        .map(|resource| ResourceEdit {
            kind: resource.kind.word().to_owned(),
            name: resource.name,
            etag: String::new(),
            edit: Some(Edit::Delete(true)),
        });
    let manner = arguments.manner;
    let request = ChangeRuleSetRequest {
        edits: edits.collect(),
        based_on: arguments.based_on,
        actor: manner.actor.login(),
        reason: manner.reason,
        dry_run: manner.dry_run,
    };
    let connection = global.connection();
    let answer = connection
        .rules()
        .call(request, async |mut client, request| {
            client.change_rule_set(request).await
        })
        .await?;
    Outcome::from(answer).tell(manner.dry_run)
}
