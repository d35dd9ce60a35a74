//! Signatures of letters: DKIM (RFC 6376) with RSA, or with Ed25519 (RFC 8463), both over the
//! relaxed forms of headers and text.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};

/// Headers that are signed, where a letter has them. `from` stands twice, so that no
/// second one can be added (RFC 6376, 8.15).
const SIGNED: [&str; 9] = [
    "from",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Signs letters in the name of a domain.
#[derive(Clone)]
pub struct Signer {
    domain: String,
    selector: String,
    key: std::sync::Arc<Key>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key is not one. Says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a private key in PEM, of RSA with 2048 to 4096 bits or of Ed25519")]
pub struct NotAKey;

/// A letter cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the letter cannot be signed")]
pub struct Unsigned;

impl Signer {
    /// Signs for a domain, whose public key is found below its selector.
    ///
    /// # Errors
    ///
    /// The key is none.
    pub fn new(domain: &str, selector: &str, key: &SecretString) -> Result<Self, NotAKey> {
        Ok(Self {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            key: Key::read(key.expose_secret().as_bytes())?.into(),
        })
    }

    /// The domain that vouches for letters.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// A letter as it is put on the wire, with its signature before it.
    ///
    /// # Errors
    ///
    /// The letter has no text, or the key cannot be used.
    pub fn signed(&self, letter: &[u8], now: DateTime<Utc>) -> Result<Vec<u8>, Unsigned> {
        let (head, text) = parts(letter).ok_or(Unsigned)?;
        let headers = headers(head);
        let names: Vec<&str> = SIGNED
            .into_iter()
            .filter(|name| headers.iter().any(|header| header.is(name)))
            .collect();
        let unsigned = format!(
            "v=1; a={}; c=relaxed/relaxed; d={}; s={};\r\n t={}; h={};\r\n bh={};\r\n b=",
            self.key.algorithm(),
            self.domain,
            self.selector,
            now.timestamp(),
            names.join(":"),
            STANDARD.encode(digest(&SHA256, &relaxed_text(text))),
        );
        let over = signed_part(&headers, &names, &unsigned);
        let signature = STANDARD.encode(self.key.sign(&over)?);
        let folded: Vec<&str> = (0..signature.len())
            .step_by(72)
            .map(|at| &signature[at..signature.len().min(at + 72)])
            .collect();
        let header = format!("DKIM-Signature: {unsigned}{}\r\n", folded.join("\r\n "));
        Ok([header.as_bytes(), letter].concat())
    }
}

impl Key {
    fn read(pem: &[u8]) -> Result<Self, NotAKey> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| NotAKey)?;
        let rsa = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    return Ok(Self::Ed25519(key));
                }
                RsaKeyPair::from_pkcs8(der)
            }
            _ => return Err(NotAKey),
        };
        rsa.map(Self::Rsa).map_err(|_| NotAKey)
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-sha256",
            Self::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn sign(&self, over: &[u8]) -> Result<Vec<u8>, Unsigned> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, over, &mut signature)
                    .map_err(|_| Unsigned)?;
                Ok(signature)
            }
            // RFC 8463, 3: what is signed is the hash.
            Self::Ed25519(key) => Ok(key.sign(digest(&SHA256, over).as_ref()).as_ref().to_vec()),
        }
    }
}

/// A header, its value as it stands in the letter.
struct Header<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

impl Header<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Head and text of a letter.
fn parts(letter: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = letter.windows(4).position(|it| it == b"\r\n\r\n")?;
    Some((&letter[..end + 2], &letter[end + 4..]))
}

/// Headers of a head, each with its folded lines.
fn headers(head: &[u8]) -> Vec<Header<'_>> {
    let mut headers = Vec::new();
    let mut begin = 0;
    for end in (0..head.len()).filter(|&at| head[at..].starts_with(b"\r\n")) {
        let is_folded = matches!(head.get(end + 2), Some(b' ' | b'\t'));
        if is_folded || end < begin {
            continue;
        }
        if let Some(colon) = head[begin..end].iter().position(|byte| *byte == b':') {
            headers.push(Header {
                name: &head[begin..begin + colon],
                value: &head[begin + colon + 1..end],
            });
        }
        begin = end + 2;
    }
    headers
}

/// What a signature is over: the headers named, from the last of each name on (RFC 6376, 5.4.2),
/// and the signature's own without the signature.
fn signed_part(headers: &[Header<'_>], names: &[&str], unsigned: &str) -> Vec<u8> {
    let mut over = Vec::new();
    let mut passed: Vec<&str> = Vec::new();
    for name in names {
        let before = passed
            .iter()
            .filter(|it| it.eq_ignore_ascii_case(name))
            .count();
        passed.push(name);
        let mut of_it = headers.iter().rev().filter(|header| header.is(name));
        if let Some(header) = of_it.nth(before) {
            over.extend(relaxed_header(name, header.value));
            over.extend(b"\r\n");
        }
    }
    over.extend(relaxed_header("dkim-signature", unsigned.as_bytes()));
    over
}

/// RFC 6376, 3.4.2.
fn relaxed_header(name: &str, value: &[u8]) -> Vec<u8> {
    let unfolded: Vec<u8> = value
        .iter()
        .copied()
        .filter(|it| !b"\r\n".contains(it))
        .collect();
    let mut relaxed = name.to_ascii_lowercase().into_bytes();
    relaxed.push(b':');
    relaxed.extend(one_blank(&unfolded).trim_ascii());
    relaxed
}

/// RFC 6376, 3.4.4.
fn relaxed_text(text: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::new();
    let mut blank_lines = 0;
    let text = text.strip_suffix(b"\r\n").unwrap_or(text);
    for line in text.split(|byte| *byte == b'\n') {
        let line = one_blank(line.strip_suffix(b"\r").unwrap_or(line));
        let line = line.trim_ascii_end();
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        relaxed.extend(b"\r\n".repeat(blank_lines));
        blank_lines = 0;
        relaxed.extend(line);
        relaxed.extend(b"\r\n");
    }
    relaxed
}

/// With one blank in the place of several.
fn one_blank(line: &[u8]) -> Vec<u8> {
    let mut shorter = Vec::with_capacity(line.len());
    for &byte in line {
        match byte {
            b' ' | b'\t' if shorter.last() == Some(&b' ') => {}
            b' ' | b'\t' => shorter.push(b' '),
            byte => shorter.push(byte),
        }
    }
    shorter
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signer")
            .field("domain", &self.domain)
            .field("selector", &self.selector)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
