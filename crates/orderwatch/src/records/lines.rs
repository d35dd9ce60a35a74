//! Physical lines of a file, with their number and place.

use std::io::{self, BufRead};

use super::LARGEST_RECORD;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One physical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Line in the file, from 1.
    pub(super) number: i64,
    /// Byte at which it begins.
    pub(super) offset: u64,
    /// Its bytes without the line end.
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer than a record may be, and was cut.
    pub(super) too_long: bool,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Reads lines one after another, never more than a record's worth of bytes
/// into memory.
pub(super) struct Lines<R> {
    reader: R,
    number: i64,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            number: 0,
            offset: 0,
        }
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let offset = self.offset;
        let mut bytes = Vec::new();
        let mut too_long = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = LARGEST_RECORD - bytes.len();
            too_long |= part.len() > room;
            bytes.extend_from_slice(&part[..part.len().min(room)]);
            let consumed = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(consumed);
            self.offset += consumed as u64;
            if end.is_some() {
                break;
            }
        }
        if self.offset == offset {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(Line {
            number: self.number,
            offset,
            bytes,
            too_long,
        }))
    }
}
