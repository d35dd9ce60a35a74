//! Where a content lies until it has come whole: a file without a name, which is gone with its
//! handle, whatever happens.

use std::io::{self, SeekFrom};

use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _},
};

use crate::error::Error;

/// A content on its way in. No transaction is open while it comes: one that stays open keeps
/// everybody from what was told after it began.
pub struct Spool {
    file: File,
    chunk: Vec<u8>,
}

impl Spool {
    /// Makes an empty one, in the folder for temporary files.
    ///
    /// # Errors
    /// [`Error::Spool`] with what the system says.
    pub async fn new() -> Result<Self, Error> {
        let opened = tokio::task::spawn_blocking(tempfile::tempfile).await;
        let file = opened
            .map_err(io::Error::other)
            .flatten()
            .map_err(Error::Spool)?;
        Ok(Self {
            file: File::from_std(file),
            chunk: Vec::new(),
        })
    }

    /// Adds what has come.
    ///
    /// # Errors
    /// As [`Spool::new`].
    pub async fn add(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.file.write_all(piece).await.map_err(Error::Spool)
    }

    /// Goes back to the beginning, to be read.
    ///
    /// # Errors
    /// As [`Spool::new`].
    pub async fn rewind(&mut self) -> Result<(), Error> {
        self.file.flush().await.map_err(Error::Spool)?;
        let place = self.file.seek(SeekFrom::Start(0)).await;
        place.map(drop).map_err(Error::Spool)
    }

    /// The next chunk; only the last one has fewer bytes than `size`. None at the end.
    pub(super) async fn next(&mut self, size: usize) -> Result<Option<&[u8]>, Error> {
        self.chunk.clear();
        let mut part = (&mut self.file).take(size as u64);
        let read = part.read_to_end(&mut self.chunk).await;
        read.map_err(Error::Spool)?;
        Ok(Some(&self.chunk[..]).filter(|chunk| !chunk.is_empty()))
    }
}
