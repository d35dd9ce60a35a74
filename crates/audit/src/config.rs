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
    /// How long a batch that is not full waits for more. Default 20ms.
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
        if !(1..=5_000).contains(&raw.batch_events) {
            faults.add(
                "audit.batch_events",
                format!("{} is not within 1 to 5000", raw.batch_events),
            );
        }
        if !(64..=16_384).contains(&raw.batch_kib) {
            faults.add(
                "audit.batch_kib",
                format!("{} is not within 64 to 16384", raw.batch_kib),
            );
        }
        if raw.linger.duration() > Duration::from_secs(5) {
            faults.add("audit.linger", format!("{} is longer than 5s", raw.linger));
        }
        Self {
            batch_events: raw.batch_events,
            batch_bytes: raw.batch_kib * 1024,
            linger: raw.linger.duration(),
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
            ["audit.batch_events", "audit.batch_kib", "audit.linger"]
        );
    }
}
