//! What the vendors were asked, and what they did.

use order::Timestamp;

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that came.
    pub requests: u64,
    /// Refused, as there were too many.
    pub throttled: u64,
    /// Answered with 5xx, outages included.
    pub failed: u64,
    /// Never answered.
    pub timed_out: u64,
    /// Answers that were cut off.
    pub cut: u64,
    /// Rows that were shown twice in one answer.
    pub repeated: u64,
    /// Requests that the vendor did not understand or believe.
    pub refused: u64,
    /// Rows of the answers.
    pub rows: u64,
}

/// A list was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// When its first page was asked for.
    pub(super) began: Timestamp,
    /// When its last page was answered.
    pub(super) ended: Timestamp,
}

/// How a list was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Readings {
    began: Option<Timestamp>,
    done: Vec<Reading>,
}

impl Readings {
    /// Notes that a page was answered whole.
    pub(super) fn note(&mut self, is_first: bool, is_last: bool, now: Timestamp) {
        if is_first {
            self.began = Some(now);
        }
        if let Some(began) = self.began.filter(|_| is_last) {
            self.done.push(Reading { began, ended: now });
        }
    }

    /// Returns when it was first known of all that was written before an instant.
    pub(super) fn complete_at(&self, instant: Timestamp) -> Option<Timestamp> {
        let mut done = self.done.iter();
        let first = done.find(|reading| reading.began > instant);
        first.map(|reading| reading.ended)
    }
}
