//! Time between two instants.

use chrono::{DateTime, Utc};

/// From an instant up to and without another, which is later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Span {
    /// Time between two instants; none when the second is not later.
    #[must_use]
    pub fn new(from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// Its first instant.
    #[must_use]
    pub fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// The instant at which it is over.
    #[must_use]
    pub fn until(self) -> DateTime<Utc> {
        self.until
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }

    /// What both have in common.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// What of it lies outside of others, which are sorted and disjoint.
    #[must_use]
    pub fn outside(self, others: &[Self]) -> Vec<Self> {
        let mut rest = Vec::new();
        let mut from = self.from;
        let first = others.partition_point(|other| other.until <= self.from);
        for other in &others[first..] {
            if other.from >= self.until {
                break;
            }
            rest.extend(Self::new(from, other.from));
            from = from.max(other.until);
        }
        rest.extend(Self::new(from, self.until));
        rest
    }
}
