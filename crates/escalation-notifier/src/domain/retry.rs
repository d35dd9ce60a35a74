//! What an answer means, and when to try again.

use std::time::Duration;

/// What came of one attempt to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It arrived.
    Accepted {
        /// What the vendor said.
        detail: String,
    },
    /// The vendor takes no more just now.
    Busy {
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What it said.
        detail: String,
    },
    /// It did not arrive this time.
    Unavailable {
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What went wrong.
        detail: String,
    },
    /// Nobody knows whether it arrived.
    Unknown {
        /// How long it asked us to wait.
        retry_after: Option<Duration>,
        /// What went wrong.
        detail: String,
    },
    /// The vendor will never take it.
    Refused {
        /// Why.
        detail: String,
    },
}

/// What becomes of a delivery after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Sent,
    /// It is tried again after a while.
    Again(Duration),
    /// It is given up.
    Failed,
}

/// Exponential back-off with jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySchedule {
    /// Wait after the first failure.
    pub initial: Duration,
    /// Longest wait between two attempts.
    pub maximum: Duration,
    /// Attempts after which a delivery is given up. A busy vendor's answers do
    /// not count: whoever asks us to wait will take it later.
    pub attempts: u32,
    /// Real time after which whoever is not reached by one channel is told by
    /// another, if there is one.
    pub patience: Duration,
}

impl Default for RetrySchedule {
    /// Two seconds, doubling up to a quarter of an hour, twenty attempts:
    /// about three hours. Another channel after three quarters of a minute.
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(2),
            maximum: Duration::from_secs(15 * 60),
            attempts: 20,
            patience: Duration::from_secs(45),
        }
    }
}

impl Answer {
    /// What was said, for the ledger.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Accepted { detail }
            | Self::Busy { detail, .. }
            | Self::Unavailable { detail, .. }
            | Self::Unknown { detail, .. }
            | Self::Refused { detail } => detail,
        }
    }

    /// The same, with what was said told in other words.
    #[must_use]
    pub fn told(mut self, tell: impl FnOnce(&str) -> String) -> Self {
        let (Self::Accepted { detail }
        | Self::Busy { detail, .. }
        | Self::Unavailable { detail, .. }
        | Self::Unknown { detail, .. }
        | Self::Refused { detail }) = &mut self;
        *detail = tell(detail);
        self
    }

    /// One word for it in the ledger.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Busy { .. } => "busy",
            Self::Unavailable { .. } => "unavailable",
            Self::Unknown { .. } => "unknown",
            Self::Refused { .. } => "refused",
        }
    }
}

impl RetrySchedule {
    /// What becomes of a delivery after its `attempt`-th attempt, from 1.
    /// `jitter` is between 0 and 1 and chosen anew each time.
    #[must_use]
    pub fn judge(&self, answer: &Answer, attempt: u32, jitter: f64) -> Verdict {
        match answer {
            Answer::Accepted { .. } => Verdict::Sent,
            Answer::Refused { .. } => Verdict::Failed,
            Answer::Unavailable { .. } | Answer::Unknown { .. } if attempt >= self.attempts => {
                Verdict::Failed
            }
            Answer::Busy { retry_after, .. }
            | Answer::Unavailable { retry_after, .. }
            | Answer::Unknown { retry_after, .. } => {
                let wait = self.back_off(attempt, jitter);
                Verdict::Again(retry_after.map_or(wait, |asked| asked.max(wait)))
            }
        }
    }

    /// Between half of the doubled wait and all of it.
    fn back_off(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self
            .initial
            .saturating_mul(1 << doublings)
            .min(self.maximum);
        full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: RetrySchedule = RetrySchedule {
        initial: Duration::from_secs(2),
        maximum: Duration::from_secs(60),
        attempts: 5,
        patience: Duration::from_secs(45),
    };

    fn unavailable(retry_after: Option<u64>) -> Answer {
        Answer::Unavailable {
            retry_after: retry_after.map(Duration::from_secs),
            detail: "connection refused".to_owned(),
        }
    }

    #[test]
    fn waits_double_up_to_the_maximum() {
        let waits: Vec<u64> = (1..5)
            .map(
                |attempt| match SCHEDULE.judge(&unavailable(None), attempt, 1.0) {
                    Verdict::Again(wait) => wait.as_secs(),
                    other => panic!("{other:?}"),
                },
            )
            .collect();
        assert_eq!(waits, [2, 4, 8, 16]);
        let long = RetrySchedule {
            attempts: u32::MAX,
            ..SCHEDULE
        };
        let late = long.judge(&unavailable(None), 4_000_000, 1.0);
        assert_eq!(late, Verdict::Again(Duration::from_secs(60)));
    }

    #[test]
    fn jitter_halves_a_wait_at_most() {
        let wait = SCHEDULE.judge(&unavailable(None), 2, 0.0);
        assert_eq!(wait, Verdict::Again(Duration::from_secs(2)));
    }

    #[test]
    fn a_longer_wait_is_honoured_when_asked_for() {
        let wait = SCHEDULE.judge(&unavailable(Some(90)), 1, 0.3);
        assert_eq!(wait, Verdict::Again(Duration::from_secs(90)));
    }

    #[test]
    fn the_last_attempt_gives_up_but_a_busy_vendor_is_waited_for() {
        assert_eq!(SCHEDULE.judge(&unavailable(None), 5, 0.5), Verdict::Failed);
        let busy = Answer::Busy {
            retry_after: None,
            detail: String::new(),
        };
        assert!(matches!(SCHEDULE.judge(&busy, 500, 0.5), Verdict::Again(_)));
    }

    #[test]
    fn a_refusal_fails_at_once() {
        let refused = Answer::Refused {
            detail: "invalid webhook".to_owned(),
        };
        assert_eq!(SCHEDULE.judge(&refused, 1, 0.5), Verdict::Failed);
    }
}
