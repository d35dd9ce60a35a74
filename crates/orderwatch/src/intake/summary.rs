//! What became of the records sent.

use std::fmt::Write as _;

use contracts::ingest::v1::QuarantinedRecord;
use serde::Serialize;

use crate::output::Detailed;
use crate::resource::Quarantined;

/// Records named one by one in a summary; the others are only counted.
const NAMED: usize = 20;

/// Counts of an import.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) files: u64,
    pub(crate) records: u64,
    pub(crate) facts: u64,
    quarantined: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    first_quarantined: Vec<Quarantined>,
}

impl Summary {
    /// Counts records that could not be understood.
    pub(crate) fn quarantine(&mut self, records: Vec<QuarantinedRecord>) {
        self.quarantined += records.len() as u64;
        let room = NAMED.saturating_sub(self.first_quarantined.len());
        self.first_quarantined
            .extend(records.into_iter().take(room).map(Quarantined::from));
    }
}

impl Detailed for Summary {
    fn describe(&self) -> String {
        let mut text = format!(
            "{} files, {} records: {} facts accepted, {} records quarantined\n",
            self.files, self.records, self.facts, self.quarantined
        );
        for record in &self.first_quarantined {
            let _ = writeln!(text, "  {}", record.reason());
        }
        let unnamed = self.quarantined - self.first_quarantined.len() as u64;
        if unnamed > 0 {
            let _ = writeln!(text, "  and {unnamed} more");
        }
        if self.quarantined > 0 {
            text.push_str(
                "look at them with `orderwatch quarantine list`; replay them with a mended mapping\n",
            );
        }
        text
    }
}
