//! Keys that personal data is sealed with before it is stored: AES-256-GCM, with a random nonce
//! for each value and the value's place as additional data, so that nothing can be moved.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretString};

/// What a sealed value begins with, before the id of its key.
const SEALED: &str = "sealed:";

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The key that is sealed with, and others that are only opened with.
#[derive(Debug)]
pub struct Keyring {
    current: Key,
    others: Vec<Key>,
}

struct Key {
    /// Which key it is; says nothing about it.
    id: String,
    key: LessSafeKey,
}

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 random bytes in base64, such as `openssl rand -base64 32` makes")]
pub struct MalformedKey;

/// A value cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed with a key that is not there.
    #[error("{place} was sealed with the key {key}, which is not among the keys of this service")]
    NoKey {
        /// Where the value stands.
        place: String,
        /// Id of the key.
        key: String,
    },
    /// It was altered, moved, or cut.
    #[error("{place} was altered since it was sealed")]
    Altered {
        /// Where the value stands.
        place: String,
    },
}

/// Nothing can be sealed: the system gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct SealError;

/// A new key, in base64.
///
/// # Errors
///
/// The system gives no random numbers.
pub fn fresh_key() -> Result<String, SealError> {
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SealError)?;
    Ok(STANDARD.encode(bytes))
}

impl Keyring {
    /// Keys in base64; the first is sealed with.
    ///
    /// # Errors
    ///
    /// One of them is no key.
    pub fn new(current: &SecretString, others: &[SecretString]) -> Result<Self, MalformedKey> {
        Ok(Self {
            current: Key::read(current)?,
            others: others.iter().map(Key::read).collect::<Result<_, _>>()?,
        })
    }

    /// Id of the key that is sealed with.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current.id
    }

    /// Seals a value that stands at a place.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn seal(&self, place: &str, clear: &str) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| SealError)?;
        let mut sealed = clear.as_bytes().to_vec();
        self.current
            .key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed,
            )
            .map_err(|_| SealError)?;
        let whole = STANDARD.encode([&nonce[..], &sealed].concat());
        Ok(format!("{SEALED}{}:{whole}", self.current.id))
    }

    /// Opens a value that stands at a place; one that was never sealed is what it is.
    ///
    /// # Errors
    ///
    /// Its key is not there, or it was altered.
    pub fn open(&self, place: &str, value: &str) -> Result<String, OpenError> {
        let Some((id, whole)) = sealed(value) else {
            return Ok(value.to_owned());
        };
        let mut keys = std::iter::once(&self.current).chain(&self.others);
        let key = keys
            .find(|key| key.id == id)
            .ok_or_else(|| no_key(place, id))?;
        key.open(place, whole).ok_or_else(|| OpenError::Altered {
            place: place.to_owned(),
        })
    }
}

/// Opens a value without any key, which succeeds for those that were never sealed.
///
/// # Errors
///
/// It was sealed.
pub fn open_without_key(place: &str, value: &str) -> Result<String, OpenError> {
    match sealed(value) {
        Some((id, _)) => Err(no_key(place, id)),
        None => Ok(value.to_owned()),
    }
}

/// Id of the key and what it has sealed.
fn sealed(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix(SEALED)?.split_once(':')
}

fn no_key(place: &str, id: &str) -> OpenError {
    OpenError::NoKey {
        place: place.to_owned(),
        key: id.to_owned(),
    }
}

impl Key {
    fn read(text: &SecretString) -> Result<Self, MalformedKey> {
        let bytes = STANDARD
            .decode(text.expose_secret().trim())
            .map_err(|_| MalformedKey)?;
        if bytes.len() != KEY_BYTES {
            return Err(MalformedKey);
        }
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| MalformedKey)?;
        let fingerprint = digest(&SHA256, &bytes);
        Ok(Self {
            id: hex::encode(&fingerprint.as_ref()[..4]),
            key: LessSafeKey::new(key),
        })
    }

    fn open(&self, place: &str, whole: &str) -> Option<String> {
        let mut whole = STANDARD.decode(whole).ok()?;
        let (nonce, sealed) = whole.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let clear = self.key.open_in_place(nonce, Aad::from(place), sealed);
        String::from_utf8(clear.ok()?.to_vec()).ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> SecretString {
        STANDARD.encode([byte; KEY_BYTES]).into()
    }

    #[test]
    fn what_was_sealed_is_opened_only_at_its_place() {
        let keys = Keyring::new(&key(1), &[]).unwrap();
        let sealed = keys.seal("people.ann.email", "ann@example.com").unwrap();
        assert!(!sealed.contains("ann"), "{sealed}");
        assert_eq!(
            keys.open("people.ann.email", &sealed).unwrap(),
            "ann@example.com"
        );
        let moved = keys.open("people.ben.email", &sealed);
        assert!(matches!(moved, Err(OpenError::Altered { .. })));
    }

    #[test]
    fn the_same_value_is_never_sealed_alike() {
        let keys = Keyring::new(&key(1), &[]).unwrap();
        let seal = || keys.seal("place", "ann@example.com").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_former_key_opens_what_it_has_sealed_and_a_stranger_says_which_is_missing() {
        let old = Keyring::new(&key(1), &[]).unwrap();
        let sealed = old.seal("place", "secret").unwrap();
        let new = Keyring::new(&key(2), &[key(1)]).unwrap();
        assert_eq!(new.open("place", &sealed).unwrap(), "secret");
        assert_ne!(new.current(), old.current());
        let stranger = Keyring::new(&key(3), &[]).unwrap();
        let missing = stranger.open("place", &sealed).unwrap_err();
        assert!(missing.to_string().contains(old.current()), "{missing}");
        assert_eq!(open_without_key("place", &sealed), Err(missing));
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_being_repeated() {
        for wrong in ["", "c2hvcnQ=", "not base64 at all, but long enough for one"] {
            let refused = Keyring::new(&wrong.into(), &[]).unwrap_err();
            assert_eq!(refused, MalformedKey, "{wrong}");
        }
        let keys = Keyring::new(&key(1), &[]).unwrap();
        let shown = format!("{keys:?}");
        assert!(!shown.contains(key(1).expose_secret()), "{shown}");
    }

    proptest! {
        #[test]
        fn any_change_of_what_was_sealed_is_noticed(clear in ".{0,40}", at in 0_usize..200, to in any::<u8>()) {
            let keys = Keyring::new(&key(1), &[]).unwrap();
            let sealed = keys.seal("place", &clear).unwrap();
            let (head, body) = sealed.rsplit_once(':').unwrap();
            let mut bytes = STANDARD.decode(body).unwrap();
            let at = at % bytes.len();
            let is_changed = bytes[at] != to;
            bytes[at] = to;
            let altered = format!("{head}:{}", STANDARD.encode(&bytes));
            prop_assert_eq!(keys.open("place", &altered).is_err(), is_changed);
        }
    }
}
