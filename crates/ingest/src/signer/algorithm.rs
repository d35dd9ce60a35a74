//! Hash functions, alone and keyed.

use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::name::UnknownName;

/// A hash function, used alone or keyed as HMAC (RFC 2104).
///
/// MD5 and SHA-1 are here because vendors sign with them, not because they are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl Algorithm {
    const NAMES: &'static [&'static str] = &["md5", "sha1", "sha256", "sha512"];

    /// Hashes the pieces as if they were one.
    pub(super) fn digest(self, pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 => digest::<Md5>(pieces),
            Self::Sha1 => digest::<Sha1>(pieces),
            Self::Sha256 => digest::<Sha256>(pieces),
            Self::Sha512 => digest::<Sha512>(pieces),
        }
    }

    /// Tells in constant time whether the pieces have this hash.
    pub(super) fn has_digest(self, pieces: &[&[u8]], digest: &[u8]) -> bool {
        self.digest(pieces).ct_eq(digest).into()
    }

    /// HMAC of the pieces as if they were one.
    pub(super) fn hmac(self, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 => tag(keyed::<Hmac<Md5>>(key, pieces)),
            Self::Sha1 => tag(keyed::<Hmac<Sha1>>(key, pieces)),
            Self::Sha256 => tag(keyed::<Hmac<Sha256>>(key, pieces)),
            Self::Sha512 => tag(keyed::<Hmac<Sha512>>(key, pieces)),
        }
    }

    /// Tells in constant time whether the pieces have this HMAC under the key.
    pub(super) fn has_hmac(self, key: &[u8], pieces: &[&[u8]], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Md5 => keyed::<Hmac<Md5>>(key, pieces).verify_slice(signature),
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, pieces).verify_slice(signature),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, pieces).verify_slice(signature),
            Self::Sha512 => keyed::<Hmac<Sha512>>(key, pieces).verify_slice(signature),
        };
        verified.is_ok()
    }
}

impl FromStr for Algorithm {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "md5" => Ok(Self::Md5),
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(UnknownName::new("algorithm", name, Self::NAMES)),
        }
    }
}

fn digest<D: Digest>(pieces: &[&[u8]]) -> Vec<u8> {
    let mut digest = D::new();
    for piece in pieces {
        digest.update(piece);
    }
    digest.finalize().to_vec()
}

fn keyed<M: Mac + KeyInit>(key: &[u8], pieces: &[&[u8]]) -> M {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for piece in pieces {
        mac.update(piece);
    }
    mac
}

fn tag<M: Mac>(mac: M) -> Vec<u8> {
    mac.finalize().into_bytes().to_vec()
}
