//! Rules and what they stand on. A rule set is one whole, so new documents are
//! merged over those in force, unless they are said to be all there is.

use contracts::rules::v1::{ApplyRuleSetRequest, GetRuleSetRequest, GetRuleSetResponse};
use tonic::Code;

use super::{Change, Intent, compare};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::manifest::{Document, join, split_text};

pub(super) async fn apply(
    connection: &Connection,
    documents: &[Document],
    intent: &Intent,
) -> Result<Vec<(String, Change)>, Failure> {
    let present = in_force(connection).await?;
    let old = split_text(&present.resources_yaml);
    let whole = if intent.replace {
        documents.to_vec()
    } else {
        merge(&old, documents)
    };
    let request = ApplyRuleSetRequest {
        resources_yaml: join(&whole),
        actor: intent.actor.clone(),
        reason: intent.reason.clone(),
        based_on: present.rule_set.map_or(0, |set| set.number),
        dry_run: intent.dry_run,
    };
    connection
        .call(
            Service::RuleEvaluation,
            &connection.rules(),
            request,
            async |mut client, request| client.apply_rule_set(request).await,
        )
        .await
        .map_err(|failure| with_places(failure, documents))?;
    Ok(compare(documents, &old, intent.replace))
}

/// The rule set in force; an empty one where there is none yet.
pub(crate) async fn in_force(connection: &Connection) -> Result<GetRuleSetResponse, Failure> {
    let answer = connection
        .call(
            Service::RuleEvaluation,
            &connection.rules(),
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
fn with_places(failure: Failure, documents: &[Document]) -> Failure {
    documents.iter().fold(failure, |failure, document| {
        let name = format!("{}/{}", document.kind.word(), document.name);
        if failure.to_string().contains(&name) {
            failure.detail(format!("{name} stands in {}", document.place))
        } else {
            failure
        }
    })
}

/// Old documents with the new ones in their place, and the rest of the new.
fn merge(old: &[Document], new: &[Document]) -> Vec<Document> {
    let kept = old
        .iter()
        .filter(|old| !new.iter().any(|document| document.is_of(old)));
    kept.chain(new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::split;

    fn rule(name: &str, when: &str) -> Document {
        let text = format!(
            "apiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: {name}}}\nspec: {{when: {when}}}\n"
        );
        split("test", &text).unwrap().remove(0)
    }

    #[test]
    fn new_documents_are_merged_over_those_in_force() {
        let old = [rule("a", "x"), rule("b", "x")];
        let new = [rule("b", "y"), rule("c", "x")];
        let merged: Vec<String> = merge(&old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(merged, ["rule/a", "rule/b", "rule/c"]);
    }

    #[test]
    fn changes_are_told_one_by_one() {
        let old = [rule("a", "x"), rule("b", "x"), rule("d", "x")];
        let new = [rule("a", "x"), rule("b", "y"), rule("c", "x")];
        let told = |replace| {
            let changes = compare(&new, &old, replace);
            changes
                .into_iter()
                .map(|(name, change)| (name, change.word()))
                .collect::<Vec<_>>()
        };
        let expected = [
            ("rule/a", "unchanged"),
            ("rule/b", "configured"),
            ("rule/c", "created"),
        ];
        assert_eq!(
            told(false),
            expected.map(|(name, word)| (name.to_owned(), word))
        );
        assert_eq!(told(true)[3], ("rule/d".to_owned(), "dropped"));
    }
}
