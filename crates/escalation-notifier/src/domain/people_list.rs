//! People as a table: what an office exports from its own system.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::resources::{Fault, Faults};

/// Columns that there may be; the first must be.
const COLUMNS: [&str; 7] = [
    NAME,
    "email",
    "phone",
    "wecomUser",
    "language",
    "endpoints",
    TEAMS,
];

const NAME: &str = "name";

/// Teams of a person; kept with the teams, not with the person.
pub(super) const TEAMS: &str = "teams";

/// What separates several values in one cell.
const SEPARATOR: char = ';';

/// A table of people, one a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleList {
    /// Keys of what is said of each, without the name.
    columns: Vec<Column>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    /// From 1.
    number: usize,
    key: &'static str,
}

/// What is said of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    line: usize,
    /// Name of the person.
    pub(super) name: String,
    /// Values of each column.
    cells: Vec<Vec<String>>,
}

impl PeopleList {
    /// Reads a table of comma-separated values whose first line names the columns.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line and column.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        let text = text.trim_start_matches('\u{feff}');
        let mut faults = Vec::new();
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut lines = Lines::of(text);
        let mut records = reader.records().filter_map(|record| match record {
            Ok(record) => Some((lines.line_of(&record), record)),
            // The text is UTF-8, and rows may be of any length: nothing else is refused.
            Err(_) => None,
        });
        let Some((line, head)) = records.next() else {
            return Err(Faults(vec![fault(
                1,
                None,
                format!(
                    "expected a first line that names columns: {}",
                    COLUMNS.join(", ")
                ),
            )]));
        };
        let columns = columns(line, &head, &mut faults);
        let name_at = head.iter().position(|cell| cell == NAME);
        let mut rows: Vec<Row> = Vec::new();
        let mut named: HashMap<String, usize> = HashMap::new();
        for (line, record) in records {
            if record.len() != head.len() {
                let (expected, found) = (head.len(), record.len());
                let text = format!("expected {expected} cells, found {found}");
                faults.push(fault(line, None, text));
                continue;
            }
            let name = name_at.and_then(|at| record.get(at)).unwrap_or_default();
            let place = name_at.map(|at| (at + 1, NAME));
            if name.is_empty() && name_at.is_some() {
                faults.push(fault(line, place, "expected a name, found none"));
            } else if let Some(other) = named.get(name) {
                let text =
                    format!("expected each person once, found \"{name}\" as in line {other}");
                faults.push(fault(line, place, text));
            } else {
                named.insert(name.to_owned(), line);
            }
            let values = |column: &Column| {
                let cell = record.get(column.number - 1).unwrap_or_default();
                let values = cell.split(SEPARATOR).map(str::trim);
                values
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned)
                    .collect()
            };
            rows.push(Row {
                line,
                name: name.to_owned(),
                cells: columns.iter().map(values).collect(),
            });
        }
        if faults.is_empty() {
            Ok(Self { columns, rows })
        } else {
            Err(Faults(faults))
        }
    }

    /// Rows in their order.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What a row says, key by key.
    pub(super) fn values<'a>(
        &'a self,
        row: &'a Row,
    ) -> impl Iterator<Item = (&'static str, &'a [String])> {
        let cells = row.cells.iter().map(Vec::as_slice);
        self.columns.iter().map(|column| column.key).zip(cells)
    }

    /// Whether the table says who belongs to which team.
    pub(super) fn names_teams(&self) -> bool {
        self.columns.iter().any(|column| column.key == TEAMS)
    }

    /// A fault of a cell.
    pub(super) fn fault_at(&self, row: &Row, key: &str, expected: impl Into<String>) -> Fault {
        let column = self.columns.iter().find(|column| column.key == key);
        fault(row.line, column.map(|it| (it.number, it.key)), expected)
    }

    /// Faults of people, which were found at their places in the directory, at those in the table.
    pub(super) fn placed(&self, faults: Faults) -> Faults {
        let place = |fault: Fault| {
            let Some((_, within)) = fault.path.split_once(": spec.people.") else {
                return fault;
            };
            let row = self.rows.iter().find_map(|row| {
                let key = within.strip_prefix(&row.name)?.strip_prefix('.')?;
                Some((row, key.split(['.', '[']).next().unwrap_or(key)))
            });
            match row {
                Some((row, key)) => self.fault_at(row, key, fault.expected),
                None => fault,
            }
        };
        Faults(faults.0.into_iter().map(place).collect())
    }
}

fn columns(line: usize, head: &StringRecord, faults: &mut Vec<Fault>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (cell, number) in head.iter().zip(1..) {
        let Some(key) = COLUMNS.into_iter().find(|key| *key == cell) else {
            let text = format!("expected one of {}, found \"{cell}\"", COLUMNS.join(", "));
            faults.push(fault(line, Some((number, cell)), text));
            continue;
        };
        if head.iter().take(number - 1).any(|before| before == cell) {
            let text = "expected each column once";
            faults.push(fault(line, Some((number, cell)), text));
        }
        if key != NAME {
            columns.push(Column { number, key });
        }
    }
    if head.iter().all(|cell| cell != NAME) {
        let text = format!("expected a column {NAME}");
        faults.push(fault(line, None, text));
    }
    columns
}

fn fault(line: usize, column: Option<(usize, &str)>, expected: impl Into<String>) -> Fault {
    Fault {
        path: match column {
            Some((number, key)) => format!("line {line}, column {number} ({key})"),
            None => format!("line {line}"),
        },
        expected: expected.into(),
    }
}

/// Lines of a text, counted as far as records have been read.
struct Lines<'a> {
    text: &'a str,
    /// Bytes that are counted, and the line that follows them, from 1.
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            counted: 0,
            line: 1,
        }
    }

    /// The line that a record begins on, as an editor counts; records come in their order.
    fn line_of(&mut self, record: &StringRecord) -> usize {
        let place = record.position().map_or(0, csv::Position::byte);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let rest = self.text.get(place..).unwrap_or_default();
        // Blank lines before a record are no part of it.
        let blank = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let begins = place + blank;
        let passed = self.text.get(self.counted..begins).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.counted = self.counted.max(begins);
        self.line
    }
}
