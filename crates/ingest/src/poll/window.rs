//! Windows: what part of a list is asked for, and how far the list is known afterwards.

use order::{Span, Timestamp};

use super::{Conclusion, Notice};
use crate::connector::{Position, Range, Start};

const SECOND: i64 = 1_000_000;
/// The shortest span between two instants.
const INSTANT: Span = Span::from_micros(1);

/// Through where earlier runs came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The instant through which everything is delivered.
    pub through: Timestamp,
    /// The highest number that was seen, where the cursor is a number.
    pub number: Option<i64>,
}

/// What part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it begins; none asks for everything.
    pub from: Option<Position>,
    /// Where it ends, itself beyond it; none is open.
    pub to: Option<Timestamp>,
    /// When it was first asked for.
    pub began: Timestamp,
}

impl Window {
    /// Decides what is asked for after a checkpoint.
    ///
    /// The vendor's clock may be ahead of ours or behind it by the overlap. So the window
    /// begins that much before the checkpoint, and where it reaches the present, it ends
    /// that much after it.
    pub(super) fn after(
        range: &Range,
        checkpoint: Option<&Checkpoint>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let (from, to) = match range {
            Range::Whole { .. } => (None, None),
            Range::Numbers { start, overlap, .. } => {
                let known = checkpoint.and_then(|checkpoint| checkpoint.number);
                let from = known.map_or(*start, |number| number.saturating_sub(*overlap));
                (Some(Position::Number(from)), None)
            }
            Range::Instants {
                start,
                window,
                overlap,
                ..
            } => {
                let from = match (checkpoint, start) {
                    (Some(checkpoint), _) => checkpoint.through - *overlap,
                    (None, Start::Before(span)) => now - *span,
                    (None, Start::At(instant)) => *instant,
                };
                let from = whole_second(from);
                let present = whole_second(now) + *overlap;
                let end = until.map_or(present, |until| until.min(present));
                let to = window.map_or(end, |window| end.min(from + window));
                (Some(Position::Instant(from)), Some(to))
            }
        };
        Self {
            from,
            to,
            began: now,
        }
    }

    /// Decides how far the list is known once this window was read to its end.
    pub(super) fn conclusion(
        &self,
        range: &Range,
        checkpoint: Option<&Checkpoint>,
        seen: Seen,
    ) -> Conclusion {
        // Windows end at whole seconds, and so does the present.
        let settled = (self.began - range.settle()).min(whole_second(self.began));
        let end = match (range, self.to) {
            (Range::Instants { overlap, .. }, Some(to)) => Some(to - *overlap),
            _ => None,
        };
        let is_present = end.is_none_or(|end| settled <= end);
        // What happened just when the window ends, by a clock that is ahead, is beyond it.
        let reached = end.map_or(settled, |end| settled.min(end - INSTANT));
        let known = checkpoint.map(|checkpoint| checkpoint.through);
        let number = match range {
            Range::Numbers { .. } => {
                let known = checkpoint.and_then(|checkpoint| checkpoint.number);
                known.max(match seen.highest {
                    Some(Position::Number(number)) => Some(number),
                    _ => None,
                })
            }
            _ => None,
        };
        let through = known.map_or(reached, |known| known.max(reached));
        let notice = match (seen.lowest, self.from) {
            (Some(found), Some(asked)) if found < asked => Some(Notice::Backwards { found, asked }),
            _ => None,
        };
        Conclusion {
            checkpoint: Checkpoint { through, number },
            watermark: is_present.then_some(through),
            notice,
        }
    }
}

/// The lowest and highest cursor of what was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) lowest: Option<Position>,
    pub(super) highest: Option<Position>,
}

impl Seen {
    pub(super) fn add(&mut self, position: Position) {
        self.lowest = Some(self.lowest.map_or(position, |lowest| lowest.min(position)));
        self.highest = self.highest.max(Some(position));
    }
}

/// Cuts the fraction off: many vendors do not read one.
fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.micros().div_euclid(SECOND) * SECOND)
}
