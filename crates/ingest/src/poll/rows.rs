//! From answer to answer of a query: each asks on from where the rows of the one before end.
//!
//! A full answer may end in the middle of rows that have one and the same cursor, and whether
//! the statement compares with `>` or `>=` is its own affair. So the next answer begins at the
//! greatest cursor of which the answer certainly has every row: the last but one. What comes
//! again is left out. Where there is no such cursor, as all rows of the answer have one, the
//! same is asked for again with twice the limit, until they all fit.

use std::collections::HashMap;
use std::mem::discriminant;

use order::Timestamp;
use sha2::{Digest, Sha256};

use super::window::Window;
use super::{Failure, FailureKind, Record};
use crate::connector::{Placeholder, Position, Query};

/// What is filled in for the placeholders of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select {
    /// Where the rows begin; none where all are asked for.
    pub from: Option<Position>,
    /// Where they end, themselves beyond it; none is open.
    pub to: Option<Timestamp>,
    /// Most rows of the answer.
    pub limit: i64,
}

/// Where in the order of their cursor rows are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyset {
    from: Option<Position>,
    limit: i64,
    /// Digests of the rows that were read already and may come again.
    known: HashMap<[u8; 32], Position>,
}

/// A row and how new it is, where that is known.
pub(super) type Positioned = (Record, Option<Position>);

/// From where, and how many rows, the next answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Onward {
    from: Option<Position>,
    limit: i64,
}

impl Keyset {
    /// Returns the first place of a window.
    pub(super) fn first(query: &Query, window: &Window) -> Self {
        Self {
            from: window.from,
            limit: i64::from(query.limit),
            known: HashMap::new(),
        }
    }

    pub(super) fn select(&self, window: &Window) -> Select {
        Select {
            from: self.from,
            to: window.to,
            limit: self.limit,
        }
    }

    /// Decides from where the next answer is asked for; none at the end.
    pub(super) fn next(
        &self,
        query: &Query,
        rows: &[Positioned],
    ) -> Result<Option<Onward>, Failure> {
        if !query.sql.uses(Placeholder::Limit) {
            return Ok(None);
        }
        let positions: Vec<Position> = rows.iter().filter_map(|(_, position)| *position).collect();
        self.ordered(&positions)?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= self.limit);
        if !is_full {
            return Ok(None);
        }
        let last = positions.last().ok_or_else(|| self.unknown(query))?;
        let edge = positions.iter().rev().find(|position| *position < last);
        let edge = edge.copied().filter(|edge| self.from < Some(*edge));
        Ok(Some(match edge {
            Some(edge) => Onward {
                from: Some(edge),
                limit: i64::from(query.limit),
            },
            None => Onward {
                from: self.from,
                limit: self.limit.saturating_mul(2),
            },
        }))
    }

    /// Takes the rows that were not read before.
    pub(super) fn fresh(&mut self, rows: Vec<Positioned>) -> Vec<Record> {
        let fresh = |(record, position): Positioned| match position {
            None => Some(record),
            Some(position) => {
                let digest = Sha256::digest(record.value.to_string());
                let before = self.known.insert(digest.into(), position);
                before.is_none().then_some(record)
            }
        };
        rows.into_iter().filter_map(fresh).collect()
    }

    /// Goes on.
    pub(super) fn turn(&mut self, onward: Onward) {
        (self.from, self.limit) = (onward.from, onward.limit);
        self.known
            .retain(|_, position| onward.from <= Some(*position));
    }

    /// Rows must come in the order of their cursor, and count as the window does.
    fn ordered(&self, positions: &[Position]) -> Result<(), Failure> {
        if let (Some(from), Some(found)) = (self.from, positions.first())
            && discriminant(&from) != discriminant(found)
        {
            let message = format!(
                "the rows are read from {from}, and their cursor is {found}: let `start` and \
                 `cursor` both be instants, or both be numbers"
            );
            return Err(Failure::new(FailureKind::Rows, message));
        }
        match positions.windows(2).find(|pair| pair[1] < pair[0]) {
            None => Ok(()),
            Some(pair) => {
                let message = format!(
                    "a row of {} comes after one of {}: order the rows by the column that `cursor` \
                     reads, or what is beyond `limit` would be lost",
                    pair[1], pair[0]
                );
                Err(Failure::new(FailureKind::Rows, message))
            }
        }
    }

    fn unknown(&self, query: &Query) -> Failure {
        let message = match &query.cursor {
            Some(_) => "no row of a full answer tells its cursor, so nobody knows which come next",
            None => {
                "the answer has as many rows as `limit` allows, and without a `cursor` nobody \
                 knows which come next: raise `limit`, or take $limit out"
            }
        };
        Failure::new(
            FailureKind::Rows,
            format!("{message} ({} rows)", self.limit),
        )
    }
}
