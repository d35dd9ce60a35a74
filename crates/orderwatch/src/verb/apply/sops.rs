//! Standard procedures, and the teams and calendars that they go by.

use std::collections::HashMap;

use contracts::ticketing::v1::{ApplySopsRequest, ListSopsRequest, Sop};

use super::{Change, Intent};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::manifest::{Document, Kind, join};

pub(super) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Vec<(String, Change)>, Failure> {
    let before = versions(in_force(connection).await?);
    let request = ApplySopsRequest {
        resources_yaml: join(documents),
        actor: intent.actor.clone(),
        reason: intent.reason.clone(),
        dry_run: intent.dry_run,
    };
    let answer = connection
        .tickets()
        .call(request, async |mut client, request| {
            client.apply_sops(request).await
        })
        .await?;
    let after = versions(answer.sops);
    let change = |name: &str| match (before.get(name), after.get(name)) {
        (None, _) => Change::Created,
        (Some(old), Some(new)) if old != new => Change::Configured,
        (Some(_), _) => Change::Unchanged,
    };
    let furniture = |document: &Document| {
        let name = format!("{}/{}", document.kind.word(), document.name);
        match answer.furniture.contains(&name) {
            true => Change::Configured,
            false => Change::Unchanged,
        }
    };
    // What became of calendars is told with the rules.
    let told = documents.iter().filter(|it| it.kind != Kind::Calendar);
    Ok(told
        .map(|document| match document.kind {
            Kind::Sop => (document.to_string(), change(&document.name)),
            _ => (document.to_string(), furniture(document)),
        })
        .collect())
}

/// The procedures in force.
pub(crate) async fn in_force(connection: &Connection) -> Result<Vec<Sop>, Failure> {
    let answer = connection
        .tickets()
        .call(ListSopsRequest {}, async |mut client, request| {
            client.list_sops(request).await
        })
        .await?;
    Ok(answer.sops)
}

fn versions(sops: Vec<Sop>) -> HashMap<String, i32> {
    sops.into_iter()
        .map(|sop| (sop.name, sop.version))
        .collect()
}
