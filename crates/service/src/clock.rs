//! The one clock that everything asks for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio::sync::watch;

/// Longest sleep in one piece, so that a corrected offset takes effect.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// A wall, scaled or manual clock; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// `start` is what the clock shows when the wall shows `anchor`; from there
    /// it runs `speed` times as fast. The wall clock is speed 1 from anywhere.
    Running {
        start: DateTime<Utc>,
        anchor: DateTime<Utc>,
        speed: f64,
        offset: Arc<AtomicI64>,
    },
    Manual(Arc<watch::Sender<DateTime<Utc>>>),
}

impl Clock {
    /// Shows the time of the database's machine, once aligned; before that, of this one.
    #[must_use]
    pub fn wall() -> Self {
        Self::scaled(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH, 1.0)
    }

    /// Shows `start` when the wall shows `anchor`, and runs `speed` times as
    /// fast. Processes with the same three figures show the same time.
    #[must_use]
    pub fn scaled(start: DateTime<Utc>, anchor: DateTime<Utc>, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 {
            speed
        } else {
            1.0
        };
        Self {
            kind: Kind::Running {
                start,
                anchor,
                speed,
                offset: Arc::default(),
            },
        }
    }

    /// Shows `start` until it is set or advanced.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self {
            kind: Kind::Manual(Arc::new(watch::Sender::new(start))),
        }
    }

    /// Tells the time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.kind {
            Kind::Running {
                start,
                anchor,
                speed,
                offset,
            } => {
                let wall = Utc::now() + TimeDelta::microseconds(offset.load(Ordering::Relaxed));
                *start + scaled(wall - *anchor, *speed)
            }
            Kind::Manual(shown) => *shown.borrow(),
        }
    }

    /// Moves a manual clock forward; any other clock goes its own way.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Manual(shown) = &self.kind {
            shown.send_modify(|now| *now += by);
        }
    }

    /// Sets a manual clock; any other clock goes its own way.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Kind::Manual(shown) = &self.kind {
            shown.send_replace(instant);
        }
    }

    /// Waits until the clock shows `instant` or later.
    pub async fn sleep_until(&self, instant: DateTime<Utc>) {
        match &self.kind {
            Kind::Manual(shown) => {
                // The sender lives in `self`, so waiting cannot fail.
                let _ = shown.subscribe().wait_for(|now| *now >= instant).await;
            }
            Kind::Running { .. } => loop {
                let left = instant - self.now();
                if left <= TimeDelta::zero() {
                    return;
                }
                let piece = self.real_duration(left).min(LONGEST_SLEEP);
                tokio::time::sleep(piece.max(Duration::from_millis(1))).await;
            },
        }
    }

    /// How long a stretch of this clock takes in reality. A manual clock takes
    /// the stretch as it is.
    #[must_use]
    pub fn real_duration(&self, shown: TimeDelta) -> Duration {
        let speed = self.speed();
        scaled(shown, 1.0 / speed)
            .to_std()
            .unwrap_or(Duration::ZERO)
    }

    /// How many times as fast as reality it runs; 1 for a manual clock.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.kind {
            Kind::Running { speed, .. } => *speed,
            Kind::Manual(_) => 1.0,
        }
    }

    /// Measures how far the database's clock is from this machine's, and shows
    /// the database's time from then on. Taken from the quickest of three round trips.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn align(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let Kind::Running { offset, .. } = &self.kind else {
            return Ok(());
        };
        let mut best: Option<(TimeDelta, TimeDelta)> = None;
        for _ in 0..3 {
            let asked = Utc::now();
            let told = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "told!""#)
                .fetch_one(pool)
                .await?;
            let trip = Utc::now() - asked;
            if best.is_none_or(|(shortest, _)| trip < shortest) {
                best = Some((trip, told - (asked + trip / 2)));
            }
        }
        if let Some((trip, measured)) = best {
            // Within the uncertainty of the measurement the clocks agree.
            let measured = if measured.abs() <= trip {
                TimeDelta::zero()
            } else {
                measured
            };
            offset.store(measured.num_microseconds().unwrap_or(0), Ordering::Relaxed);
        }
        Ok(())
    }
}

fn scaled(stretch: TimeDelta, factor: f64) -> TimeDelta {
    if (factor - 1.0).abs() < f64::EPSILON {
        return stretch;
    }
    let micros = stretch.num_microseconds().unwrap_or(i64::MAX);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "microseconds of centuries fit"
    )]
    let product = (micros as f64 * factor).round() as i64;
    TimeDelta::microseconds(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-06-18T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_scaled_clock_runs_as_many_times_faster_from_its_start() {
        let anchor = Utc::now() - TimeDelta::seconds(10);
        let clock = Clock::scaled(noon(), anchor, 600.0);
        let shown = clock.now() - noon();
        assert!(
            shown >= TimeDelta::minutes(100) && shown < TimeDelta::minutes(110),
            "{shown}"
        );
        assert_eq!(
            clock.real_duration(TimeDelta::minutes(10)),
            Duration::from_secs(1)
        );
    }

    #[tokio::test]
    async fn a_scaled_clock_sleeps_as_many_times_shorter() {
        let clock = Clock::scaled(noon(), Utc::now(), 100_000.0);
        let started = std::time::Instant::now();
        clock.sleep_until(noon() + TimeDelta::hours(1)).await;
        assert!(clock.now() >= noon() + TimeDelta::hours(1));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_its_sleepers_when_it_is_advanced() {
        let clock = Clock::manual(noon());
        let sleeper = clock.clone();
        let woken = tokio::spawn(async move {
            sleeper.sleep_until(noon() + TimeDelta::hours(4)).await;
            sleeper.now()
        });
        clock.advance(TimeDelta::hours(3));
        tokio::task::yield_now().await;
        assert!(!woken.is_finished());
        clock.advance(TimeDelta::hours(1));
        assert_eq!(woken.await.unwrap(), noon() + TimeDelta::hours(4));
    }

    #[test]
    fn the_wall_clock_shows_the_time() {
        assert!((Clock::wall().now() - Utc::now()).abs() < TimeDelta::seconds(1));
    }
}
