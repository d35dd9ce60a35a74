//! Text that can be indexed.

use sha2::{Digest as _, Sha256};

/// Longest key in bytes. PostgreSQL refuses index entries of more than about 2,700 bytes.
const LONGEST: usize = 512;
/// Bytes of an overlong text that stay readable before its digest.
const HEAD: usize = 440;

/// Text as the record's indexes hold it: without NUL, at most 512 bytes.
///
/// Whatever a service says is recorded, so every text has a key. An ordinary text is its own key.
/// In others NUL becomes U+FFFD, and an overlong text is its head followed by its SHA-256. The
/// text itself stays unaltered in the entry's payload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key of a text. The same text always has the same key.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.len() <= LONGEST && !text.contains('\0') {
            return Self(text.to_owned());
        }
        let clean = text.replace('\0', "\u{fffd}");
        if clean.len() <= LONGEST {
            return Self(clean);
        }
        let head = &clean[..clean.floor_char_boundary(HEAD)];
        Self(format!("{head}…{}", hex::encode(Sha256::digest(text))))
    }

    /// Takes over a text that the record already holds as a key.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_text_is_its_own_key() {
        assert_eq!(Key::of("订单-2026-11").as_str(), "订单-2026-11");
        assert_eq!(Key::of(&"x".repeat(512)).as_str().len(), 512);
    }

    #[test]
    fn a_key_never_holds_nul_and_never_outgrows_an_index() {
        for text in [
            "a\0b".to_owned(),
            "é".repeat(400),
            "\0".repeat(300),
            "x".repeat(100_000),
        ] {
            let key = Key::of(&text);
            assert!(!key.as_str().contains('\0'));
            assert!(key.as_str().len() <= LONGEST, "{}", key.as_str().len());
        }
    }

    #[test]
    fn overlong_texts_with_one_head_have_different_keys() {
        let head = "x".repeat(2_000);
        assert_ne!(Key::of(&format!("{head}a")), Key::of(&format!("{head}b")));
    }
}
