//! The section `[audit]` of the configuration.

use std::time::Duration;

use serde::Deserialize;
use service::config::{Faults, Interval};

/// `[audit]` as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// Most events that one transaction records, 1 to 5,000. Default 500.
    pub batch_events: usize,
    /// Most KiB of payload that one transaction records, 64 to 16,384. Default 4,096.
    pub batch_kib: usize,
    /// How long a batch that is not full waits for more, at most 5s. Default 20ms.
    pub linger: Interval,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            batch_events: 500,
            batch_kib: 4_096,
            linger: Duration::from_millis(20).into(),
        }
    }
}

/// How the record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Most events that one transaction records.
    pub batch_events: usize,
    /// Most bytes of payload that one transaction records.
    pub batch_bytes: usize,
    /// How long a batch that is not full waits for more.
    pub linger: Duration,
}

impl Config {
    /// Checks what was written, noting every fault by its key.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the runtime hands the raw section over"
    )]
    pub fn validate(raw: Raw, faults: &mut Faults) -> Self {
        let batch_kib = faults.within("audit.batch_kib", raw.batch_kib, 64..=16_384);
        let linger = Interval::seconds(0)..=Interval::seconds(5);
        Self {
            batch_events: faults.within("audit.batch_events", raw.batch_events, 1..=5_000),
            batch_bytes: batch_kib * 1024,
            linger: faults.within("audit.linger", raw.linger, linger).duration(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::validate(Raw::default(), &mut Faults::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_have_no_faults() {
        let mut faults = Faults::default();
        let config = Config::validate(Raw::default(), &mut faults);
        assert!(faults.is_empty());
        assert_eq!(config, Config::default());
    }

    #[test]
    fn every_fault_is_told_by_its_key() {
        let raw = Raw {
            batch_events: 0,
            batch_kib: 1,
            linger: Interval::seconds(60),
        };
        let mut faults = Faults::default();
        let _ = Config::validate(raw, &mut faults);
        let errors = faults.into_result().unwrap_err();
        let keys: Vec<&str> = errors
            .faults()
            .iter()
            .map(|fault| fault.key.as_str())
            .collect();
        assert_eq!(
            keys,
            ["audit.batch_kib", "audit.batch_events", "audit.linger"]
        );
    }
}
