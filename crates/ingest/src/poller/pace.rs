//! No more requests than a vendor allows.

use std::sync::{Mutex, PoisonError};

use order::{Span, Timestamp};

use crate::connector::Rate;

/// Gives each request its turn, evenly.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Span,
    free: Mutex<Timestamp>,
}

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        let gap = rate.per.micros() / i64::from(rate.requests);
        Self {
            gap: Span::from_micros(gap),
            free: Mutex::new(Timestamp::MIN),
        }
    }

    /// Returns when the next request may go.
    pub(super) fn turn(&self, now: Timestamp) -> Timestamp {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = now.max(*free);
        *free = turn + self.gap;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_spread_evenly_and_an_idle_vendor_is_asked_at_once() {
        let pace = Pace::new(Rate {
            requests: 2,
            per: Span::from_seconds(1),
        });
        let now = Timestamp::from_seconds(100);
        let half = Span::from_micros(500_000);
        assert_eq!(pace.turn(now), now);
        assert_eq!(pace.turn(now), now + half);
        assert_eq!(pace.turn(now), now + half + half);
        let later = now + Span::from_seconds(10);
        assert_eq!(pace.turn(later), later);
    }
}
