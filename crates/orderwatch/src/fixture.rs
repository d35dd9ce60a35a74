//! Fixtures: what a vendor sends, and the facts that a connector must make of it.

mod comparison;
mod document;
mod payload;
mod request;

use std::collections::BTreeMap;

use ingest::connector::Connector;
use ingest::trial::{Given, Outcome, Trial, Untried};
use order::{Span, Timestamp};

pub(crate) use comparison::Expected;
pub(crate) use document::read;
pub(crate) use payload::given;

/// How long before `now` a poll was run last, where a fixture does not say.
const SINCE_BEFORE: Span = Span::from_hours(1);
/// Present of a fixture that does not say.
const NOW: Timestamp = Timestamp::from_seconds(1_794_326_400);

/// One payload for one dataset of a connector, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) connector: String,
    pub(crate) case: Case,
    pub(crate) expected: Expected,
}

/// What a connector is tried on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) dataset: String,
    pub(crate) now: Option<Timestamp>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) given: Given,
}

impl Case {
    /// Holds it against a connector.
    ///
    /// # Errors
    ///
    /// When the dataset does not get its records in this way.
    pub(crate) fn held(&self, connector: &Connector) -> Result<Outcome, Untried> {
        let now = self.now.unwrap_or(NOW);
        let since = self.since.unwrap_or(now - SINCE_BEFORE);
        let trial = Trial::new(connector, &self.dataset, (since, now), &self.parameters)?;
        trial.held(self.given.clone())
    }
}

impl Fixture {
    /// Says how what comes of it differs from what must; nothing when it holds.
    pub(crate) fn differences(&self, connector: &Connector) -> Vec<String> {
        match self.case.held(connector) {
            Ok(outcome) => self.expected.differences(&outcome),
            Err(untried) => vec![untried.to_string()],
        }
    }
}

#[cfg(test)]
mod tests;
