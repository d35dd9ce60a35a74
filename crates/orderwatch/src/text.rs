//! Bytes as text: UTF-8, with or without a byte order mark, else GB18030, as Chinese
//! spreadsheets save.

use std::borrow::Cow;

use ingest::mapping::Encoding;

/// Decodes a file; a byte that neither encoding has is told with its line.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (u64, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = Encoding::Utf8.decode(bytes) {
        return Ok(text);
    }
    Encoding::Gb18030.decode(bytes).map_err(|error| {
        let lines = bytes[..error.offset.min(bytes.len())]
            .iter()
            .filter(|byte| **byte == b'\n');
        let line = lines.count() as u64 + 1;
        let byte = error.byte;
        (
            line,
            format!("byte 0x{byte:02X} is neither UTF-8 nor GB18030"),
        )
    })
}
