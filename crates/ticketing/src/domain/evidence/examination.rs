//! A content, held against its description piece by piece, in constant memory.

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{Description, Digest, text::Reading};

/// So much of a content, in bytes, says what type it is.
pub(super) const BEGINNING: usize = 8192;

/// A content under examination.
pub struct Examination {
    file: Description,
    received: u64,
    hash: Sha256,
    beginning: Vec<u8>,
    text: Option<Reading>,
}

/// Why a content is not what its description says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Fault {
    #[error("it goes on past the {size} bytes that were announced")]
    TooLong { size: u64 },
    #[error("it breaks off after {received} of {size} bytes: send it again")]
    Cut { received: u64, size: u64 },
    #[error("it comes too slowly, {received} of {size} bytes so far: send it again")]
    Slow { received: u64, size: u64 },
    #[error("its SHA-256 is {is}, announced was {said}: it was damaged on the way, send it again")]
    Digest { said: Digest, is: Digest },
    #[error("it was announced as {said}, but its content is {is}")]
    Type { said: String, is: &'static str },
    #[error(
        "line {line} is not text in {charset}; say the encoding, such as text/csv; charset=gb18030"
    )]
    Encoding { charset: String, line: u64 },
    #[error("line {line} has the control character 0x{byte:02x} in it, which text has not")]
    Control { line: u64, byte: u8 },
}

impl Examination {
    /// Begins one.
    #[must_use]
    pub fn new(file: Description) -> Self {
        Self {
            text: file.media_type.charset().map(Reading::new),
            file,
            received: 0,
            hash: Sha256::new(),
            beginning: Vec::new(),
        }
    }

    /// Bytes so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Looks at the next piece.
    ///
    /// # Errors
    /// What is the matter, as soon as it is seen.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let size = self.file.size;
        let received = self.received + piece.len() as u64;
        if received > size {
            return Err(Fault::TooLong { size });
        }
        let is_last = received == size;
        self.received = received;
        self.hash.update(piece);
        if let Some(text) = &mut self.text {
            text.take(piece, is_last)?;
        }
        if self.beginning.len() < BEGINNING {
            let room = BEGINNING - self.beginning.len();
            self.beginning
                .extend_from_slice(&piece[..piece.len().min(room)]);
            if is_last || self.beginning.len() == BEGINNING {
                self.must_be_of_its_type()?;
            }
        }
        Ok(())
    }

    /// Ends it: the content is what its description says.
    ///
    /// # Errors
    /// What is the matter.
    pub fn finish(self) -> Result<(), Fault> {
        let (received, size) = (self.received, self.file.size);
        if received < size {
            return Err(Fault::Cut { received, size });
        }
        let (said, is) = (
            self.file.digest,
            Digest::from(<[u8; 32]>::from(self.hash.finalize())),
        );
        if said != is {
            return Err(Fault::Digest { said, is });
        }
        Ok(())
    }

    fn must_be_of_its_type(&self) -> Result<(), Fault> {
        let media_type = &self.file.media_type;
        let beginning = self
            .text
            .as_ref()
            .map_or(&self.beginning[..], Reading::beginning);
        match media_type.contradiction(beginning) {
            None => Ok(()),
            Some(is) => Err(Fault::Type {
                said: media_type.to_string(),
                is,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
