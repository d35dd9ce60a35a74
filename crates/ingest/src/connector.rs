//! Connectors: a mapping, and where its records come from: files, polls, queries, webhooks.
//! A connector is a YAML document of kind `Connector`; the crate's README shows one.
//!
//! Everything here is pure: text in, what to do or faults out.

mod decode;
mod http;
mod name;
mod options;
mod poll;
mod quantity;
mod query;
mod scope;
mod template;
mod webhook;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use order::{Catalogue, SourceId, Timestamp};

use crate::mapping::{Dataset, Expression, Fault, Mapping, Place};

pub(crate) use options::Options;

pub use http::{Answer, Auth, Http, Meaning, Signed};
pub use name::{ParameterName, SecretName};
pub use poll::{Body, Leaf, Method, Pages, Poll, Range, Schedule, Start};
pub use quantity::Rate;
pub use query::{Placeholder, Query, Statement};
pub use scope::{Scope, Seen};
pub use template::Template;
pub use webhook::Webhook;

/// A connector that is sound in itself.
#[derive(Debug)]
pub struct Connector {
    mapping: Mapping,
    parameters: Vec<Parameter>,
    secrets: Vec<SecretName>,
    http: Option<Http>,
    feeds: Vec<Feed>,
}

/// Something that each installation fills in for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// What it is where nobody says otherwise; none makes it required.
    pub default: Option<String>,
}

/// Where the records of a dataset come from by themselves.
#[derive(Debug)]
pub struct Feed {
    /// Name of the dataset.
    pub dataset: String,
    /// How they come.
    pub origin: Origin,
    /// Where it stands in the document's structure, such as `spec.datasets[0].poll`.
    pub path: String,
    /// Where it stands in the document's text.
    pub place: Place,
}

/// How the records of a dataset come.
#[derive(Debug)]
pub enum Origin {
    /// A vendor is asked over HTTP.
    Poll(Box<Poll>),
    /// A database is asked.
    Query(Box<Query>),
    /// A vendor calls.
    Webhook(Box<Webhook>),
}

impl Connector {
    /// Reads a connector and checks everything that can be known without running it.
    ///
    /// # Errors
    ///
    /// All faults, in the order in which they were found.
    pub fn parse(yaml: &str, catalogue: Arc<Catalogue>) -> Result<Self, Vec<Fault>> {
        decode::connector(yaml, catalogue)
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.mapping.name()
    }

    /// Returns how its records become facts.
    #[must_use]
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Returns it without the rest.
    #[must_use]
    pub fn into_mapping(self) -> Mapping {
        self.mapping
    }

    /// Returns what an installation fills in.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Fills its parameters in: what is given, else its default.
    ///
    /// # Errors
    ///
    /// Names the first that has neither.
    pub fn filled(&self, given: &BTreeMap<String, String>) -> Result<serde_json::Value, String> {
        let mut filled = serde_json::Map::new();
        for parameter in &self.parameters {
            let name = parameter.name.as_str();
            let value = given.get(name).or(parameter.default.as_ref());
            let missing = || format!("parameter `{name}` is not given and has no default");
            let value = value.ok_or_else(missing)?;
            filled.insert(name.to_owned(), value.as_str().into());
        }
        Ok(serde_json::Value::Object(filled))
    }

    /// Returns the names of its secrets; where they are, the configuration says.
    #[must_use]
    pub fn secrets(&self) -> &[SecretName] {
        &self.secrets
    }

    /// Returns how the vendor is asked.
    #[must_use]
    pub const fn http(&self) -> Option<&Http> {
        self.http.as_ref()
    }

    /// Returns the datasets that are fed by something else than files.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.feeds
    }

    /// Returns what feeds the dataset of that name.
    #[must_use]
    pub fn feed(&self, dataset: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.dataset == dataset)
    }

    /// Returns the sources that a dataset speaks for, each once.
    #[must_use]
    pub fn sources_of(&self, dataset: &str) -> Vec<SourceId> {
        let rules = self
            .dataset(dataset)
            .map(|dataset| dataset.facts.rules.iter());
        let mut sources: Vec<SourceId> = rules
            .into_iter()
            .flatten()
            .map(|rule| rule.source.clone())
            .collect();
        sources.sort();
        sources.dedup();
        sources
    }

    /// Returns what is sound and yet likely to be regretted.
    #[must_use]
    pub fn warnings(&self) -> Vec<Fault> {
        let lonely = |feed: &Feed| match &feed.origin {
            Origin::Webhook(webhook) if webhook.reconcile.is_none() => {
                let lost = format!(
                    "calls that are lost stay lost: nothing reconciles webhook `{}`",
                    webhook.path
                );
                let (message, help) = match self.asked_like(&feed.dataset) {
                    Some(asked) => (
                        format!(
                            "{lost}, although the {} of `{}` brings such facts",
                            asked.origin.kind(),
                            asked.dataset
                        ),
                        format!("add `reconcile: {}`", asked.dataset),
                    ),
                    None => (
                        lost,
                        "name a dataset with a poll or query: `reconcile: NAME`".to_owned(),
                    ),
                };
                Some(Fault::new(&feed.path, feed.place, message).help(help))
            }
            _ => None,
        };
        self.feeds.iter().filter_map(lonely).collect()
    }

    /// Finds what is asked for facts of a kind and source that a dataset brings as well.
    fn asked_like(&self, dataset: &str) -> Option<&Feed> {
        let brought = |name| {
            let rules = self.dataset(name).map(|dataset| dataset.facts.rules.iter());
            let rules = rules.into_iter().flatten();
            rules.map(|rule| (rule.kind, &rule.source))
        };
        let mut asked = self.feeds.iter().filter(|feed| feed.origin.is_asked());
        asked.find(|feed| brought(&feed.dataset).any(|one| brought(dataset).any(|own| own == one)))
    }

    /// Returns how the records of a dataset become facts.
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.mapping.dataset(name)
    }

    /// Evaluates a condition; what is absent is false.
    ///
    /// # Errors
    ///
    /// Says what was expected and what was found.
    pub fn truth(&self, expression: &Expression, scope: &Scope<'_>) -> Result<bool, String> {
        scope.truth(expression, &self.mapping)
    }

    /// Evaluates an expression that gives one text or number; none when it is absent or blank.
    ///
    /// # Errors
    ///
    /// Says what was expected and what was found.
    pub fn text(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Option<String>, String> {
        scope.text(expression, &self.mapping)
    }

    /// Evaluates an expression that gives the records of an answer or a call: a list of
    /// objects, or nothing.
    ///
    /// # Errors
    ///
    /// Says what was expected and what was found.
    pub fn records(
        &self,
        expression: &Expression,
        scope: &Scope<'_>,
    ) -> Result<Vec<serde_json::Value>, String> {
        scope.records(expression, &self.mapping)
    }

    /// Evaluates how new a record is.
    ///
    /// # Errors
    ///
    /// Says what was expected and what was found.
    pub fn position(
        &self,
        cursor: &Expression,
        record: &serde_json::Value,
    ) -> Result<Position, String> {
        let scope = Scope::default().json("row", record);
        scope.position(cursor, &self.mapping)
    }

    /// Fills a template in; none when all of it is one expression whose value is absent.
    ///
    /// # Errors
    ///
    /// Says which expression cannot be evaluated, and why.
    pub fn rendered(
        &self,
        template: &Template,
        scope: &Scope<'_>,
    ) -> Result<Option<String>, String> {
        template.text(scope, &self.mapping)
    }

    /// Fills a JSON body in.
    ///
    /// # Errors
    ///
    /// Says which expression cannot be evaluated, and why.
    pub fn rendered_leaf(
        &self,
        leaf: &Leaf,
        scope: &Scope<'_>,
    ) -> Result<serde_json::Value, String> {
        leaf.json(scope, &self.mapping)
    }
}

impl AsRef<Mapping> for Connector {
    fn as_ref(&self) -> &Mapping {
        &self.mapping
    }
}

/// How new a record is: what a cursor gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// The instant at which it changed.
    Instant(Timestamp),
    /// The number of the change.
    Number(i64),
}

impl Origin {
    /// Returns the name, as documents write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Poll(_) => "poll",
            Self::Query(_) => "query",
            Self::Webhook(_) => "webhook",
        }
    }

    /// Returns whether somebody is asked, and does not call by themselves.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        matches!(self, Self::Poll(_) | Self::Query(_))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(instant) => instant.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests;
