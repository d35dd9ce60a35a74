//! What a first start applies, where nothing has been applied yet: the rules,
//! procedures and policies of `deploy/`, built into the program.

use crate::connection::Connection;
use crate::failure::Failure;
use crate::manifest::split_text;
use crate::progress::note;
use crate::verb::apply::{self, Intent};

/// Documents of `deploy/calendars`, `deploy/scenarios`, `deploy/sops` and `deploy/policies`.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/defaults.rs"));
}

/// The rules that a first start applies, as one text.
pub(crate) fn rules() -> String {
    let separated = embedded::RULES.iter().map(|text| format!("---\n{text}\n"));
    separated.collect()
}

/// Applies the defaults of each kind that has nothing in force.
pub(crate) async fn apply(connection: &Connection) -> Result<(), Failure> {
    let intent = Intent {
        actor: "orderwatch".to_owned(),
        reason: "defaults of a first start".to_owned(),
        dry_run: false,
        replace: false,
        based_on: 0,
    };
    let mut texts = Vec::new();
    if apply::has_no_rules(connection).await? {
        texts.extend(embedded::RULES);
    }
    if apply::has_no_sops(connection).await? {
        texts.extend(embedded::SOPS);
    }
    if apply::has_no_policies(connection).await? {
        texts.extend(embedded::POLICIES);
    }
    let documents: Vec<_> = texts.into_iter().flat_map(split_text).collect();
    if documents.is_empty() {
        return Ok(());
    }
    note(&format!(
        "applying {} default documents: scenarios, procedures and policies",
        documents.len()
    ));
    apply::apply(connection, &documents, &intent).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::split;

    #[test]
    fn every_default_is_a_sound_document() {
        for text in [embedded::RULES, embedded::SOPS, embedded::POLICIES].concat() {
            split("defaults", text).unwrap();
        }
    }
}
