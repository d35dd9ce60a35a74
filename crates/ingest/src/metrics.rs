//! Ingest in numbers, over OTLP. The names of all metrics and attributes are here, and the
//! README has a table of them.

mod sources;

use std::collections::BTreeMap;

use opentelemetry::metrics::{Counter, Meter};
use opentelemetry::{KeyValue, global};

use crate::store::journal::{Outcome, Written};

pub(crate) use sources::keep_told;

const SOURCE: &str = "orderwatch.source.name";
const CONNECTOR: &str = "orderwatch.connector.name";
const DATASET: &str = "orderwatch.dataset.name";
const PATH: &str = "orderwatch.webhook.path";
const REASON: &str = "orderwatch.quarantine.reason";
const OUTCOME: &str = "orderwatch.outcome";

/// What is counted; cheap to clone. Where metrics go nowhere, counting costs nothing.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    facts: Counter<u64>,
    quarantined: Counter<u64>,
    webhook_calls: Counter<u64>,
    requests: Counter<u64>,
}

fn meter() -> Meter {
    global::meter("orderwatch.ingest")
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = meter();
        let counter = |name: &'static str, unit: &'static str, description: &'static str| {
            let counter = meter.u64_counter(name).with_unit(unit);
            counter.with_description(description).build()
        };
        Self {
            facts: counter(
                "orderwatch.facts.accepted",
                "{fact}",
                "Facts that were journalled.",
            ),
            quarantined: counter(
                "orderwatch.records.quarantined",
                "{record}",
                "Records that were put into quarantine.",
            ),
            webhook_calls: counter(
                "orderwatch.webhook.calls",
                "{call}",
                "Calls of vendors that were answered.",
            ),
            requests: counter(
                "orderwatch.connector.requests",
                "{request}",
                "Requests to vendors and databases of connectors.",
            ),
        }
    }

    /// Counts what a transaction has committed.
    pub(crate) fn journalled(&self, written: &Written<'_>) {
        let mut facts: BTreeMap<&str, u64> = BTreeMap::new();
        for (intake, outcome) in &written.outcomes {
            if matches!(outcome, Outcome::Accepted { .. }) {
                for part in &intake.parts {
                    *facts.entry(part.source.as_str()).or_default() += part.facts as u64;
                }
            }
        }
        for (source, facts) in facts {
            self.facts.add(facts, &[text(SOURCE, source)]);
        }
        for entry in &written.quarantined {
            let reason = KeyValue::new(REASON, entry.kind().as_str());
            self.quarantined
                .add(1, &[text(SOURCE, &entry.source), reason]);
        }
    }

    /// Counts a call of a webhook, which is named as `<connector>/<path>`.
    pub(crate) fn called(&self, webhook: &str, outcome: &'static str) {
        let (connector, path) = webhook.split_once('/').unwrap_or((webhook, ""));
        let outcome = KeyValue::new(OUTCOME, outcome);
        self.webhook_calls
            .add(1, &[text(CONNECTOR, connector), text(PATH, path), outcome]);
    }

    /// Counts a request that a feed made.
    pub(crate) fn asked(&self, connector: &str, dataset: &str, outcome: &'static str) {
        let (connector, dataset) = (text(CONNECTOR, connector), text(DATASET, dataset));
        let outcome = KeyValue::new(OUTCOME, outcome);
        self.requests.add(1, &[connector, dataset, outcome]);
    }
}

fn text(name: &'static str, value: &str) -> KeyValue {
    KeyValue::new(name, value.to_owned())
}
