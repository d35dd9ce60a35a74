//! When a feed runs again. Pure.

use order::{Span, Timestamp};

use super::Stopped;
use crate::connector::Poll;
use crate::poll::Jitter;

/// How long a feed waits that something keeps from running at all, such as a missing secret.
pub(super) const RETRY_BLOCKED: Span = Span::from_seconds(60);
const FIRST_RETRY: Span = Span::from_seconds(30);

/// Returns when a feed runs again that ran from `began` to `now`.
pub(super) fn next(poll: &Poll, began: Timestamp, now: Timestamp, chance: f64) -> Timestamp {
    (began + poll.schedule.every + jitter(poll, chance)).max(now)
}

/// Returns when a feed runs again that failed, so many times before: soon at first, then as
/// rarely as it runs anyway, and not before the vendor wants it.
pub(super) fn retry(
    poll: &Poll,
    stopped: &Stopped,
    failures: i32,
    now: Timestamp,
    chance: f64,
) -> Timestamp {
    let doublings = u32::try_from(failures).unwrap_or(0).min(16);
    let wait = Span::from_micros(FIRST_RETRY.micros() << doublings).min(poll.schedule.every);
    let due = now + wait + jitter(poll, chance);
    stopped.not_before().map_or(due, |until| until.max(due))
}

fn jitter(poll: &Poll, chance: f64) -> Span {
    let share = f64::from(poll.schedule.jitter) / 100.0;
    Jitter::new(chance * share).of(poll.schedule.every)
}
