//! What the vendors did and what was read of them, as a table.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle};
use serde::Serialize;
use simulator::Source;
use simulator::vendor::Tally;

use super::connectors::Read;

/// One system.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    system: &'static str,
    requests: u64,
    throttled: u64,
    failed: u64,
    timed_out: u64,
    cut: u64,
    repeated: u64,
    refused: u64,
    records: u64,
    facts: u64,
    quarantined: u64,
}

const FIGURES: [&str; 10] = [
    "REQUESTS",
    "THROTTLED",
    "5XX",
    "TIMED OUT",
    "CUT OFF",
    "REPEATED",
    "REFUSED",
    "RECORDS",
    "FACTS",
    "QUARANTINED",
];

impl Line {
    pub(super) const fn of(source: Source, tally: &Tally, read: Read) -> Self {
        Self {
            system: source.name(),
            requests: tally.requests,
            throttled: tally.throttled,
            failed: tally.failed,
            timed_out: tally.timed_out,
            cut: tally.cut,
            repeated: tally.repeated,
            refused: tally.refused,
            records: read.records,
            facts: read.facts,
            quarantined: read.quarantined,
        }
    }

    const fn figures(&self) -> [u64; 10] {
        [
            self.requests,
            self.throttled,
            self.failed,
            self.timed_out,
            self.cut,
            self.repeated,
            self.refused,
            self.records,
            self.facts,
            self.quarantined,
        ]
    }
}

/// The systems side by side.
pub(super) fn table(lines: &[Line]) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["SYSTEM"].iter().chain(&FIGURES));
    table.add_rows(lines.iter().map(|line| {
        let name = std::iter::once(line.system.to_owned());
        name.chain(line.figures().map(|figure| figure.to_string()))
            .collect::<Vec<_>>()
    }));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}
