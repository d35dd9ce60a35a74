//! How often a vendor is in trouble, and in which.

use order::Span;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::shop::Shop;
use crate::source::Source;

/// First stream of random numbers for the vendors' troubles.
const FIRST_STREAM: u64 = 1 << 42;
/// Most troubles in a row: whoever tries again gets through.
const MOST_IN_A_ROW: u8 = 2;
/// One request in so many meets with trouble.
const ONE_IN: u32 = 12;

/// What a vendor does to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Throttles,
    Fails,
    /// Never answers; whatever stands before it closes the connection in the end.
    Hangs(Span),
    Dawdles(Span),
    Cuts,
    /// Shows a row twice.
    Repeats,
}

/// A vendor's troubles, one request after the other.
#[derive(Clone, Debug)]
pub(super) struct Temper {
    rng: ChaCha8Rng,
    in_a_row: u8,
}

impl Temper {
    pub(super) fn of(shop: &Shop, source: Source) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(shop.seed);
        rng.set_stream(FIRST_STREAM + source as u64);
        Self { rng, in_a_row: 0 }
    }

    /// Draws what becomes of the next request.
    pub(super) fn draw(&mut self) -> Option<Mishap> {
        let drawn = self.rng.random_range(0..ONE_IN * 12);
        if drawn >= 12 || self.in_a_row == MOST_IN_A_ROW {
            self.in_a_row = 0;
            return None;
        }
        self.in_a_row += 1;
        Some(match drawn {
            0..3 => Mishap::Throttles,
            3..6 => Mishap::Fails,
            6 => Mishap::Hangs(Span::from_seconds(90)),
            7..9 => Mishap::Cuts,
            9 => Mishap::Dawdles(Span::from_seconds(self.rng.random_range(2..20))),
            _ => Mishap::Repeats,
        })
    }
}
