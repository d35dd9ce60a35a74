//! What a backtest says: as data, and as a table for people.

pub(super) mod told;

use rule_engine::backtest::{History, Listed, Report};
use serde::Serialize;

use super::checks::Check;
use crate::output::Detailed;

/// A report with what it was made of.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// Where the rules come from.
    pub(crate) rules_from: String,
    pub(crate) history: HistorySummary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) checks: Vec<Check>,
    /// Every exception, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exceptions: Option<Vec<Listed>>,
    #[serde(flatten)]
    pub(crate) report: Report,
}

/// What the history held: files, or the archive.
#[derive(Debug, Default, Serialize)]
pub(crate) struct HistorySummary {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) archive: Option<ArchiveSummary>,
    pub(crate) files: u64,
    pub(crate) records: u64,
    pub(crate) facts: u64,
    pub(crate) orders: u64,
    pub(crate) quarantined: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) first_quarantined: Vec<RefusedRecord>,
}

/// What was read of the archive.
#[derive(Debug, Serialize)]
pub(crate) struct ArchiveSummary {
    /// Facts that arrived from this instant on; none means from the oldest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<String>,
    /// Where the archive begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oldest: Option<String>,
    pub(crate) batches: u64,
}

/// A record that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct RefusedRecord {
    pub(crate) dataset: String,
    pub(crate) line: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) field: String,
    pub(crate) error: String,
    /// The record as far as it can be read, personal data masked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) sample: String,
}

impl HistorySummary {
    /// Counts a record, and keeps it while it is among the first of the files.
    pub(super) fn refuse(&mut self, record: RefusedRecord, named: usize) {
        self.quarantined += 1;
        self.first_quarantined.push(record);
        // Threads take turns, so the first to be seen need not be the first of the file.
        if self.first_quarantined.len() > named * 4 {
            self.keep(named);
        }
    }

    /// Sums up once everything is read.
    pub(super) fn conclude(&mut self, history: &History, named: usize) {
        self.keep(named);
        self.facts = history.facts();
        self.orders = history.orders() as u64;
    }

    fn keep(&mut self, named: usize) {
        self.first_quarantined.sort();
        self.first_quarantined.truncate(named);
    }
}

impl Outcome {
    /// The checks that failed.
    pub(crate) fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }
}

impl Detailed for Outcome {
    fn describe(&self) -> String {
        told::describe(self)
    }
}
