//! Which interval is which exception.

use super::{Spoken, State};
use crate::Interval;

/// Pairs what was said with what holds now, exceptions without an interval first.
///
/// Intervals choose in the order of their beginnings, each the earliest exception that it
/// overlaps and that nobody chose before; one that was retracted only when no other is left. So of
/// two that grow together the earlier survives, and of one that falls apart the first part keeps
/// the handle. Handles for new intervals are given last, when all old ones are known.
pub(super) fn pair<'s>(
    said: &[&'s Spoken],
    intervals: &[Interval],
) -> Vec<(Option<&'s Spoken>, Option<Interval>)> {
    let mut free: Vec<&Spoken> = said.to_vec();
    free.sort_by_key(|said| (said.state == State::Retracted, said.opened_at, said.id));
    let mut kept = Vec::new();
    let mut new = Vec::new();
    for interval in intervals {
        match free
            .iter()
            .position(|said| said.interval().overlaps(interval))
        {
            Some(index) => kept.push((Some(free.remove(index)), Some(*interval))),
            None => new.push((None, Some(*interval))),
        }
    }
    let gone = free.into_iter().map(|said| (Some(said), None));
    gone.chain(kept).chain(new).collect()
}
