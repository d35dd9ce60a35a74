//! Whether a mapping fits the columns of the files it meets.

use std::collections::{HashMap, HashSet};

use super::cell::Encoding;
use super::fault::{Fault, nearest};
use super::reader::Reader;
use super::{Dataset, Format, Mapping};

/// Column names, as a header gives them.
pub type ColumnNames<'c> = &'c [String];

/// The columns of one file.
#[derive(Clone, Debug)]
pub struct Columns<'c> {
    /// Name of the file.
    pub file: &'c str,
    /// Its columns; for JSON Lines the keys that were seen, or none when unknown.
    pub names: ColumnNames<'c>,
}

impl Mapping {
    /// Binds the mapping to the columns of a file.
    ///
    /// # Errors
    ///
    /// When no dataset reads that file, and for every column that it lacks.
    pub fn reader(
        &self,
        columns: &Columns<'_>,
        encoding: Option<Encoding>,
    ) -> Result<Reader<'_>, Vec<Fault>> {
        let Some(dataset) = self.dataset(columns.file) else {
            return Err(vec![self.no_dataset(columns.file)]);
        };
        let names = trimmed(columns.names);
        let faults = dataset.check(columns.file, &names);
        if !faults.is_empty() {
            return Err(faults);
        }
        let index = names
            .iter()
            .cloned()
            .enumerate()
            .map(|(at, name)| (name, at));
        let named = dataset
            .expressions()
            .flat_map(|expression| &expression.columns)
            .map(|column| column.name.as_str())
            .collect();
        Ok(Reader {
            mapping: self,
            dataset,
            encoding: encoding.unwrap_or(dataset.encoding),
            index: index.collect::<HashMap<_, _>>(),
            columns: names,
            named,
        })
    }

    /// Checks the mapping against files that it will meet. They need not be all: what is
    /// missed, only the sender of files knows.
    #[must_use]
    pub fn check(&self, files: &[Columns<'_>]) -> Vec<Fault> {
        files
            .iter()
            .flat_map(|columns| match self.dataset(columns.file) {
                Some(dataset) => dataset.check(columns.file, &trimmed(columns.names)),
                None => vec![self.no_dataset(columns.file)],
            })
            .collect()
    }

    fn no_dataset(&self, file: &str) -> Fault {
        let names = self.datasets.iter().map(|dataset| dataset.file.as_str());
        Fault::new(
            "spec.datasets",
            super::Place::default(),
            format!("no dataset reads `{file}`"),
        )
        .help(nearest(file, names))
    }
}

impl Dataset {
    fn check(&self, file: &str, columns: &[String]) -> Vec<Fault> {
        if columns.is_empty() {
            let message = format!("{file} has no header");
            return match self.format {
                Format::Csv => vec![Fault::new(&self.path, self.place, message)],
                Format::JsonLines => Vec::new(),
            };
        }
        let mut seen = HashSet::new();
        let twice: HashSet<&str> = columns
            .iter()
            .map(String::as_str)
            .filter(|name| !seen.insert(*name))
            .collect();
        let mut faults = Vec::new();
        for expression in self.expressions() {
            for column in &expression.columns {
                let name = column.name.as_str();
                let fault = |message| Fault::new(&expression.path, column.place, message);
                if !seen.contains(name) {
                    let missing = fault(format!("{file} has no column `{name}`"));
                    faults.push(missing.help(nearest(name, columns.iter().map(String::as_str))));
                } else if twice.contains(name) {
                    let ambiguous = fault(format!("{file} has two columns `{name}`"));
                    faults.push(ambiguous.help("rename one of them in the header"));
                }
            }
            if expression.uses_row && !twice.is_empty() {
                let message = format!("{file} has columns of the same name, so `row` is ambiguous");
                faults.push(Fault::new(&expression.path, self.place, message));
            }
        }
        faults
    }
}

/// Drops a byte order mark and blanks around names.
fn trimmed(columns: ColumnNames<'_>) -> Vec<String> {
    columns
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
        .collect()
}
