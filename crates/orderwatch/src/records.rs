//! Files cut into raw records. What a cell means is for the mapping, at the
//! server; here only where records begin and end. Bytes stay as they are, so
//! that any encoding reaches the mapping untouched. A line that cannot be cut
//! is passed on with its fault, and its neighbours are not harmed by it.

mod csv_line;
mod cutter;
mod lines;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use contracts::ingest::v1::TextEncoding;

pub(crate) use cutter::{Batch, Cutter};
use lines::Lines;

/// How a file is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// Largest record, in bytes; a longer one is a fault. Far below the limit of
/// a message, which is 1 MiB.
const LARGEST_RECORD: usize = 256 * 1024;

/// Reads the column names of a CSV file; none if the file is empty.
pub(crate) fn header(path: &Path, encoding: TextEncoding) -> std::io::Result<Vec<String>> {
    let mut lines = Lines::new(BufReader::new(File::open(path)?));
    while let Some(line) = lines.next_line()? {
        if !line.is_blank() {
            return Ok(csv_line::cells(&line.bytes)
                .iter()
                .map(|cell| decode(cell, encoding).trim().to_owned())
                .collect());
        }
    }
    Ok(Vec::new())
}

fn decode(cell: &[u8], encoding: TextEncoding) -> String {
    match encoding {
        TextEncoding::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(cell).0,
        TextEncoding::Utf8 | TextEncoding::Unspecified => String::from_utf8_lossy(cell),
    }
    .into_owned()
}
