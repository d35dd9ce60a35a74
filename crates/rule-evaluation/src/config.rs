//! The section `[rule_evaluation]` of the configuration.

use std::time::Duration;

use serde::Deserialize;
use service::config::{Faults, Interval};

/// `[rule_evaluation]` as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// Transactions in which a batch of facts is judged at once, 1 to 16. Default 2.
    pub workers: usize,
    /// Most messages of one batch, 1 to 256. Default 64.
    pub batch_messages: usize,
    /// Most KiB of one batch, 64 to 8,192. Default 2,048.
    pub batch_kib: usize,
    /// How long a batch that is not full waits for more. Default 2ms.
    pub linger: Interval,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            workers: 2,
            batch_messages: 64,
            batch_kib: 2_048,
            linger: Duration::from_millis(2).into(),
        }
    }
}

/// How facts are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Transactions in which a batch of facts is judged at once.
    pub workers: usize,
    /// Most messages of one batch.
    pub batch_messages: usize,
    /// Most bytes of one batch.
    pub batch_bytes: usize,
    /// How long a batch that is not full waits for more.
    pub linger: Duration,
}

impl Config {
    /// Checks what was written, noting every fault by its key.
    #[must_use]
    pub fn validate(raw: &Raw, faults: &mut Faults) -> Self {
        let mut within = |key: &str, value: usize, least: usize, most: usize| {
            if !(least..=most).contains(&value) {
                let key = format!("rule_evaluation.{key}");
                faults.add(&key, format!("{value} is not within {least} to {most}"));
            }
        };
        within("workers", raw.workers, 1, 16);
        within("batch_messages", raw.batch_messages, 1, 256);
        within("batch_kib", raw.batch_kib, 64, 8_192);
        if raw.linger.duration() > Duration::from_secs(1) {
            faults.add(
                "rule_evaluation.linger",
                format!("{} is longer than 1s", raw.linger),
            );
        }
        Self {
            workers: raw.workers,
            batch_messages: raw.batch_messages,
            batch_bytes: raw.batch_kib * 1024,
            linger: raw.linger.duration(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::validate(&Raw::default(), &mut Faults::default())
    }
}
