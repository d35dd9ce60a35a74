//! `orderwatch delete`: resources taken out of the rule set or of the policies.

use clap::Args;
use contracts::escalation::v1::{DeletePoliciesRequest, DocumentName};
use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::{ChangeRuleSetRequest, ResourceEdit};

use super::rule_set::{Manner, Outcome};
use crate::cli::Global;
use crate::connection::Service;
use crate::failure::Failure;
use crate::manifest::{Named, Owner, Removable};
use crate::output;
use crate::progress::note;
use crate::verb::directory::difference;

/// What to delete.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Resources, such as rule/shipping-delay or messagetemplate/customs-text-zh.
    #[arg(required = true, value_name = "KIND/NAME")]
    resources: Vec<Removable>,
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
    let Arguments {
        resources,
        based_on,
        manner,
    } = arguments;
    let named = resources.into_iter().map(|Removable(named)| named);
    let (rules, policies): (Vec<Named>, Vec<Named>) =
        named.partition(|named| named.kind.owner() == Owner::Service(Service::RuleEvaluation));
    if !rules.is_empty() {
        delete_rules(global, rules, based_on, &manner).await?;
    }
    if !policies.is_empty() {
        delete_policies(global, policies, &manner).await?;
    }
    Ok(())
}

async fn delete_rules(
    global: &Global,
    resources: Vec<Named>,
    based_on: i64,
    manner: &Manner,
) -> Result<(), Failure> {
    let edits = resources.into_iter().map(|resource| ResourceEdit {
        kind: resource.kind.word().to_owned(),
        name: resource.name,
        etag: String::new(),
        edit: Some(Edit::Delete(true)),
    });
    let request = ChangeRuleSetRequest {
        edits: edits.collect(),
        based_on,
        actor: manner.actor.login(),
        reason: manner.reason.clone(),
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

async fn delete_policies(
    global: &Global,
    resources: Vec<Named>,
    manner: &Manner,
) -> Result<(), Failure> {
    let documents = resources.into_iter().map(|resource| DocumentName {
        kind: resource.kind.word().to_owned(),
        name: resource.name,
    });
    let request = DeletePoliciesRequest {
        documents: documents.collect(),
        actor: manner.actor.login(),
        reason: manner.reason.clone(),
        dry_run: manner.dry_run,
    };
    let connection = global.connection();
    let answer = connection
        .escalations()
        .call(request, async |mut client, request| {
            client.delete_policies(request).await
        })
        .await?;
    for warning in &answer.warnings {
        note(warning);
    }
    for change in &answer.changes {
        output::line(&difference(change))?;
    }
    output::line(&match manner.dry_run {
        true => "nothing was deleted (dry run)".to_owned(),
        false => format!("deleted, version {} of the policies", answer.version),
    })
}
