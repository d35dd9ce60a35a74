//! A happening at its place in the record.

use chrono::{DateTime, Utc};

use super::{Digest, Happening};

/// One sealed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the record; from 1, without gaps.
    pub position: i64,
    /// When it was recorded, in microseconds.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub happening: Happening,
    /// Digest over all of it.
    pub digest: Digest,
}

/// An entry whose digest is not that of its content.
#[derive(Debug, thiserror::Error)]
#[error("entry {position} was altered: its content does not have its digest {digest}")]
pub struct Tampered {
    /// Place of the entry.
    pub position: i64,
    /// Digest that is stored, in hexadecimal.
    pub digest: String,
}

impl Entry {
    /// Puts a happening at its place.
    #[must_use]
    pub fn seal(position: i64, recorded_at: DateTime<Utc>, happening: Happening) -> Self {
        let digest = Digest::seal(position, recorded_at, happening.content());
        Self {
            position,
            recorded_at,
            happening,
            digest,
        }
    }

    /// Takes over a stored entry.
    ///
    /// # Errors
    /// [`Tampered`] when the stored digest is not that of the rest.
    pub fn verified(
        position: i64,
        recorded_at: DateTime<Utc>,
        happening: Happening,
        digest: &[u8],
    ) -> Result<Self, Tampered> {
        let entry = Self::seal(position, recorded_at, happening);
        if entry.digest.as_bytes() == digest {
            Ok(entry)
        } else {
            Err(Tampered {
                position,
                digest: hex::encode(digest),
            })
        }
    }
}
