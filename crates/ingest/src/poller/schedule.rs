//! When a feed runs again. Pure.

use order::{Span, Timestamp};

use super::Stopped;
use crate::connector::Schedule;
use crate::poll::Jitter;

/// How long a feed waits that something keeps from running at all, such as a missing secret.
pub(super) const RETRY_BLOCKED: Span = Span::from_seconds(60);
const FIRST_RETRY: Span = Span::from_seconds(30);

/// Returns when a feed runs again that ran from `began` to `now`.
pub(super) fn next(
    schedule: &Schedule,
    began: Timestamp,
    now: Timestamp,
    chance: f64,
) -> Timestamp {
    (began + schedule.every + jitter(schedule, chance)).max(now)
}

/// Returns when a feed runs again that failed, so many times before: soon at first, then as
/// rarely as it runs anyway, and not before the vendor wants it.
pub(super) fn retry(
    schedule: &Schedule,
    stopped: &Stopped,
    failures: i32,
    now: Timestamp,
    chance: f64,
) -> Timestamp {
    let doublings = u32::try_from(failures).unwrap_or(0).min(16);
    let wait = Span::from_micros(FIRST_RETRY.micros() << doublings).min(schedule.every);
    let due = now + wait + jitter(schedule, chance);
    stopped.not_before().map_or(due, |until| until.max(due))
}

fn jitter(schedule: &Schedule, chance: f64) -> Span {
    let share = f64::from(schedule.jitter) / 100.0;
    Jitter::new(chance * share).of(schedule.every)
}
