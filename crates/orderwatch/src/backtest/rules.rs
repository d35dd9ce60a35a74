//! The rule set of a backtest: of a folder or file, else the one built in.

use std::collections::BTreeSet;
use std::path::PathBuf;

use contracts::rules::v1::GetRuleSetRequest;
use rule_engine::RuleSet;

use crate::connection::Connection;
use crate::failure::{Exit, Failure};
use crate::manifest::{self, Document, Owner, join, split_text};
use crate::server::Service;
use crate::up::default_rules;

/// A rule set with the text that it was read from.
pub(crate) struct Rules {
    pub(crate) yaml: String,
    pub(crate) rule_set: RuleSet,
    /// Where it comes from, for people.
    pub(crate) origin: String,
}

impl Rules {
    /// Reads the rules of files and folders, or those that are built in.
    ///
    /// # Errors
    ///
    /// Every fault of the documents and of the rule set, with its place.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let (documents, origin) = if paths.is_empty() {
            (split_text(&default_rules()), "built in".to_owned())
        } else {
            let shown: Vec<String> = paths
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            (manifest::read(paths)?, shown.join(", "))
        };
        let documents: Vec<Document> = documents
            .into_iter()
            .filter(|document| document.kind.owner() == Owner::Service(Service::RuleEvaluation))
            .collect();
        let yaml = join(&documents);
        let rule_set = RuleSet::parse(1, &yaml).map_err(|faults| {
            let refused = Failure::invalid("the rules have faults; nothing was judged");
            faults.iter().fold(refused, |failure, fault| {
                failure.detail(placed(&documents, &fault.resource, &fault.to_string()))
            })
        })?;
        if rule_set.rules().is_empty() {
            let failure = Failure::invalid(format!("there is no rule in {origin}"));
            return Err(failure.remedy("name a file or folder that holds documents of kind Rule"));
        }
        Ok(Self {
            yaml,
            rule_set,
            origin,
        })
    }

    /// Reads the rules that are in force where the services judge.
    ///
    /// # Errors
    ///
    /// The service does not answer, or its rules are of a newer version.
    pub(crate) async fn in_force(connection: &Connection) -> Result<Self, Failure> {
        let answer = connection
            .rules()
            .call(GetRuleSetRequest::default(), async |mut client, request| {
                client.get_rule_set(request).await
            })
            .await?;
        let number = answer.rule_set.map_or(0, |rule_set| rule_set.number);
        let yaml = answer.resources_yaml;
        let rule_set = RuleSet::parse(number, &yaml).map_err(|faults| {
            let what = format!("rule set {number} cannot be used here; nothing was judged");
            let refused = Failure::invalid(what).at(connection.place(Service::RuleEvaluation));
            faults.iter().fold(refused, |failure, fault| {
                failure.detail(format!("{}: {fault}", fault.resource))
            })
        })?;
        Ok(Self {
            yaml,
            rule_set,
            origin: format!("in force, rule set {number}"),
        })
    }

    /// The rules of these names.
    ///
    /// # Errors
    ///
    /// A name that no rule has.
    pub(crate) fn only(&self, names: &[String]) -> Result<Option<BTreeSet<String>>, Failure> {
        for name in names {
            if self.rule_set.rule(name).is_none() {
                let known: Vec<&str> = self.rule_set.rules().iter().map(|r| r.name()).collect();
                let what = format!("there is no rule `{name}`");
                return Err(Failure::new(Exit::NotFound, what)
                    .at(&self.origin)
                    .remedy(format!("its rules are {}", known.join(", "))));
            }
        }
        Ok((!names.is_empty()).then(|| names.iter().cloned().collect()))
    }
}

/// The engine knows documents by name only; people look for them in files.
fn placed(documents: &[Document], resource: &str, fault: &str) -> String {
    let of_name =
        |document: &&Document| resource == format!("{}/{}", document.kind.word(), document.name);
    match documents.iter().find(of_name) {
        Some(document) => format!("{}: {fault}", document.place),
        None => fault.to_owned(),
    }
}
