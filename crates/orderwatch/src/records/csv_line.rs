//! One CSV record. In UTF-8 and GB18030 alike the bytes of `,` and `"` are
//! never part of another character, so cutting needs no decoding.

/// Whether a quoted cell is still open at the end: the record goes on in the
/// next line.
pub(super) fn is_open(record: &[u8]) -> bool {
    let mut bytes = record.iter().copied().peekable();
    let mut at_start = true;
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted => quoted = bytes.next_if_eq(&b'"').is_some(),
            b'"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && byte == b',';
    }
    quoted
}

/// Cuts a record into its cells, without quotes.
pub(super) fn cells(record: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(record.len().max(16))
        .from_reader(record);
    let mut cut = csv::ByteRecord::with_capacity(record.len(), 16);
    match reader.read_byte_record(&mut cut) {
        Ok(true) => cut.iter().map(<[u8]>::to_vec).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_quote_is_told_from_a_stray_one() {
        assert!(!is_open(b"a,b"));
        assert!(!is_open(b"a,\"b\"\"c\",d"));
        assert!(!is_open(b"5\" pipe,b"));
        assert!(is_open(b"a,\"b"));
        assert!(is_open(b"\"a\"\""));
    }

    #[test]
    fn cells_lose_their_quotes_and_keep_their_bytes() {
        assert_eq!(
            cells(b"a,\"b,\"\"c\n\",\xb9\xe3"),
            [&b"a"[..], b"b,\"c\n", b"\xb9\xe3"]
        );
        assert_eq!(cells(b",,"), [b"", b"", b""]);
    }
}
