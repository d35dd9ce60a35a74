//! `orderwatch explain notification`.

use clap::Args;
use contracts::escalation::v1::ExplainNotificationRequest;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output;
use crate::progress::note;
use crate::resource::NotificationReason;

/// What to explain.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The ticket's id.
    ticket: String,
    /// Only what concerns this person of the directory.
    #[arg(long, default_value = "", hide_default_value = true)]
    person: String,
}

pub(super) async fn run(global: &Global, arguments: Arguments) -> Result<(), Failure> {
    let Arguments { ticket, person } = arguments;
    let request = ExplainNotificationRequest {
        ticket_id: ticket.clone(),
        person: person.clone(),
    };
    let connection = global.connection();
    let answer = connection
        .explanations()
        .call(request, async |mut client, request| {
            client.explain_notification(request).await
        })
        .await?;
    if answer.policy.is_empty() {
        note("no policy has it: this was sent by hand");
    } else {
        // A route is told by its place; the policy itself is the one that all others are within.
        let routes = answer.routes.iter().map(|route| match route.as_str() {
            "spec" => "its own levels",
            within => within,
        });
        note(&format!(
            "policy {} of version {}, by {}",
            answer.policy,
            answer.policy_version,
            routes.collect::<Vec<_>>().join(" and ")
        ));
    }
    for policy in &answer.policies {
        let chosen = if policy.chosen { "is" } else { "is not" };
        note(&format!(
            "{} {chosen} its policy: {}",
            policy.policy, policy.why
        ));
    }
    if answer.reasons.is_empty() {
        let whom = if person.is_empty() {
            "anybody"
        } else {
            &person
        };
        note(&format!("nothing in these routes names {whom}"));
    }
    let reasons: Vec<NotificationReason> = answer.reasons.into_iter().map(Into::into).collect();
    output::list(global.output, &reasons)
}
