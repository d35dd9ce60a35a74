//! Writes what happens into the books, as late as each system knows it.

use order::{Span, Timestamp, Value};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Entity, Write};

/// Collects the writes of one order.
pub(super) struct Scribe {
    rng: ChaCha8Rng,
    closes: Timestamp,
    writes: Vec<Write>,
}

impl Scribe {
    pub(super) const fn new(rng: ChaCha8Rng, closes: Timestamp) -> Self {
        Self {
            rng,
            closes,
            writes: Vec::new(),
        }
    }

    pub(super) fn into_writes(self) -> Vec<Write> {
        self.writes
    }

    /// Throws a coin that falls right with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    /// Picks a number, the upper end excluded.
    pub(super) fn number(&mut self, from: i64, to: i64) -> i64 {
        self.rng.random_range(from..to)
    }

    /// Picks one of several.
    pub(super) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.rng.random_range(0..among.len())]
    }

    /// Picks a whole number of seconds between two numbers of minutes.
    pub(super) fn minutes(&mut self, from: i64, to: i64) -> Span {
        Span::from_seconds(self.rng.random_range(from * 60..to * 60))
    }

    /// Picks a whole number of seconds between two numbers of hours.
    pub(super) fn hours(&mut self, from: i64, to: i64) -> Span {
        self.minutes(from * 60, to * 60)
    }

    /// Picks how late the system of an entity writes down what happens.
    pub(super) fn lag(&mut self, entity: Entity) -> Span {
        let (from, to) = entity.source().usual_lag_seconds();
        Span::from_seconds(self.rng.random_range(from..to))
    }

    /// Returns whether an instant lies beyond the end of the story.
    pub(super) fn too_late(&self, at: Timestamp) -> bool {
        at >= self.closes
    }

    /// Writes a value at an instant, or at the last one before closing.
    pub(super) fn write(
        &mut self,
        at: Timestamp,
        entity: Entity,
        field: &'static str,
        value: Value,
    ) {
        let at = at.min(self.closes - Span::from_seconds(1));
        self.writes.push(Write {
            at,
            entity,
            field,
            value,
        });
    }

    /// Writes values that belong to one moment, with one lag. Nothing is written of what
    /// would happen at closing or later. Returns whether it happened.
    pub(super) fn happen<const N: usize>(
        &mut self,
        happened: Timestamp,
        entity: Entity,
        values: [(&'static str, Value); N],
    ) -> bool {
        let lag = self.lag(entity);
        self.happen_late(happened, lag, entity, values)
    }

    /// The same, with a lag of its own.
    pub(super) fn happen_late<const N: usize>(
        &mut self,
        happened: Timestamp,
        lag: Span,
        entity: Entity,
        values: [(&'static str, Value); N],
    ) -> bool {
        if self.too_late(happened) {
            return false;
        }
        for (field, value) in values {
            self.write(happened + lag, entity, field, value);
        }
        true
    }
}
