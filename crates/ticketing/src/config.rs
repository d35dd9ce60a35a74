//! The section `[ticketing]` of the configuration.

use serde::Deserialize;
use service::config::{Faults, Interval};

use crate::desk::WakingSettings;

/// `[ticketing]` as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// Most exception events handled in one transaction, 1 to 2,000. Default 500.
    pub batch_events: usize,
    /// Most tickets woken in one transaction, 1 to 2,000. Default 500.
    pub batch_timers: usize,
    /// Real time after which a replica looks for timers that another one, which
    /// died, had set, 1s to 1d. Default 30s.
    pub recheck_timers: Interval,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            batch_events: 500,
            batch_timers: 500,
            recheck_timers: Interval::seconds(30),
        }
    }
}

/// How tickets are kept.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Most exception events handled in one transaction.
    pub batch_events: usize,
    /// How the time is kept.
    pub wakings: WakingSettings,
}

impl Config {
    /// Checks what was written, noting every fault by its key.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape of the binary's validation"
    )]
    pub fn validate(raw: Raw, faults: &mut Faults) -> Self {
        let recheck = Interval::seconds(1)..=Interval::seconds(86_400);
        let recheck = faults.within("ticketing.recheck_timers", raw.recheck_timers, recheck);
        let batch_timers = faults.within("ticketing.batch_timers", raw.batch_timers, 1..=2_000);
        Self {
            batch_events: faults.within("ticketing.batch_events", raw.batch_events, 1..=2_000),
            wakings: WakingSettings {
                batch: i64::try_from(batch_timers).unwrap_or(i64::MAX),
                recheck: recheck.duration(),
            },
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_fault_is_told_by_its_key() {
        let raw = Raw {
            batch_events: 0,
            batch_timers: 9_999,
            recheck_timers: Duration::from_millis(1).into(),
        };
        let mut faults = Faults::default();
        let _ = Config::validate(raw, &mut faults);
        let told = faults.into_result().unwrap_err().to_string();
        for key in ["batch_events", "batch_timers", "recheck_timers"] {
            assert!(told.contains(&format!("ticketing.{key}")), "{told}");
        }
    }

    #[test]
    fn the_defaults_have_no_faults() {
        let mut faults = Faults::default();
        let _ = Config::validate(Raw::default(), &mut faults);
        assert!(faults.is_empty());
    }
}
