//! The clock that the services follow, seen from outside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use order::Timestamp;
use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::time::parse_instant;

/// The clock, if it is not to be read from the data directory.
#[derive(Debug, Args)]
#[group(id = "pace")]
pub(crate) struct Arguments {
    /// What the clock of the services shows at its anchor.
    #[arg(long, env = "ORDERWATCH__CLOCK__START", value_parser = parse_instant)]
    clock_start: Option<DateTime<Utc>>,
    /// Real instant at which it shows its start.
    #[arg(long, env = "ORDERWATCH__CLOCK__ANCHOR", value_parser = parse_instant)]
    clock_anchor: Option<DateTime<Utc>>,
    /// Seconds that pass on it in one real second.
    #[arg(long, env = "ORDERWATCH__CLOCK__SPEED")]
    clock_speed: Option<f64>,
}

/// A clock that shows `start` at the real instant `anchor` and runs `speed` times as fast.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(super) struct Pace {
    start: DateTime<Utc>,
    anchor: DateTime<Utc>,
    speed: f64,
}

/// What `orderwatch up` remembers of itself.
#[derive(Deserialize)]
struct Memory {
    clock: Option<Pace>,
}

impl Pace {
    pub(super) fn of(arguments: &Arguments, data_dir: Option<&Path>) -> Result<Self, Failure> {
        if let Some(directory) = data_dir {
            return Self::of_directory(directory);
        }
        let (start, anchor) = (arguments.clock_start, arguments.clock_anchor);
        match (start, anchor, arguments.clock_speed) {
            (None, None, None) => Ok(Self::wall()),
            (Some(start), Some(anchor), Some(speed)) if speed > 0.0 => Ok(Self {
                start,
                anchor,
                speed,
            }),
            _ => Err(Failure::new(
                Exit::Usage,
                "a scaled clock needs --clock-start, --clock-anchor and a --clock-speed above 0",
            )),
        }
    }

    fn of_directory(directory: &Path) -> Result<Self, Failure> {
        let file: PathBuf = directory.join("up.json");
        let text = std::fs::read(&file).map_err(|error| Failure::file(&file, "read", &error))?;
        let memory: Memory = serde_json::from_slice(&text).map_err(|error| {
            Failure::invalid(format!("{} cannot be understood: {error}", file.display()))
        })?;
        Ok(memory.clock.unwrap_or_else(Self::wall))
    }

    const fn wall() -> Self {
        Self {
            start: DateTime::UNIX_EPOCH,
            anchor: DateTime::UNIX_EPOCH,
            speed: 1.0,
        }
    }

    pub(super) const fn speed(&self) -> f64 {
        self.speed
    }

    pub(super) fn now(&self) -> Timestamp {
        let real = (Utc::now() - self.anchor).as_seconds_f64();
        let passed = TimeDelta::microseconds((real * self.speed * 1e6) as i64);
        Timestamp::from(self.start + passed)
    }

    /// Real time until the clock shows an instant; none when it has passed.
    pub(super) fn until(&self, instant: Timestamp) -> Duration {
        let left = instant.since(self.now()).micros().max(0) as f64;
        Duration::from_secs_f64(left / 1e6 / self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_clock_shows_its_start_at_its_anchor_and_runs_faster() {
        let anchor = Utc::now() - TimeDelta::seconds(10);
        let start = DateTime::UNIX_EPOCH;
        let pace = Pace {
            start,
            anchor,
            speed: 3_600.0,
        };
        let shown = pace.now().since(Timestamp::from(start)).micros() / 1_000_000;
        assert!((36_000..37_000).contains(&shown), "{shown}");
        let wait = pace.until(pace.now() + order::Span::from_hours(2));
        assert!((1_900..=2_000).contains(&wait.as_millis()), "{wait:?}");
    }
}
