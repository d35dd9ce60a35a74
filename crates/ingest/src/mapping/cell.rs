//! Bytes of a file as text.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, GB18030};

/// How a file's text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// GB18030, which also reads GBK and GB2312.
    Gb18030,
}

/// A byte that the encoding does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte 0x{byte:02X} at offset {offset} is not {}", .encoding.label())]
pub struct DecodeError {
    /// The byte at fault.
    pub byte: u8,
    /// Its place in the cell or line, from 0.
    pub offset: usize,
    /// The encoding that was expected.
    pub encoding: Encoding,
}

impl Encoding {
    /// Returns the name, as mappings write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// Decodes bytes.
    ///
    /// # Errors
    ///
    /// Names the first byte that cannot be decoded.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
        let fault = |offset: usize| DecodeError {
            byte: bytes.get(offset).copied().unwrap_or_default(),
            offset,
            encoding: self,
        };
        match self {
            Self::Utf8 => std::str::from_utf8(bytes)
                .map(Cow::Borrowed)
                .map_err(|error| fault(error.valid_up_to())),
            Self::Gb18030 if bytes.is_ascii() => Self::Utf8.decode(bytes),
            Self::Gb18030 => gb18030(bytes).map_err(fault),
        }
    }

    /// Decodes bytes as far as possible; what cannot be read becomes U+FFFD.
    #[must_use]
    pub fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Gb18030 => GB18030.decode_without_bom_handling(bytes).0,
        }
    }
}

fn gb18030(bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let capacity = decoder
        .max_utf8_buffer_length_without_replacement(bytes.len())
        .unwrap_or(bytes.len().saturating_mul(4));
    let mut text = String::with_capacity(capacity);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(Cow::Owned(text)),
        (DecoderResult::Malformed(length, after), read) => {
            Err(read.saturating_sub(usize::from(length) + usize::from(after)))
        }
        (DecoderResult::OutputFull, read) => Err(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_of_both_encodings_is_read() {
        let bytes = [0xD5, 0xC5, 0xC8, 0xFD]; // 张三
        assert_eq!(Encoding::Gb18030.decode(&bytes).unwrap(), "张三");
        assert_eq!(Encoding::Utf8.decode("张三".as_bytes()).unwrap(), "张三");
    }

    #[test]
    fn a_broken_byte_is_named_with_its_offset() {
        let error = Encoding::Utf8.decode(b"caf\xE9 da").unwrap_err();
        assert_eq!(error.to_string(), "byte 0xE9 at offset 3 is not UTF-8");
        let error = Encoding::Gb18030.decode(b"ab\xD5\xC5\xFFcd").unwrap_err();
        assert_eq!(error.to_string(), "byte 0xFF at offset 4 is not GB18030");
    }
}
