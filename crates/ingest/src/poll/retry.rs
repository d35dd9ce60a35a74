//! Whether and when a request is tried again.

use order::{Span, Timestamp};

use super::{Failure, FailureKind};

const FIRST_WAIT: Span = Span::from_seconds(1);
const LONGEST_WAIT: Span = Span::from_seconds(60);
/// Longest that a run waits for a vendor that says when it may be asked again; beyond, the
/// run fails and the next one begins no earlier.
const LONGEST_PATIENCE: Span = Span::from_seconds(600);

/// Chance between 0 and 1, drawn by whoever runs the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter(f64);

impl Jitter {
    /// Takes a number between 0 and 1; others are brought in between.
    #[must_use]
    pub fn new(chance: f64) -> Self {
        Self(if chance.is_nan() {
            0.5
        } else {
            chance.clamp(0.0, 1.0)
        })
    }

    /// Returns that share of a span.
    #[must_use]
    pub fn of(self, span: Span) -> Span {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "a share of a span needs no more than 53 bits"
        )]
        let micros = (span.micros() as f64 * self.0) as i64;
        Span::from_micros(micros)
    }
}

/// Decides when a request that failed is tried again; an error when it is not.
pub(super) fn next_try(
    mut failure: Failure,
    attempt: u32,
    retries: u32,
    (now, jitter): (Timestamp, Jitter),
) -> Result<(Timestamp, Failure), Failure> {
    let is_passing = matches!(
        failure.kind,
        FailureKind::Throttled | FailureKind::Unavailable | FailureKind::Answer
    );
    if !is_passing {
        return Err(failure);
    }
    if attempt > retries {
        failure.message = format!("{} (after {attempt} tries)", failure.message);
        return Err(failure);
    }
    match failure.not_before {
        Some(until) if until.since(now) > LONGEST_PATIENCE => Err(failure),
        Some(until) => Ok((until, failure)),
        None => Ok((now + back_off(attempt, jitter), failure)),
    }
}

/// Doubles with every try; half of it is left to chance, so that many do not come at once.
fn back_off(attempt: u32, jitter: Jitter) -> Span {
    let doubled = FIRST_WAIT.micros() << attempt.saturating_sub(1).min(16);
    let whole = Span::from_micros(doubled.min(LONGEST_WAIT.micros()));
    let half = Span::from_micros(whole.micros() / 2);
    half + jitter.of(half)
}

/// Reads `Retry-After`: seconds, or a date of HTTP (RFC 9110, 10.2.3).
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Timestamp> {
    let text = header.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(now + Span::from_seconds(i64::from(seconds)));
    }
    let date = text.strip_suffix("GMT").map(|date| format!("{date}+0000"));
    let parsed = chrono::DateTime::parse_from_rfc2822(date.as_deref().unwrap_or(text)).ok()?;
    let until = Timestamp::from_micros(parsed.timestamp_micros());
    Some(until.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_half_of_each_is_chance() {
        let waits: Vec<_> = (1..=8)
            .map(|attempt| back_off(attempt, Jitter::new(1.0)).micros() / 1_000_000)
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(back_off(3, Jitter::new(0.0)), Span::from_seconds(2));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-11T00:00:00Z".parse().unwrap();
        let later = |seconds| Some(now + Span::from_seconds(seconds));
        assert_eq!(retry_after("120", now), later(120));
        assert_eq!(retry_after("Wed, 11 Nov 2026 00:01:00 GMT", now), later(60));
        assert_eq!(retry_after("Tue, 10 Nov 2026 00:01:00 GMT", now), later(0));
        assert_eq!(retry_after("soon", now), None);
    }
}
