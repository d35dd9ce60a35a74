//! Sets of instants, kept on one reusable tape.

/// A set of instants. What is on a tape lies apart, earliest first: each span begins later than
/// the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// From the first instant, up to and without the second; empty unless it is the earlier.
    Span(i64, i64),
    /// Two or more spans: where they begin on the tape, and how many there are.
    Spans(usize, usize),
}

impl Set {
    pub(super) const EMPTY: Self = Self::Span(0, 0);
    pub(super) const ALWAYS: Self = Self::Span(i64::MIN, i64::MAX);

    pub(super) const fn span(from: i64, to: i64) -> Self {
        if from < to {
            Self::Span(from, to)
        } else {
            Self::EMPTY
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

/// Spans of the sets of one order.
#[derive(Debug, Default)]
pub(super) struct Tape(Vec<(i64, i64)>);

impl Tape {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The span of that number.
    pub(super) fn get(&self, set: Set, index: usize) -> Option<(i64, i64)> {
        match set {
            Set::Span(from, to) => (index == 0 && from < to).then_some((from, to)),
            Set::Spans(start, count) => (index < count).then(|| self.0[start + index]),
        }
    }

    pub(super) fn mark(&self) -> usize {
        self.0.len()
    }

    /// Adds a span that begins no earlier than those since `mark`.
    pub(super) fn add(&mut self, mark: usize, from: i64, to: i64) {
        match self.0[mark..].last_mut() {
            Some(last) if from <= last.1 => last.1 = to.max(last.1),
            _ if from < to => self.0.push((from, to)),
            _ => {}
        }
    }

    /// The set of all that was added since `mark`.
    pub(super) fn close(&mut self, mark: usize) -> Set {
        match self.0.len() - mark {
            0 => Set::EMPTY,
            1 => self
                .0
                .pop()
                .map_or(Set::EMPTY, |(from, to)| Set::span(from, to)),
            count => Set::Spans(mark, count),
        }
    }

    pub(super) fn intersect(&mut self, a: Set, b: Set) -> Set {
        if let (Set::Span(a_from, a_to), Set::Span(b_from, b_to)) = (a, b) {
            return Set::span(a_from.max(b_from), a_to.min(b_to));
        }
        if a == Set::ALWAYS {
            return b;
        }
        if b == Set::ALWAYS {
            return a;
        }
        let mark = self.mark();
        let (mut i, mut j) = (0, 0);
        while let (Some(x), Some(y)) = (self.get(a, i), self.get(b, j)) {
            self.add(mark, x.0.max(y.0), x.1.min(y.1));
            if x.1 < y.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        self.close(mark)
    }

    pub(super) fn unite(&mut self, a: Set, b: Set) -> Set {
        if a.is_empty() || b == Set::ALWAYS {
            return b;
        }
        if b.is_empty() || a == Set::ALWAYS {
            return a;
        }
        let mark = self.mark();
        let (mut i, mut j) = (0, 0);
        loop {
            let (from, to) = match (self.get(a, i), self.get(b, j)) {
                (Some(x), Some(y)) if x.0 > y.0 => {
                    j += 1;
                    y
                }
                (Some(x), _) => {
                    i += 1;
                    x
                }
                (None, Some(y)) => {
                    j += 1;
                    y
                }
                (None, None) => break self.close(mark),
            };
            self.add(mark, from, to);
        }
    }
}
