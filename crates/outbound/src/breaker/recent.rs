//! What went well or badly lately.

use std::time::Duration;

/// How many slices a window has: it moves on by a tenth of itself.
const SLICES: u64 = 10;

/// Counts of the last window, by slices of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent(Vec<Slice>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    number: u64,
    failures: u32,
    all: u32,
}

impl Recent {
    pub(super) fn note(&mut self, is_failure: bool, now: Duration, window: Duration) {
        let number = number(now, window);
        self.0.retain(|slice| slice.is_within(number));
        let started = self.0.iter().position(|slice| slice.number == number);
        let index = started.unwrap_or_else(|| {
            self.0.push(Slice {
                number,
                failures: 0,
                all: 0,
            });
            self.0.len() - 1
        });
        let slice = &mut self.0[index];
        slice.all = slice.all.saturating_add(1);
        slice.failures = slice.failures.saturating_add(u32::from(is_failure));
    }

    /// How many failed in the window that ends now, and how many there were.
    pub(super) fn counted(&self, now: Duration, window: Duration) -> (u64, u64) {
        let newest = number(now, window);
        let within = self.0.iter().filter(|slice| slice.is_within(newest));
        within.fold((0, 0), |(failures, all), slice| {
            let Slice {
                failures: more,
                all: others,
                ..
            } = *slice;
            (failures + u64::from(more), all + u64::from(others))
        })
    }
}

impl Slice {
    /// Whether it is in the window whose last slice has this number.
    fn is_within(&self, newest: u64) -> bool {
        self.number <= newest && newest - self.number < SLICES
    }
}

/// The number of the slice that an instant is in.
fn number(now: Duration, window: Duration) -> u64 {
    let slice = (window.as_micros() / u128::from(SLICES)).max(1);
    u64::try_from(now.as_micros() / slice).unwrap_or(u64::MAX)
}
