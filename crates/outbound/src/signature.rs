//! Signatures of what is sent, as Standard Webhooks 1.0 has them: HMAC-SHA256 over
//! `id.timestamp.body`.

use std::fmt;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Header with the id of the message, the same at each try.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");
/// Header with when this try was made, in seconds since 1970.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// Header with the signatures, separated by blanks.
pub const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// How many bytes a secret has, according to the specification.
const KEY_BYTES: RangeInclusive<usize> = 24..=64;

/// Signs with one secret, or with several while receivers change from one to the other.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<Zeroizing<Vec<u8>>>,
}

/// Why nothing can be signed. Secrets are named by their place only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no secret.
    #[error("a secret is expected")]
    NoSecret,
    /// A secret is not one.
    #[error("secret {0} is not whsec_ and 24 to 64 bytes in base64")]
    Malformed(usize),
    /// The id cannot be told from what follows it.
    #[error("an id of visible ASCII without dots is expected")]
    Id,
}

impl Signer {
    /// Reads secrets, which are base64 after `whsec_`; the prefix may be left out.
    ///
    /// # Errors
    ///
    /// There is none, or one of them is not a secret.
    pub fn new(secrets: &[SecretString]) -> Result<Self, Error> {
        let key = |(index, secret): (usize, &SecretString)| {
            let text = secret.expose_secret().trim();
            let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text));
            let key = key.ok().map(Zeroizing::new);
            let key = key.filter(|key| KEY_BYTES.contains(&key.len()));
            key.ok_or(Error::Malformed(index + 1))
        };
        let keys: Vec<_> = secrets
            .iter()
            .enumerate()
            .map(key)
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(Error::NoSecret);
        }
        Ok(Self { keys })
    }

    /// The three headers of a message, one signature of each secret. `timestamp` is of this try,
    /// in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The id has dots, or what a header cannot hold.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<HeaderMap, Error> {
        let is_told_apart = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
        if id.is_empty() || !id.as_bytes().iter().all(is_told_apart) {
            return Err(Error::Id);
        }
        let timestamp = timestamp.to_string();
        let pieces = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let signatures: Vec<_> = self
            .keys
            .iter()
            .map(|key| signature(key, &pieces))
            .collect();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (ID, id),
            (TIMESTAMP, &timestamp),
            (SIGNATURE, &signatures.join(" ")),
        ] {
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| Error::Id)?);
        }
        Ok(headers)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Signer");
        shown
            .field("secrets", &self.keys.len())
            .finish_non_exhaustive()
    }
}

fn signature(key: &[u8], pieces: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for piece in pieces {
        mac.update(piece);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secrets: &[&str]) -> Result<Signer, Error> {
        let secrets: Vec<_> = secrets
            .iter()
            .map(|secret| SecretString::from(*secret))
            .collect();
        Signer::new(&secrets)
    }

    fn signed(secrets: &[&str], id: &str, timestamp: i64, body: &str) -> String {
        let headers = signer(secrets)
            .unwrap()
            .sign(id, timestamp, body.as_bytes())
            .unwrap();
        assert_eq!(headers[ID], id);
        assert_eq!(headers[TIMESTAMP], timestamp.to_string());
        headers[SIGNATURE].to_str().unwrap().to_owned()
    }

    /// Both are published with the specification's libraries: the first in libraries/rust, the
    /// second in libraries/python.
    #[test]
    fn the_published_examples_are_signed_as_published() {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            signed(
                &[secret],
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                body
            ),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            signed(
                &[secret],
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                body
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    /// Made by Python:
    ///
    /// ```python
    /// import base64, hmac
    /// for key in bytes(range(32)), bytes(range(64, 128)):
    ///     mac = hmac.new(key, 'msg_1.1790000000.{"note":"已发货 ☎"}'.encode(), "sha256")
    ///     print(base64.b64encode(key).decode(), base64.b64encode(mac.digest()).decode())
    /// ```
    #[test]
    fn every_secret_signs_while_they_change() {
        let old = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let new = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+fw==";
        assert_eq!(
            signed(
                &[old, new],
                "msg_1",
                1_790_000_000,
                r#"{"note":"已发货 ☎"}"#
            ),
            "v1,NyHmhLgVFCD/6kk4AkxbXZGt5Odw2Pq3CH3dRIOHuVo= v1,YuaW4k186AZHKSzQhQbw9VH4veRHT9KxWA5ho1lHWOE="
        );
    }

    #[test]
    fn what_is_no_secret_is_named_by_its_place_and_not_shown() {
        let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for wrong in [
            "",
            "whsec_",
            "whsec_tops3cret!",
            "whsec_c2hvcnQ=",
            "whpk_AAAA",
        ] {
            assert_eq!(signer(&[good, wrong]).unwrap_err(), Error::Malformed(2));
        }
        assert_eq!(signer(&[]).unwrap_err(), Error::NoSecret);
        assert!(!format!("{:?}", signer(&[good])).contains("MfKQ"));
    }

    #[test]
    fn an_id_that_could_be_shifted_into_the_timestamp_is_not_signed() {
        let signer = signer(&["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
        for id in ["", "msg.1", "msg 1", "msg\n1", "消息"] {
            assert_eq!(signer.sign(id, 0, b"").unwrap_err(), Error::Id, "{id:?}");
        }
    }
}
