//! The section `[ingest]` of the configuration.

mod outbound;
mod secrets;
mod webhooks;

use std::ops::RangeInclusive;

use ::outbound::Destinations;
use serde::Deserialize;
use service::config::{Faults, Interval};

pub use outbound::RawOutbound;
pub(crate) use secrets::{NoSecret, Secrets};
pub use secrets::{RawSecret, RawSecrets};
pub use webhooks::RawWebhooks;
pub(crate) use webhooks::Webhooks;

/// `[ingest]` as it is written. The doc comments are the reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawConfig {
    /// Most KiB of batches that wait for the journal; beyond, senders are told to wait.
    /// Default 65536.
    pub queue_kib: usize,
    /// Most batches that share one transaction. Default 256.
    pub group_batches: usize,
    /// Most KiB of one request. Default 16384.
    pub request_kib: usize,
    /// How long ids of accepted batches are remembered: sending a batch again later than
    /// that journals it again, which changes no verdict. Default 30d.
    pub remember_batches: Interval,
    /// How many pairs of an entity and a batch that speaks of it wait until they are sealed:
    /// more make reading by order slower, fewer make it look into more segments.
    /// Default 500000.
    pub seal_entries: usize,
    /// Most polls that this replica runs at once; 0 runs none. Default 8.
    pub polls: usize,
    /// How long a replica that does not say that it is alive keeps the feeds that it runs.
    /// Default 60s.
    pub lease: Interval,
    /// Where polls may go.
    pub outbound: RawOutbound,
    /// Where the secrets of connectors are.
    pub secrets: RawSecrets,
    /// How calls of vendors are taken.
    pub webhooks: RawWebhooks,
}

/// `[ingest]`, valid.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) queue_kib: usize,
    pub(crate) group_batches: usize,
    pub(crate) request_bytes: usize,
    pub(crate) remember_batches: chrono::TimeDelta,
    pub(crate) seal_entries: i64,
    pub(crate) polls: usize,
    pub(crate) lease: chrono::TimeDelta,
    pub(crate) outbound: Destinations,
    pub(crate) secrets: Secrets,
    pub(crate) webhooks: Webhooks,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            queue_kib: 64 * 1024,
            group_batches: 256,
            request_kib: 16 * 1024,
            remember_batches: Interval::seconds(30 * 86_400),
            seal_entries: 500_000,
            polls: 8,
            lease: Interval::seconds(60),
            outbound: RawOutbound::default(),
            secrets: RawSecrets::new(),
            webhooks: RawWebhooks::default(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::validate(RawConfig::default(), &mut Faults::default())
    }
}

impl Config {
    /// Validates the section; faults are reported by key.
    #[must_use]
    pub fn validate(raw: RawConfig, faults: &mut Faults) -> Self {
        let mut within = |key: &str, value: usize, range: RangeInclusive<usize>| {
            faults.within(&format!("ingest.{key}"), value, range)
        };
        let queue_kib = within("queue_kib", raw.queue_kib, 64..=16 * 1024 * 1024);
        let group_batches = within("group_batches", raw.group_batches, 1..=10_000);
        let request_kib = within("request_kib", raw.request_kib, 64..=256 * 1024);
        let seal_entries = within("seal_entries", raw.seal_entries, 1..=2_000_000);
        let polls = within("polls", raw.polls, 0..=1_000);
        let lease = faults.within(
            "ingest.lease",
            raw.lease,
            Interval::seconds(2)..=Interval::seconds(3_600),
        );
        let remember_batches = chrono::TimeDelta::from_std(raw.remember_batches.duration());
        if remember_batches.is_err() {
            faults.add("ingest.remember_batches", "is too long");
        }
        Self {
            queue_kib,
            group_batches,
            request_bytes: request_kib * 1024,
            remember_batches: remember_batches.unwrap_or(chrono::TimeDelta::days(30)),
            seal_entries: i64::try_from(seal_entries).unwrap_or(i64::MAX),
            polls,
            lease: chrono::TimeDelta::from_std(lease.duration())
                .unwrap_or(chrono::TimeDelta::minutes(1)),
            outbound: raw.outbound.validate(faults),
            secrets: Secrets::validate(raw.secrets, faults),
            webhooks: Webhooks::validate(&raw.webhooks, faults),
        }
    }
}
