//! A mapping as it is told of to those who send files.

use contracts::ingest::v1 as wire;

use crate::connector::Connector;
use crate::mapping::{Columns, Dataset, Encoding, Fault, Mapping};

/// Tells of a mapping, or of its faults, and of those that the columns of files show.
#[must_use]
pub fn checked(
    connector: Result<&Connector, &[Fault]>,
    files: &[wire::Dataset],
) -> wire::CheckMappingResponse {
    let connector = match connector {
        Ok(connector) => connector,
        Err(faults) => {
            return wire::CheckMappingResponse {
                diagnostics: faults.iter().map(diagnostic).collect(),
                ..Default::default()
            };
        }
    };
    let mapping = connector.mapping();
    let files: Vec<_> = files
        .iter()
        .map(|file| Columns {
            file: &file.name,
            names: &file.columns,
        })
        .collect();
    wire::CheckMappingResponse {
        diagnostics: mapping.check(&files).iter().map(diagnostic).collect(),
        datasets: files_of(mapping).map(dataset).collect(),
        sources: mapping.sources().iter().map(Into::into).collect(),
        warnings: connector.warnings().iter().map(diagnostic).collect(),
    }
}

/// What is fed needs no file.
fn files_of(mapping: &Mapping) -> impl Iterator<Item = &Dataset> {
    let datasets = mapping.datasets().iter();
    datasets.filter(|dataset| !dataset.is_fed())
}

fn diagnostic(fault: &Fault) -> wire::Diagnostic {
    wire::Diagnostic {
        path: fault.path.clone(),
        line: count(fault.place.line),
        column: count(fault.place.column),
        message: fault.message.clone(),
        help: fault.help.clone(),
    }
}

fn dataset(dataset: &Dataset) -> wire::MappedDataset {
    let encoding = match dataset.encoding() {
        Encoding::Utf8 => wire::TextEncoding::Utf8,
        Encoding::Gb18030 => wire::TextEncoding::Gb18030,
    };
    wire::MappedDataset {
        file: dataset.file().to_owned(),
        format: dataset.format().as_str().to_owned(),
        encoding: encoding as i32,
        path: dataset.path().to_owned(),
        line: count(dataset.place().line),
        column: count(dataset.place().column),
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
