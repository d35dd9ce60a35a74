//! Records in batches.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use contracts::ingest::v1::Record;
use sha2::{Digest, Sha256};

use super::lines::{Line, Lines};
use super::{Format, LARGEST_RECORD, csv_line};

/// Most records in a batch.
const RECORDS: usize = 500;
/// A batch is closed once it holds this many bytes.
const BYTES: usize = 512 * 1024;
/// Most lines that a quoted cell may span.
const SPAN: usize = 1_000;

/// Records that are sent together.
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    /// Bytes of the file that the batch used up, blank lines included.
    pub(crate) bytes: u64,
    /// Identifies place and content: the same batch has the same digest.
    pub(crate) digest: [u8; 32],
}

/// Cuts one file into batches of records.
pub(crate) struct Cutter<R = BufReader<File>> {
    lines: Lines<R>,
    format: Format,
    /// Cells that a whole CSV record has.
    width: usize,
    header_passed: bool,
    /// Lines looked at while searching the end of a record.
    ahead: VecDeque<Line>,
}

impl Cutter {
    /// Opens a file; `width` is the number of its columns.
    pub(crate) fn open(path: &Path, format: Format, width: usize) -> io::Result<Self> {
        let reader = BufReader::with_capacity(256 * 1024, File::open(path)?);
        Ok(Cutter::new(reader, format, width))
    }
}

impl<R: BufRead> Cutter<R> {
    fn new(reader: R, format: Format, width: usize) -> Self {
        Cutter {
            lines: Lines::new(reader),
            format,
            width,
            header_passed: format == Format::JsonLines,
            ahead: VecDeque::new(),
        }
    }

    /// The next batch; none at the end of the file.
    pub(crate) fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        let begin = self.offset();
        let mut records = Vec::new();
        let mut size = 0;
        let mut digest = Sha256::new_with_prefix(begin.to_le_bytes());
        while records.len() < RECORDS && size < BYTES {
            let Some(record) = self.next_record()? else {
                break;
            };
            digest.update(record.line.to_le_bytes());
            for cell in record.cells.iter().chain([&record.raw]) {
                digest.update((cell.len() as u64).to_le_bytes());
                digest.update(cell);
                size += cell.len();
            }
            records.push(record);
        }
        if records.is_empty() {
            return Ok(None);
        }
        let bytes = self.offset() - begin;
        Ok(Some(Batch {
            records,
            bytes,
            digest: digest.finalize().into(),
        }))
    }

    fn offset(&self) -> u64 {
        self.ahead
            .front()
            .map_or(self.lines.offset(), |line| line.offset)
    }

    fn next_record(&mut self) -> io::Result<Option<Record>> {
        while let Some(line) = self.line()? {
            if line.is_blank() {
                continue;
            }
            if !self.header_passed {
                self.header_passed = true;
                continue;
            }
            return Ok(Some(match self.format {
                Format::JsonLines => json_record(line),
                Format::Csv => self.csv_record(&line)?,
            }));
        }
        Ok(None)
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    fn csv_record(&mut self, first: &Line) -> io::Result<Record> {
        if first.too_long {
            return Ok(faulty(first, too_long()));
        }
        if !csv_line::is_open(&first.bytes) {
            return Ok(self.whole(first.number, &first.bytes));
        }
        if let Some(record) = self.spanning(first)? {
            return Ok(record);
        }
        Ok(faulty(
            first,
            "a quoted cell begins and never ends: the line is cut off, or a quote is missing"
                .to_owned(),
        ))
    }

    /// Looks for the lines that close the quoted cell of `first`. When they do
    /// not give a record of the right width, the quote was a fault of `first`
    /// alone, and the lines looked at are records of their own.
    fn spanning(&mut self, first: &Line) -> io::Result<Option<Record>> {
        let mut bytes = first.bytes.clone();
        let mut looked_at = Vec::new();
        while looked_at.len() < SPAN && bytes.len() < LARGEST_RECORD {
            let Some(line) = self.line()? else { break };
            bytes.push(b'\n');
            bytes.extend_from_slice(&line.bytes);
            looked_at.push(line);
            if !csv_line::is_open(&bytes) {
                let record = self.whole(first.number, &bytes);
                if record.fault.is_empty() {
                    return Ok(Some(record));
                }
                break;
            }
        }
        for line in looked_at.into_iter().rev() {
            self.ahead.push_front(line);
        }
        Ok(None)
    }

    fn whole(&self, line: i64, bytes: &[u8]) -> Record {
        let cells = csv_line::cells(bytes);
        let (found, wanted) = (cells.len(), self.width);
        let fault = match found.cmp(&wanted) {
            std::cmp::Ordering::Equal => String::new(),
            std::cmp::Ordering::Less => {
                format!("{found} cells where {wanted} columns are named: the line is cut off")
            }
            std::cmp::Ordering::Greater => format!(
                "{found} cells where {wanted} columns are named: a cell that holds a comma must be quoted"
            ),
        };
        Record {
            line,
            cells,
            fault,
            ..Record::default()
        }
    }
}

fn json_record(line: Line) -> Record {
    let fault = if line.too_long {
        too_long()
    } else {
        String::new()
    };
    Record {
        line: line.number,
        raw: line.bytes,
        fault,
        ..Record::default()
    }
}

fn faulty(line: &Line, fault: String) -> Record {
    Record {
        line: line.number,
        cells: csv_line::cells(&line.bytes),
        fault,
        ..Record::default()
    }
}

fn too_long() -> String {
    format!("the record is longer than {LARGEST_RECORD} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(format: Format, width: usize, text: &[u8]) -> Vec<(i64, Vec<String>, String)> {
        let mut cutter = Cutter::new(text, format, width);
        let mut records = Vec::new();
        let mut bytes = 0;
        while let Some(batch) = cutter.next_batch().unwrap() {
            bytes += batch.bytes;
            records.extend(batch.records);
        }
        assert!(bytes <= text.len() as u64);
        records
            .into_iter()
            .map(|record| {
                let cells = if format == Format::Csv {
                    record.cells
                } else {
                    vec![record.raw]
                };
                let text = cells
                    .iter()
                    .map(|cell| String::from_utf8_lossy(cell).into_owned());
                (record.line, text.collect(), record.fault)
            })
            .collect()
    }

    fn sound(records: &[(i64, Vec<String>, String)]) -> Vec<i64> {
        records
            .iter()
            .filter(|(.., fault)| fault.is_empty())
            .map(|(line, ..)| *line)
            .collect()
    }

    #[test]
    fn lines_are_numbered_as_an_editor_does() {
        let records = cut(
            Format::Csv,
            2,
            b"\xEF\xBB\xBFid,note\r\n1,a\r\n\r\n2,\"x\ny\"\r\n3,c",
        );
        assert_eq!(sound(&records), [2, 4, 6]);
        assert_eq!(records[1].1, ["2", "x\ny"]);
        assert_eq!(records[2].1, ["3", "c"]);
    }

    #[test]
    fn a_line_cut_off_harms_no_neighbour() {
        let text = b"id,a,b\n1,x,y\n2,x\n3,\"x\n4,x,y\n5,\"x,y\",z\n6,x,y,z\n7,x,\"y\"\n";
        let records = cut(Format::Csv, 3, text);
        assert_eq!(sound(&records), [2, 5, 6, 8]);
        let faults: Vec<_> = records
            .iter()
            .filter(|(.., fault)| !fault.is_empty())
            .map(|(line, _, fault)| format!("{line}: {fault}"))
            .collect();
        insta::assert_snapshot!(faults.join("\n"));
    }

    #[test]
    fn an_endless_line_is_one_fault() {
        let mut text = b"{\"id\":1}\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', LARGEST_RECORD * 3));
        text.extend(b"\n{\"id\":3}\n");
        let records = cut(Format::JsonLines, 0, &text);
        assert_eq!(sound(&records), [1, 3]);
        assert!(records[1].2.contains("longer than"));
    }

    #[test]
    fn the_same_place_and_content_have_the_same_digest() {
        let digests = |text: &'static [u8]| {
            let mut cutter = Cutter::new(text, Format::Csv, 1);
            let mut digests = Vec::new();
            while let Some(batch) = cutter.next_batch().unwrap() {
                digests.push(batch.digest);
            }
            digests
        };
        assert_eq!(digests(b"id\n1\n2\n"), digests(b"id\n1\n2\n"));
        assert_ne!(digests(b"id\n1\n2\n"), digests(b"id\n1\n3\n"));
    }

    #[test]
    fn batches_are_bounded_and_lose_nothing() {
        let mut text = b"id\n".to_vec();
        for id in 0..1_201 {
            text.extend(format!("{id}\n").bytes());
        }
        let mut cutter = Cutter::new(text.as_slice(), Format::Csv, 1);
        let mut sizes = Vec::new();
        while let Some(batch) = cutter.next_batch().unwrap() {
            sizes.push(batch.records.len());
        }
        assert_eq!(sizes, [500, 500, 201]);
    }
}
