//! Every version of every row of a list, in the order in which it was written.

use std::collections::HashMap;

use order::Timestamp;

/// Which row: of an order or a customer, and which of its parcels, refunds or declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Subject {
    pub(super) index: u32,
    pub(super) part: u8,
}

/// One version of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    /// Its place in the ledger: a number that only grows.
    pub(super) number: usize,
    /// When it was written.
    pub(super) at: Timestamp,
    pub(super) subject: Subject,
    /// When the next version of the row was written.
    superseded_at: Timestamp,
}

/// All versions of the rows of one list.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    versions: Vec<Version>,
}

impl Ledger {
    pub(super) fn of(writes: impl Iterator<Item = (Timestamp, Subject)>) -> Self {
        let mut writes: Vec<_> = writes.collect();
        writes.sort_unstable();
        writes.dedup();
        let version = |(number, (at, subject))| Version {
            number,
            at,
            subject,
            superseded_at: Timestamp::MAX,
        };
        let mut versions: Vec<_> = writes.into_iter().enumerate().map(version).collect();
        let mut next: HashMap<Subject, Timestamp> = HashMap::new();
        for version in versions.iter_mut().rev() {
            if let Some(superseded) = next.insert(version.subject, version.at) {
                version.superseded_at = superseded;
            }
        }
        Self { versions }
    }

    /// Returns every version, also those that were superseded.
    pub(super) fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Returns the number of the first version that was written at an instant or later.
    pub(super) fn number_at(&self, at: Timestamp) -> usize {
        self.versions.partition_point(|version| version.at < at)
    }

    /// Walks through the rows as they stand at an instant, each once, in the order in which
    /// they were written, from a number on.
    pub(super) fn rows(&self, from: usize, now: Timestamp) -> impl Iterator<Item = &Version> {
        let until = self.versions.partition_point(|version| version.at <= now);
        let known = self.versions.get(from.min(until)..until);
        let known = known.unwrap_or_default().iter();
        known.filter(move |version| version.superseded_at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_there_once_where_its_newest_version_was_written() {
        let at = Timestamp::from_seconds;
        let row = |index| Subject { index, part: 0 };
        let ledger = Ledger::of([(at(3), row(1)), (at(1), row(1)), (at(2), row(2))].into_iter());
        let shown = |from, now| {
            let rows = ledger.rows(from, at(now));
            rows.map(|version| (version.number, version.subject.index))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(0, 0), []);
        assert_eq!(shown(0, 2), [(0, 1), (1, 2)]);
        assert_eq!(shown(0, 3), [(1, 2), (2, 1)]);
        assert_eq!(shown(2, 3), [(2, 1)]);
        assert_eq!(shown(9, 3), []);
        assert_eq!(ledger.number_at(at(2)), 1);
    }
}
