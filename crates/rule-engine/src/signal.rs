//! A rule over one order as a signal over time: walked from change to change, without a grid.

use crate::evaluate::Moment;
use crate::expression::Expression;
use order::{OrderView, Timestamp};

/// A stretch of time during which a rule is true: from `opened_at`, up to and without
/// `cleared_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// Infimum of the stretch.
    pub opened_at: Timestamp,
    /// Supremum of the stretch; none while it lasts.
    pub cleared_at: Option<Timestamp>,
}

impl Interval {
    /// Whether the two have an instant in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |start: Timestamp, end: Option<Timestamp>| end.is_none_or(|end| start < end);
        before(self.opened_at, other.cleared_at) && before(other.opened_at, self.cleared_at)
    }
}

/// What a rule says of one order up to an instant, and what comes next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// Maximal true stretches up to the instant; the last may last still.
    pub intervals: Vec<Interval>,
    /// When there is more to say if no other fact arrives: once everything is known through any
    /// instant later than this one.
    pub next: Option<Timestamp>,
}

impl Course {
    /// Follows the maximal stretches during which a rule is true through `until`, and on to the
    /// next change; `intervals` is memory to use.
    ///
    /// `start` stands for the beginning of time: a rule that always was true opens there, and
    /// never opens while there is no start.
    pub(crate) fn follow(
        mut intervals: Vec<Interval>,
        stretches: impl Iterator<Item = (Timestamp, Option<Timestamp>)>,
        start: &dyn Fn() -> Option<Timestamp>,
        until: Timestamp,
    ) -> Self {
        intervals.clear();
        let mut next = None;
        for (from, to) in stretches {
            let from = if from == Timestamp::MIN {
                start()
            } else {
                Some(from)
            };
            let Some(opened_at) = from.filter(|from| to.is_none_or(|to| *from < to)) else {
                continue;
            };
            if opened_at >= until {
                next = Some(opened_at);
                break;
            }
            let cleared_at = to.filter(|to| *to <= until);
            intervals.push(Interval {
                opened_at,
                cleared_at,
            });
            if cleared_at.is_none() {
                next = to;
                break;
            }
        }
        Self { intervals, next }
    }
}

/// The maximal stretches during which a condition is true, from the first, looked for from change
/// to change.
pub(crate) struct Stretches<'s> {
    condition: &'s Expression,
    view: &'s OrderView,
    /// Where to look next; none when nothing changes any more.
    at: Option<Timestamp>,
}

impl<'s> Stretches<'s> {
    pub(crate) fn new(condition: &'s Expression, view: &'s OrderView) -> Self {
        Self {
            condition,
            view,
            at: Some(Timestamp::MIN),
        }
    }

    fn look(&mut self, at: Timestamp) -> bool {
        let mut moment = Moment::new(self.view, at);
        let truth = moment.truth(self.condition) == Some(true);
        self.at = Some(moment.bound()).filter(|bound| *bound != Timestamp::MAX);
        truth
    }
}

impl Iterator for Stretches<'_> {
    type Item = (Timestamp, Option<Timestamp>);

    fn next(&mut self) -> Option<Self::Item> {
        let from = loop {
            let at = self.at?;
            if self.look(at) {
                break at;
            }
        };
        while let Some(at) = self.at {
            if !self.look(at) {
                return Some((from, Some(at)));
            }
        }
        Some((from, None))
    }
}

/// The next instant later than `after` at which the truth of a condition changes, if no other
/// fact arrives.
pub(crate) fn next_change(
    condition: &Expression,
    view: &OrderView,
    after: Timestamp,
) -> Option<Timestamp> {
    let look = |at| {
        let mut moment = Moment::new(view, at);
        (moment.truth(condition) == Some(true), moment.bound())
    };
    let (before, mut at) = look(after);
    while at != Timestamp::MAX {
        let (truth, bound) = look(at);
        if truth != before {
            return Some(at);
        }
        at = bound;
    }
    None
}
