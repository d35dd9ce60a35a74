//! The section `[rule_evaluation]` of the configuration.

use std::ops::RangeInclusive;
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
    /// How long a batch that is not full waits for more, at most 1s. Default 2ms.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let mut within = |key: &str, value: usize, range: RangeInclusive<usize>| {
            faults.within(&format!("rule_evaluation.{key}"), value, range)
        };
        let workers = within("workers", raw.workers, 1..=16);
        let batch_messages = within("batch_messages", raw.batch_messages, 1..=256);
        let batch_kib = within("batch_kib", raw.batch_kib, 64..=8_192);
        let linger = Interval::seconds(0)..=Interval::seconds(1);
        let linger = faults.within("rule_evaluation.linger", raw.linger, linger);
        Self {
            workers,
            batch_messages,
            batch_bytes: batch_kib * 1024,
            linger: linger.duration(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::validate(&Raw::default(), &mut Faults::default())
    }
}
