//! Lists of exemptions out of spreadsheets.

mod cell;

use crate::documents::API_VERSION;
use crate::rule_set::spec::{EntrySpec, ExemptionSpec};
use cell::Row;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// Columns of a list; a header names them, in any order.
const COLUMNS: [&str; 8] = [
    "kind",
    "value",
    "reason",
    "owner",
    "from",
    "expires",
    "rules",
    "scenarios",
];
/// Columns that every list must have.
const REQUIRED: [&str; 5] = ["kind", "value", "reason", "owner", "expires"];

/// One fault of a list in CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFault {
    /// Line, from 1; 0 when it concerns the whole file.
    pub line: u64,
    /// Name of the column; empty when it concerns the whole line.
    pub column: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for CsvFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column.as_str()) {
            (0, _) => formatter.write_str(&self.message),
            (line, "") => write!(formatter, "line {line}: {}", self.message),
            (line, column) => write!(formatter, "line {line}, {column}: {}", self.message),
        }
    }
}

impl std::error::Error for CsvFault {}

/// A document of kind Exemption.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'e> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'e>,
    spec: ExemptionSpec,
}

#[derive(Serialize)]
struct Metadata<'e> {
    name: &'e str,
}

/// Makes a document of kind Exemption out of a list in CSV with the columns `kind`, `value`,
/// `reason`, `owner`, `from`, `expires`, `rules` and `scenarios`.
///
/// A byte order mark decides the encoding; without one the bytes are UTF-8 when they are valid
/// UTF-8, and else GB18030, as spreadsheets in China write it. Lines of blanks are passed over.
///
/// # Errors
///
/// Every fault of every line.
pub fn exemption_from_csv(name: &str, bytes: &[u8]) -> Result<String, Vec<CsvFault>> {
    let text = decode(bytes).map_err(|fault| vec![fault])?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns(&mut reader)?;
    let width = reader.headers().map_or(0, csv::StringRecord::len);
    let mut faults = Vec::new();
    let mut entries: Vec<(u64, EntrySpec)> = Vec::new();
    let mut lines: HashMap<String, Vec<usize>> = HashMap::new();
    let mut lines_read = LinesRead {
        text: &text,
        offset: 0,
        line: 1,
    };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(of_file(format!("cannot be read as CSV: {error}")));
                break;
            }
        };
        let line = lines_read.until(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(str::is_empty) {
            continue;
        }
        let row = Row {
            line,
            columns: &columns,
            width,
            record: &record,
        };
        let Some(entry) = row.entry(&mut faults) else {
            continue;
        };
        let same = lines.entry(identity(&entry)).or_default();
        let earlier = same.iter().map(|index| &entries[*index]);
        if let Some((earlier, _)) = earlier.into_iter().find(|(_, other)| meet(other, &entry)) {
            faults.push(row.fault("value", format!("stands in line {earlier} already")));
        }
        same.push(entries.len());
        entries.push((line, entry));
    }
    if entries.is_empty() && faults.is_empty() {
        faults.push(of_file("there is no entry beneath the header"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let document = Envelope {
        api_version: API_VERSION,
        kind: "Exemption",
        metadata: Metadata { name },
        spec: ExemptionSpec {
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            ..ExemptionSpec::default()
        },
    };
    serde_norway::to_string(&document).map_err(|error| vec![of_file(error)])
}

/// Counts lines as a file is read: what the reader takes for the beginning of a record may be
/// empty lines before it.
struct LinesRead<'t> {
    text: &'t str,
    offset: usize,
    line: u64,
}

impl LinesRead<'_> {
    fn until(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let byte = usize::try_from(byte).unwrap_or(bytes.len());
        while let Some(next) = bytes.get(self.offset)
            && (self.offset < byte || matches!(next, b'\r' | b'\n'))
        {
            self.line += u64::from(*next == b'\n');
            self.offset += 1;
        }
        self.line
    }
}

fn of_file(message: impl fmt::Display) -> CsvFault {
    CsvFault {
        line: 0,
        column: String::new(),
        message: message.to_string(),
    }
}

fn decode(bytes: &[u8]) -> Result<String, CsvFault> {
    let (text, _, is_broken) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes),
        None if std::str::from_utf8(bytes).is_ok() => encoding_rs::UTF_8.decode(bytes),
        None => encoding_rs::GB18030.decode(bytes),
    };
    if is_broken {
        return Err(of_file(
            "is in no known encoding: expected UTF-8, UTF-16 with a byte order mark, or GB18030",
        ));
    }
    Ok(text.into_owned())
}

/// Where each known column stands.
fn columns(reader: &mut csv::Reader<&[u8]>) -> Result<HashMap<&'static str, usize>, Vec<CsvFault>> {
    let header = reader.headers().map_err(|error| vec![of_file(error)])?;
    let mut columns = HashMap::new();
    let mut faults = Vec::new();
    let mut fault = |column: &str, message: String| {
        faults.push(CsvFault {
            line: 1,
            column: column.to_owned(),
            message,
        });
    };
    for (index, name) in header.iter().enumerate() {
        let known = COLUMNS
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        match known {
            Some(known) if columns.insert(*known, index).is_some() => {
                fault(name, "is there twice".to_owned());
            }
            Some(_) => {}
            None if name.is_empty() => {}
            None => {
                let nearest = crate::fault::nearest(name, COLUMNS.into_iter());
                let hint = nearest.map_or(String::new(), |nearest| {
                    format!("; did you mean `{nearest}`?")
                });
                let known = COLUMNS.join(", ");
                fault(name, format!("unknown column: expected {known}{hint}"));
            }
        }
    }
    for name in REQUIRED {
        if !columns.contains_key(name) {
            fault(name, "the header has no such column".to_owned());
        }
    }
    if faults.is_empty() {
        Ok(columns)
    } else {
        Err(faults)
    }
}

/// Subject and scope.
fn identity(entry: &EntrySpec) -> String {
    let subject = EntrySpec {
        reason: None,
        owner: None,
        from: None,
        expires: None,
        ..entry.clone()
    };
    serde_json::to_string(&subject).unwrap_or_default()
}

/// Whether two entries are in force at one time.
fn meet(a: &EntrySpec, b: &EntrySpec) -> bool {
    let before = |a: &EntrySpec, b: &EntrySpec| match (a.from, b.expires) {
        (Some(from), Some(expires)) => from < expires,
        _ => true,
    };
    before(a, b) && before(b, a)
}
