//! Labels as people keep them: a CSV file, often out of a spreadsheet.

mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingest::mapping::WallClock;
use order::{OrderId, Timestamp};
use rule_engine::backtest::{Conflict, Label, Target};

use crate::failure::Failure;

/// Most faults that are told one by one.
const TOLD: usize = 20;
/// Columns that a file of labels may have.
const COLUMNS: [&str; 7] = [
    "order_id",
    "rule",
    "scenario",
    "is_exception",
    "at",
    "note",
    "marked_at",
];

/// A file of labels, and how it is read.
#[derive(Debug)]
pub(crate) struct LabelsFile {
    pub(crate) path: PathBuf,
    /// Where instants without a zone were read off the wall.
    pub(crate) clock: Option<WallClock>,
}

/// Labels with the lines that they stand on.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    pub(crate) labels: Vec<Label>,
    lines: Vec<u64>,
    marked: Vec<Option<Timestamp>>,
    path: PathBuf,
    /// Columns that say nothing here.
    pub(crate) unused: Vec<String>,
}

impl LabelsFile {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Every fault with its line and column.
    pub(crate) fn read(&self) -> Result<Labels, Failure> {
        let bytes =
            std::fs::read(&self.path).map_err(|error| Failure::file(&self.path, "read", &error))?;
        self.labels(&bytes).map_err(|faults| {
            let what = format!("{} has faults; nothing was judged", self.path.display());
            told(Failure::invalid(what), &faults)
        })
    }

    fn labels(&self, bytes: &[u8]) -> Result<Labels, Vec<String>> {
        let place = |line: u64| format!("{}:{line}", self.path.display());
        let text = crate::text::decode(bytes)
            .map_err(|(line, byte)| vec![format!("{}: {byte}", place(line))])?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let header = reader
            .headers()
            .map_err(|error| vec![error.to_string()])?
            .clone();
        let columns =
            Columns::of(&header).map_err(|fault| vec![format!("{}: {fault}", place(1))])?;
        let mut labels = Labels {
            path: self.path.clone(),
            unused: columns.unused.clone(),
            ..Labels::default()
        };
        let mut faults = Vec::new();
        let mut lines = text::Lines::of(&text);
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    faults.push(error.to_string());
                    break;
                }
            };
            let line = lines.of_record(&record);
            if record.iter().all(str::is_empty) {
                continue;
            }
            if record.len() != header.len() {
                let (found, wanted) = (record.len(), header.len());
                faults.push(format!(
                    "{}: {found} cells where {wanted} columns are named",
                    place(line)
                ));
                continue;
            }
            let row = Row {
                columns: &columns,
                record: &record,
                clock: self.clock.as_ref(),
            };
            match row.label() {
                Ok((label, marked)) => labels.push(label, line, marked),
                Err(found) => {
                    let told = found
                        .iter()
                        .map(|fault| format!("{}: {fault}", place(line)));
                    faults.extend(told);
                }
            }
        }
        if faults.is_empty() {
            Ok(labels)
        } else {
            Err(faults)
        }
    }
}

impl Labels {
    fn push(&mut self, label: Label, line: u64, marked: Option<Timestamp>) {
        self.labels.push(label);
        self.lines.push(line);
        self.marked.push(marked);
    }

    /// Keeps the labels that were marked last: by `marked_at` where there is one, else by
    /// their place in the file.
    pub(crate) fn keep_last(&mut self, count: usize) {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by_key(|index| self.marked[*index]);
        let mut kept = order.split_off(order.len().saturating_sub(count));
        kept.sort_unstable();
        self.labels = kept
            .iter()
            .map(|index| self.labels[*index].clone())
            .collect();
        self.lines = kept.iter().map(|index| self.lines[*index]).collect();
        self.marked = kept.iter().map(|index| self.marked[*index]).collect();
    }

    /// Labels that cannot all stand, as a failure.
    pub(crate) fn refused(&self, conflicts: &[Conflict]) -> Failure {
        let path = self.path.display();
        let what = format!("{path} says more than one thing of an order; nothing was judged");
        let line = |index: usize| self.lines.get(index).copied().unwrap_or_default();
        let faults: Vec<String> = conflicts
            .iter()
            .map(|conflict| {
                let (line, first) = (line(conflict.second), line(conflict.first));
                let verb = if conflict.contradicts {
                    "contradicts"
                } else {
                    "repeats"
                };
                let (order, target) = (&conflict.order_id, &conflict.target);
                format!("{path}:{line}: order {order}, {target}: {verb} line {first}")
            })
            .collect();
        told(Failure::invalid(what), &faults).remedy("leave one label for each order and rule")
    }
}

fn told(failure: Failure, faults: &[String]) -> Failure {
    let named = faults.iter().take(TOLD).cloned();
    let failure = named.fold(failure, Failure::detail);
    match faults.len().saturating_sub(TOLD) {
        0 => failure,
        more => failure.detail(format!("and {more} more")),
    }
}

/// Where each column is.
struct Columns {
    places: BTreeMap<&'static str, usize>,
    unused: Vec<String>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let mut places = BTreeMap::new();
        let mut unused = Vec::new();
        for (place, name) in header.iter().enumerate() {
            let plain = name.to_lowercase().replace([' ', '-'], "_");
            match COLUMNS.iter().find(|known| **known == plain) {
                None => unused.push(name.to_owned()),
                Some(known) => {
                    if places.insert(*known, place).is_some() {
                        return Err(format!("there are two columns `{known}`"));
                    }
                }
            }
        }
        let has = |name| places.contains_key(name);
        for needed in ["order_id", "is_exception"] {
            if !has(needed) {
                return Err(missing(&format!("`{needed}`"), header));
            }
        }
        if !has("rule") && !has("scenario") {
            return Err(missing("`rule` or `scenario`", header));
        }
        Ok(Self { places, unused })
    }
}

fn missing(name: &str, header: &csv::StringRecord) -> String {
    let found: Vec<&str> = header.iter().collect();
    format!(
        "there is no column {name}: the first line must name the columns, and names {}",
        found.join(", ")
    )
}

/// One line of the file.
struct Row<'r> {
    columns: &'r Columns,
    record: &'r csv::StringRecord,
    clock: Option<&'r WallClock>,
}

impl Row<'_> {
    fn label(&self) -> Result<(Label, Option<Timestamp>), Vec<String>> {
        let order_id = self.order_id();
        let target = self.target();
        let is_exception = self.is_exception();
        let at = self.instant("at");
        let marked = self.instant("marked_at");
        match (order_id, target, is_exception, at, marked) {
            (Ok(order_id), Ok(target), Ok(is_exception), Ok(at), Ok(marked)) => {
                let note = self.cell("note").to_owned();
                let label = Label {
                    order_id,
                    target,
                    is_exception,
                    at,
                    note,
                };
                Ok((label, marked))
            }
            (order_id, target, is_exception, at, marked) => {
                let faults = [
                    order_id.err(),
                    target.err(),
                    is_exception.err(),
                    at.err(),
                    marked.err(),
                ];
                Err(faults.into_iter().flatten().collect())
            }
        }
    }

    fn cell(&self, column: &str) -> &str {
        let place = self.columns.places.get(column);
        place
            .and_then(|place| self.record.get(*place))
            .unwrap_or_default()
    }

    fn order_id(&self) -> Result<OrderId, String> {
        let parsed = self.cell("order_id").parse();
        parsed.map_err(|error| format!("order_id: {error}"))
    }

    fn target(&self) -> Result<Target, String> {
        match (self.cell("rule"), self.cell("scenario")) {
            ("", "") => Err("rule: names neither a rule nor a scenario".to_owned()),
            (rule, "") => Ok(Target::Rule(rule.to_owned())),
            ("", scenario) => Ok(Target::Scenario(scenario.to_owned())),
            _ => Err("scenario: names a rule and a scenario; a label is about one".to_owned()),
        }
    }

    fn is_exception(&self) -> Result<bool, String> {
        let text = self.cell("is_exception");
        match text.to_lowercase().as_str() {
            "true" | "1" | "yes" | "是" | "real" => Ok(true),
            "false" | "0" | "no" | "否" | "false-alarm" | "false alarm" => Ok(false),
            _ => Err(format!(
                "is_exception: {text:?} is neither yes nor no: expected true, 1, yes, 是, real, \
                 or false, 0, no, 否, false-alarm"
            )),
        }
    }

    fn instant(&self, column: &str) -> Result<Option<Timestamp>, String> {
        let text = self.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(instant) = text.parse() {
            return Ok(Some(instant));
        }
        let Some(clock) = self.clock else {
            return Err(format!(
                "{column}: {text:?} has no zone: write it like 2026-11-11T08:00:00+08:00, or say \
                 with --time-zone where it was read"
            ));
        };
        let read = clock.instant(text);
        read.map(|instant| Some(instant.to_utc().into()))
            .map_err(|error| format!("{column}: {error}"))
    }
}

#[cfg(test)]
mod tests;
