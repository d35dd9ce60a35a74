//! Rules and what they stand on: changed by resource, or as one whole.

use contracts::rules::v1::resource_edit::Edit;
use contracts::rules::v1::{
    ApplyRuleSetRequest, ChangeRuleSetRequest, GetRuleSetRequest, GetRuleSetResponse, ResourceEdit,
};
use tonic::Code;

use super::Intent;
use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::manifest::{Document, join};
use crate::verb::rule_set::Outcome;

pub(super) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Outcome, Failure> {
    let outcome = if intent.replace {
        replace(connection, documents, intent).await
    } else {
        change(connection, documents, intent).await
    };
    outcome.map_err(|failure| with_places(failure, documents))
}

async fn change(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Outcome, Failure> {
    let request = ChangeRuleSetRequest {
        edits: edits(documents),
        based_on: intent.based_on,
        actor: intent.actor.clone(),
        reason: intent.reason.clone(),
        dry_run: intent.dry_run,
    };
    connection
        .rules()
        .call(request, async |mut client, request| {
            client.change_rule_set(request).await
        })
        .await
        .map(Outcome::from)
}

async fn replace(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Outcome, Failure> {
    let request = ApplyRuleSetRequest {
        resources_yaml: join(documents),
        actor: intent.actor.clone(),
        reason: intent.reason.clone(),
        based_on: intent.based_on,
        dry_run: intent.dry_run,
    };
    connection
        .rules()
        .call(request, async |mut client, request| {
            client.apply_rule_set(request).await
        })
        .await
        .map(Outcome::from)
}

/// Each document as the new state of its resource.
pub(crate) fn edits(documents: &[Document]) -> Vec<ResourceEdit> {
    let put = |document: &Document| ResourceEdit {
        kind: document.kind.word().to_owned(),
        name: document.name.clone(),
        etag: String::new(),
        edit: Some(Edit::Put(document.text.clone())),
    };
    documents.iter().map(put).collect()
}

/// The rule set in force; an empty one where there is none yet.
pub(crate) async fn in_force(connection: &Connection) -> Result<GetRuleSetResponse, Failure> {
    let answer = connection
        .rules()
        .call(
            GetRuleSetRequest { number: 0 },
            async |mut client, request| client.get_rule_set(request).await,
        )
        .await;
    match answer {
        Err(failure) if failure.exit() == Exit::from(Code::NotFound) => {
            Ok(GetRuleSetResponse::default())
        }
        answer => answer,
    }
}

/// The service knows documents by name only; people look for them in files.
pub(crate) fn with_places(failure: Failure, documents: &[Document]) -> Failure {
    documents.iter().fold(failure, |failure, document| {
        let name = format!("{}/{}", document.kind.word(), document.name);
        if failure.to_string().contains(&name) {
            failure.detail(format!("{name} stands in {}", document.place))
        } else {
            failure
        }
    })
}
