//! Stretches of time during which something is wrong.

use order::Timestamp;

/// From an instant to another, or until further notice. Never without length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// Infimum.
    pub opened_at: Timestamp,
    /// Supremum; none while it lasts.
    pub cleared_at: Option<Timestamp>,
}

impl Interval {
    /// Makes an interval, unless it would have no length.
    #[must_use]
    pub fn between(opened_at: Timestamp, cleared_at: Option<Timestamp>) -> Option<Self> {
        cleared_at
            .is_none_or(|cleared_at| opened_at < cleared_at)
            .then_some(Self {
                opened_at,
                cleared_at,
            })
    }

    /// Returns whether it lasts just after an instant.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.opened_at <= at && self.cleared_at.is_none_or(|cleared_at| at < cleared_at)
    }

    /// Joins intervals that overlap or touch into the longest ones, in order of time.
    #[must_use]
    pub fn union(mut intervals: Vec<Self>) -> Vec<Self> {
        intervals.sort_unstable();
        let mut joined: Vec<Self> = Vec::with_capacity(intervals.len());
        for next in intervals {
            match joined.last_mut() {
                Some(last) if last.cleared_at.is_none_or(|end| next.opened_at <= end) => {
                    last.cleared_at = match (last.cleared_at, next.cleared_at) {
                        (Some(a), Some(b)) => Some(a.max(b)),
                        _ => None,
                    };
                }
                _ => joined.push(next),
            }
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn an_interval_without_length_is_none() {
        assert_eq!(Interval::between(at(5), Some(at(5))), None);
        assert_eq!(Interval::between(at(5), Some(at(4))), None);
        assert!(Interval::between(at(5), None).is_some());
    }

    #[test]
    fn touching_intervals_are_one() {
        let parts = [(1, 3), (7, 8), (3, 5)];
        let parts = parts
            .into_iter()
            .filter_map(|(a, b)| Interval::between(at(a), Some(at(b))));
        let joined = Interval::union(parts.collect());
        let ends: Vec<_> = joined.iter().map(|i| (i.opened_at, i.cleared_at)).collect();
        assert_eq!(ends, [(at(1), Some(at(5))), (at(7), Some(at(8)))]);
    }
}
