//! The directory of people and the escalation policies. They are one whole, as
//! a rule set is.

use contracts::escalation::v1::{ApplyPoliciesRequest, GetPoliciesRequest, GetPoliciesResponse};

use super::rules::with_places;
use super::{Change, Intent};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::manifest::{Document, Kind, join, split_text};
use crate::output;
use crate::progress::note;
use crate::verb::directory;

pub(super) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Vec<(String, Change)>, Failure> {
    let old = split_text(&in_force(connection).await?.resources_yaml);
    let request = ApplyPoliciesRequest {
        resources_yaml: join(documents),
        actor: intent.actor.clone(),
        reason: intent.reason.clone(),
        dry_run: intent.dry_run,
    };
    let answer = connection
        .escalations()
        .call(request, async |mut client, request| {
            client.apply_policies(request).await
        })
        .await
        .map_err(|failure| with_places(failure, documents))?;
    for warning in &answer.warnings {
        note(warning);
    }
    if intent.dry_run {
        for change in &answer.changes {
            output::line(&directory::difference(change))?;
        }
    }
    // Contact points come back masked, so only the service can compare.
    let change = |document: &Document| match old.iter().any(|old| old.is_of(document)) {
        _ if answer.unchanged => Change::Unchanged,
        true => Change::Configured,
        false => Change::Created,
    };
    // What became of calendars is told with the rules.
    let told = documents.iter().filter(|it| it.kind != Kind::Calendar);
    Ok(told
        .map(|document| (document.to_string(), change(document)))
        .collect())
}

/// The policies in force.
pub(crate) async fn in_force(connection: &Connection) -> Result<GetPoliciesResponse, Failure> {
    connection
        .escalations()
        .call(GetPoliciesRequest {}, async |mut client, request| {
            client.get_policies(request).await
        })
        .await
}
