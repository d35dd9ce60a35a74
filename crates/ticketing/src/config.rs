//! The section `[ticketing]` of the configuration.

mod automation;
mod evidence;

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use service::config::{Faults, Interval};

pub use evidence::{EvidenceSettings, Raw as RawEvidence};

use crate::{
    desk::{GatherSettings, WakingSettings},
    domain::group::Settings,
};

pub use automation::{
    AutomationConfig, RawAutomation, RawEndpoint, RawOutbound, RawSecret, Subjects,
};

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
    /// Real time between two looks at what tickets have in common, 100ms to 1h. Default 5s.
    pub gather_every: Interval,
    /// Time within which many tickets are an incident, 1m to 1d. Default 10m.
    pub incident_window: Interval,
    /// How many tickets of a scenario are an incident, 2 to 100,000. Default 50.
    pub incident_size: i64,
    /// How many times as many as in the day before, 1 to 100. Default 3.
    pub incident_surge: f64,
    /// Real time for which a stream waits for its reader to take an answer, 1s to 10m. Default
    /// 30s.
    pub reader_patience: Interval,
    /// Machines that steps call.
    pub automation: RawAutomation,
    /// How evidence is taken.
    pub evidence: RawEvidence,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            batch_events: 500,
            batch_timers: 500,
            recheck_timers: Interval::seconds(30),
            gather_every: Interval::seconds(5),
            incident_window: Interval::seconds(600),
            incident_size: 50,
            incident_surge: 3.0,
            reader_patience: Interval::seconds(30),
            automation: RawAutomation::default(),
            evidence: RawEvidence::default(),
        }
    }
}

/// How tickets are kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// Most exception events handled in one transaction.
    pub batch_events: usize,
    /// How the time is kept.
    pub wakings: WakingSettings,
    /// How tickets that belong together are found.
    pub gathering: GatherSettings,
    /// Real time for which a stream waits for its reader to take an answer.
    pub reader_patience: Duration,
    /// How calls to machines are made.
    pub automation: AutomationConfig,
    /// How evidence is taken.
    pub evidence: EvidenceSettings,
}

impl Config {
    /// Checks what was written, noting every fault by its key.
    #[must_use]
    pub fn validate(raw: Raw, faults: &mut Faults) -> Self {
        let recheck = Interval::seconds(1)..=Interval::seconds(86_400);
        let recheck = faults.within("ticketing.recheck_timers", raw.recheck_timers, recheck);
        let patience = Interval::seconds(1)..=Interval::seconds(600);
        let patience = faults.within("ticketing.reader_patience", raw.reader_patience, patience);
        let batch_timers = faults.within("ticketing.batch_timers", raw.batch_timers, 1..=2_000);
        Self {
            batch_events: faults.within("ticketing.batch_events", raw.batch_events, 1..=2_000),
            wakings: WakingSettings {
                batch: i64::try_from(batch_timers).unwrap_or(i64::MAX),
                recheck: recheck.duration(),
            },
            gathering: gathering(&raw, faults),
            reader_patience: patience.duration(),
            automation: raw.automation.validate(faults),
            evidence: EvidenceSettings::validate(raw.evidence, faults),
        }
    }
}

fn gathering(raw: &Raw, faults: &mut Faults) -> GatherSettings {
    let every = Interval::from(Duration::from_millis(100))..=Interval::seconds(3_600);
    let window = Interval::seconds(60)..=Interval::seconds(86_400);
    let window = faults.within("ticketing.incident_window", raw.incident_window, window);
    let every = faults.within("ticketing.gather_every", raw.gather_every, every);
    let window = i64::try_from(window.duration().as_secs()).unwrap_or(i64::MAX);
    GatherSettings {
        every: every.duration(),
        incident: Settings {
            window: TimeDelta::seconds(window),
            size: faults.within("ticketing.incident_size", raw.incident_size, 2..=100_000),
            surge: faults.within("ticketing.incident_surge", raw.incident_surge, 1.0..=100.0),
        },
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
    fn every_fault_is_told_by_its_key() {
        let raw = Raw {
            batch_events: 0,
            batch_timers: 9_999,
            recheck_timers: Duration::from_millis(1).into(),
            gather_every: Duration::ZERO.into(),
            incident_window: Interval::seconds(1),
            incident_size: 1,
            incident_surge: 0.5,
            reader_patience: Duration::from_millis(1).into(),
            ..Raw::default()
        };
        let mut faults = Faults::default();
        let _ = Config::validate(raw, &mut faults);
        let told = faults.into_result().unwrap_err().to_string();
        for key in [
            "batch_events",
            "batch_timers",
            "recheck_timers",
            "gather_every",
            "incident_window",
            "incident_size",
            "incident_surge",
            "reader_patience",
        ] {
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
