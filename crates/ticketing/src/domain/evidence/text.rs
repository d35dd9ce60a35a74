//! Text, held against its encoding piece by piece.

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::examination::{BEGINNING, Fault};

/// Decoded at a time, in bytes.
const PIECE: usize = 4096;

/// How far a text was read.
pub(super) struct Reading {
    charset: &'static Encoding,
    decoder: Decoder,
    /// Line of the next character, from 1.
    line: u64,
    beginning: Vec<u8>,
}

impl Reading {
    pub(super) fn new(charset: &'static Encoding) -> Self {
        Self {
            charset,
            decoder: charset.new_decoder_with_bom_removal(),
            line: 1,
            beginning: Vec::new(),
        }
    }

    /// How it begins, decoded.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// Reads on.
    ///
    /// # Errors
    /// The line in which there is something that text in this encoding does not have.
    pub(super) fn take(&mut self, mut bytes: &[u8], is_last: bool) -> Result<(), Fault> {
        let mut decoded = [0; PIECE];
        loop {
            let (result, read, written) =
                self.decoder
                    .decode_to_utf8_without_replacement(bytes, &mut decoded, is_last);
            self.look_at(&decoded[..written])?;
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    return Err(Fault::Encoding {
                        charset: self.charset.name().to_lowercase(),
                        line: self.line,
                    });
                }
            }
        }
    }

    fn look_at(&mut self, decoded: &[u8]) -> Result<(), Fault> {
        for &byte in decoded {
            match byte {
                b'\n' => self.line += 1,
                b'\t' | b'\r' | b'\x0c' => {}
                0..0x20 | 0x7f => {
                    return Err(Fault::Control {
                        line: self.line,
                        byte,
                    });
                }
                _ => {}
            }
        }
        let room = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning
            .extend_from_slice(&decoded[..decoded.len().min(room)]);
        Ok(())
    }
}
