//! The digest of an entry.
//!
//! Canonical encoding, version 1. Integers are big-endian; a text or byte string is its length in
//! bytes as 4 bytes, then the bytes; an instant is microseconds since 1970 as a signed 8 bytes.
//!
//! ```text
//! content = SHA-256( "orderwatch.audit.content.v1\0"
//!                    service  type  event_id  occurred_at
//!                    actor_kind (2 bytes)  actor
//!                    number of order ids (4 bytes)  order_id…  ticket_id  payload )
//! digest  = SHA-256( "orderwatch.audit.entry.v1\0"
//!                    position (8 bytes)  recorded_at  content (32 bytes) )
//! ```
//!
//! Two steps, because the content is known before the place is, and hashing it is the long part.
//! Entries are not chained with each other.

use chrono::{DateTime, Utc};
use sha2::Sha256;

use super::Happening;

const CONTENT_TAG: &[u8] = b"orderwatch.audit.content.v1\0";
const ENTRY_TAG: &[u8] = b"orderwatch.audit.entry.v1\0";

/// Digest of what an entry says, without its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content([u8; 32]);

/// Digest of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Content {
    /// Digests what was said.
    #[must_use]
    pub fn of(happening: &Happening) -> Self {
        let mut encoder = Encoder::new(CONTENT_TAG);
        encoder.bytes(happening.service.as_str().as_bytes());
        encoder.bytes(happening.kind.as_str().as_bytes());
        encoder.bytes(happening.event_id.as_str().as_bytes());
        encoder.instant(happening.occurred_at);
        encoder.raw(&happening.actor_kind.to_be_bytes());
        encoder.bytes(happening.actor.as_str().as_bytes());
        encoder.length(happening.order_ids.len());
        for order_id in &happening.order_ids {
            encoder.bytes(order_id.as_str().as_bytes());
        }
        encoder.bytes(happening.ticket_id.as_str().as_bytes());
        encoder.bytes(&happening.payload);
        Self(encoder.finish())
    }
}

impl Digest {
    /// Seals content at its place.
    #[must_use]
    pub fn seal(position: i64, recorded_at: DateTime<Utc>, content: Content) -> Self {
        let mut encoder = Encoder::new(ENTRY_TAG);
        encoder.raw(&position.to_be_bytes());
        encoder.instant(recorded_at);
        encoder.raw(&content.0);
        Self(encoder.finish())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

struct Encoder(Sha256);

impl Encoder {
    fn new(tag: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(Sha256::new_with_prefix(tag))
    }

    fn raw(&mut self, bytes: &[u8]) {
        use sha2::Digest as _;
        self.0.update(bytes);
    }

    fn length(&mut self, length: usize) {
        // Payloads are bounded by the bus at a few MiB, far below 4 GiB.
        self.raw(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }

    fn instant(&mut self, instant: DateTime<Utc>) {
        self.raw(&instant.timestamp_micros().to_be_bytes());
    }

    fn finish(self) -> [u8; 32] {
        use sha2::Digest as _;
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::Key;
    use super::*;

    fn happening() -> Happening {
        Happening {
            service: Key::of("ticketing"),
            event_id: Key::of("e-1"),
            kind: Key::of("ticket.opened"),
            occurred_at: DateTime::UNIX_EPOCH,
            actor_kind: 1,
            actor: Key::of("li.wei"),
            order_ids: vec![Key::of("a"), Key::of("bc")],
            ticket_id: Key::of("t-1"),
            payload: Bytes::from_static(b"payload"),
        }
    }

    #[test]
    fn every_field_and_every_boundary_between_fields_counts() {
        let content = happening().content();
        let others = [
            Happening {
                service: Key::of("ingest"),
                ..happening()
            },
            Happening {
                actor_kind: 2,
                ..happening()
            },
            Happening {
                order_ids: vec![Key::of("ab"), Key::of("c")],
                ..happening()
            },
            Happening {
                order_ids: vec![Key::of("a")],
                ticket_id: Key::of("bct-1"),
                ..happening()
            },
            Happening {
                payload: Bytes::from_static(b"payloae"),
                ..happening()
            },
        ];
        for other in others {
            assert_ne!(content, other.content());
        }
        let sealed = Digest::seal(1, DateTime::UNIX_EPOCH, content);
        assert_ne!(sealed, Digest::seal(2, DateTime::UNIX_EPOCH, content));
    }

    /// Computed by Python's hashlib and struct from the description above.
    #[test]
    fn the_encoding_is_the_documented_one() {
        let digest = Digest::seal(7, DateTime::UNIX_EPOCH, happening().content());
        assert_eq!(
            digest.to_hex(),
            "42314ca9beae6ed263939dffe6cf310319bc4931907d428362fe58df41078d46"
        );
    }
}
