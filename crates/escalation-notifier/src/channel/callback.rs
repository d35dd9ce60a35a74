//! What `WeCom` calls back with, and what it is answered: sealed with the
//! application's key, signed with its token.
//!
//! <https://developer.work.weixin.qq.com/document/path/90968> (said: copies of that
//! page and the vendor's samples in public repositories).

pub mod event;

use std::{fmt, time::Duration};

use aes::{
    Aes256,
    cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::{caller, secret};
use crate::domain::endpoint::Callback;

/// How old, or how far ahead of our clock, a callback may be.
const FRESH: Duration = Duration::from_secs(300);

/// How long a callback may be taken, from when our clock is furthest behind the vendor's.
pub const TAKEN_WITHIN: Duration = Duration::from_secs(2 * FRESH.as_secs());

/// Characters of a key as the vendor shows it, its `EncodingAESKey`.
const KEY_CHARACTERS: usize = 43;
/// Bytes of a key.
const KEY: usize = 32;
/// Messages are padded to multiples of so many bytes.
const PADDED: usize = 32;
/// Random bytes before a message and its length.
const RANDOM: usize = 16;

/// Reads keys, whose last character may hold bits that mean nothing.
const KEY_TEXT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Opens what an application of the vendor's says, and seals what it is answered.
pub struct Seal {
    token: SecretString,
    key: SecretBox<[u8; KEY]>,
    /// Whom messages are for.
    corp: String,
}

/// Something sealed, and what says that it is of the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// Signature over the others.
    pub signature: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// Any digits.
    pub nonce: String,
    /// What is sealed, in base64.
    pub sealed: String,
}

/// A key is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an EncodingAESKey, 43 letters and digits, found something else")]
pub struct NotAKey;

/// An envelope is not of the vendor, is for somebody else, or too old. Which of these is
/// not said, so that nobody learns anything by trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the callback is not one that can be taken")]
pub struct Unacceptable;

impl Seal {
    /// Seals for a company with a token and a key.
    ///
    /// # Errors
    ///
    /// The key is none.
    pub fn new(token: SecretString, key: &SecretString, corp: &str) -> Result<Self, NotAKey> {
        let text = key.expose_secret();
        let mut bytes = Box::new([0; KEY]);
        let read = KEY_TEXT.decode_slice(text, bytes.as_mut_slice());
        if text.len() != KEY_CHARACTERS || read != Ok(KEY) {
            return Err(NotAKey);
        }
        Ok(Self {
            token,
            key: SecretBox::new(bytes),
            corp: corp.to_owned(),
        })
    }

    /// The same, with secrets that are looked up.
    pub(crate) async fn of(callback: &Callback, corp: &str) -> Result<Self, caller::Error> {
        let token = secret::read(&callback.token).await?;
        let key = secret::read(&callback.key).await?;
        Self::new(token, &key, corp).map_err(|error| caller::Error::UnusableSecret {
            reference: callback.key.to_string(),
            why: error.to_string(),
        })
    }

    /// Opens an envelope that arrives at `now`, which is real time.
    ///
    /// # Errors
    ///
    /// It cannot be taken, for whatever reason.
    pub fn open(&self, envelope: &Envelope, now: DateTime<Utc>) -> Result<String, Unacceptable> {
        let signed = self.signature(&envelope.timestamp, &envelope.nonce, &envelope.sealed);
        let is_ours = signed.as_bytes().ct_eq(envelope.signature.as_bytes());
        if !bool::from(is_ours) || !is_fresh(&envelope.timestamp, now) {
            return Err(Unacceptable);
        }
        let sealed = STANDARD.decode(&envelope.sealed);
        let mut bytes = sealed.map_err(|_| Unacceptable)?;
        let (blocks, rest) = Array::slice_as_chunks_mut(&mut bytes);
        if !rest.is_empty() {
            return Err(Unacceptable);
        }
        let (key, start) = self.key_and_start();
        cbc::Decryptor::<Aes256>::new(&key, &start).decrypt_blocks(blocks);
        let message = self.message(&bytes).ok_or(Unacceptable)?;
        String::from_utf8(message.to_vec()).map_err(|_| Unacceptable)
    }

    /// Seals a message behind bytes that nobody foresees.
    #[must_use]
    pub fn close(
        &self,
        message: &str,
        random: [u8; RANDOM],
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Envelope {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let mut bytes = [
            &random,
            length.to_be_bytes().as_slice(),
            message.as_bytes(),
            self.corp.as_bytes(),
        ]
        .concat();
        let padding = PADDED - bytes.len() % PADDED;
        let padded = bytes.len() + padding;
        bytes.resize(padded, u8::try_from(padding).unwrap_or_default());
        let (blocks, _none) = Array::slice_as_chunks_mut(&mut bytes);
        let (key, start) = self.key_and_start();
        cbc::Encryptor::<Aes256>::new(&key, &start).encrypt_blocks(blocks);
        let (timestamp, sealed) = (now.timestamp().to_string(), STANDARD.encode(&bytes));
        Envelope {
            signature: self.signature(&timestamp, nonce, &sealed),
            timestamp,
            nonce: nonce.to_owned(),
            sealed,
        }
    }

    /// SHA-1 over token, time, nonce and what is sealed, each after the other as they sort.
    fn signature(&self, timestamp: &str, nonce: &str, sealed: &str) -> String {
        let mut parts = [self.token.expose_secret(), timestamp, nonce, sealed];
        parts.sort_unstable();
        hex::encode(Sha1::digest(parts.concat()))
    }

    /// The message within opened bytes that are for this company.
    fn message<'a>(&self, opened: &'a [u8]) -> Option<&'a [u8]> {
        let padding = usize::from(*opened.last()?);
        let (rest, pad) = opened.split_at_checked(opened.len().checked_sub(padding)?)?;
        let is_padding =
            (1..=PADDED).contains(&padding) && pad.iter().all(|byte| usize::from(*byte) == padding);
        let (length, rest) = rest.get(RANDOM..)?.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, corp) = rest.split_at_checked(length)?;
        (is_padding && corp == self.corp.as_bytes()).then_some(message)
    }

    /// The key, and what the first block is mixed with: the key's own beginning.
    fn key_and_start(&self) -> (aes::cipher::Key<Aes256>, aes::cipher::Block<Aes256>) {
        let key = self.key.expose_secret();
        let mut start = aes::cipher::Block::<Aes256>::default();
        start.copy_from_slice(&key[..RANDOM]);
        ((*key).into(), start)
    }
}

fn is_fresh(timestamp: &str, now: DateTime<Utc>) -> bool {
    timestamp
        .parse()
        .is_ok_and(|at: i64| now.timestamp().abs_diff(at) <= FRESH.as_secs())
}

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Seal")
            .field("corp", &self.corp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
