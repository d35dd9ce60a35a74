//! Links that acknowledge: each for one delivery or for one digest, signed, and good for a while.

use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use outbound::Url;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::{delivery::DeliveryId, escalation::Cause};

/// What signatures are for; nothing else that this key signs is one.
const OF_A_DELIVERY: &[u8] = b"orderwatch/acknowledge/1";
const OF_A_DIGEST: &[u8] = b"orderwatch/digest/1";

/// Bytes of an id, of the instant of expiry, and of a signature.
const ID: usize = 16;
const EXPIRY: usize = 8;
const SIGNATURE: usize = 32;

/// Makes links and reads them.
#[derive(Clone)]
pub struct Links {
    key: SecretString,
    page: Url,
    lifetime: Duration,
}

/// Why a link does not lead anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It was not made here, or was altered.
    #[error("the link is not one of ours")]
    Forged,
    /// It is too old.
    #[error("the link has expired")]
    Expired,
}

impl Links {
    /// Links to pages below an address, each good for so long.
    #[must_use]
    pub fn new(key: SecretString, mut page: Url, lifetime: Duration) -> Self {
        if !page.path().ends_with('/') {
            page.set_path(&format!("{}/", page.path()));
        }
        Self {
            key,
            page,
            lifetime,
        }
    }

    /// Link of a delivery; `None` where there is nothing to acknowledge.
    #[must_use]
    pub fn of(&self, delivery: DeliveryId, cause: Cause, now: DateTime<Utc>) -> Option<String> {
        if !cause.waits_for_somebody() {
            return None;
        }
        let token = self.token(OF_A_DELIVERY, delivery.as_uuid(), now);
        self.page.join(&format!("a/{token}")).ok().map(String::from)
    }

    /// Link of a digest, by what whoever gets it knows it by.
    #[must_use]
    pub fn of_digest(&self, name: Uuid, now: DateTime<Utc>) -> Option<String> {
        let token = self.token(OF_A_DIGEST, name, now);
        self.page.join(&format!("d/{token}")).ok().map(String::from)
    }

    /// An id and until when it is good, signed for a purpose.
    fn token(&self, purpose: &[u8], id: Uuid, now: DateTime<Utc>) -> String {
        let expiry = (now + self.lifetime).timestamp().to_be_bytes();
        let mut token = [id.as_bytes().as_slice(), &expiry].concat();
        let signature = self.signing(purpose, &token).finalize().into_bytes();
        token.extend_from_slice(&signature);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The delivery that a link's last part is about.
    ///
    /// # Errors
    ///
    /// It is forged, or has expired.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Result<DeliveryId, Invalid> {
        let id = self.read_for(OF_A_DELIVERY, token, now)?;
        Ok(DeliveryId::from_uuid(id))
    }

    /// The digest that a link's last part is about.
    ///
    /// # Errors
    ///
    /// It is forged, or has expired.
    pub fn read_digest(&self, token: &str, now: DateTime<Utc>) -> Result<Uuid, Invalid> {
        self.read_for(OF_A_DIGEST, token, now)
    }

    fn read_for(&self, purpose: &[u8], token: &str, now: DateTime<Utc>) -> Result<Uuid, Invalid> {
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| Invalid::Forged)?;
        if token.len() != ID + EXPIRY + SIGNATURE {
            return Err(Invalid::Forged);
        }
        let (signed, signature) = token.split_at(ID + EXPIRY);
        let signing = self.signing(purpose, signed);
        signing
            .verify_slice(signature)
            .map_err(|_| Invalid::Forged)?;
        let (id, expiry) = signed.split_at(ID);
        let id = Uuid::from_slice(id).map_err(|_| Invalid::Forged)?;
        let expiry = expiry.try_into().map_err(|_| Invalid::Forged)?;
        if i64::from_be_bytes(expiry) < now.timestamp() {
            return Err(Invalid::Expired);
        }
        Ok(id)
    }

    fn signing(&self, purpose: &[u8], signed: &[u8]) -> Hmac<Sha256> {
        let key = self.key.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(purpose);
        mac.update(signed);
        mac
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Links")
            .field("page", &self.page.as_str())
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(key: &str) -> Links {
        let page = Url::parse("https://orderwatch.example.com/notices").unwrap();
        Links::new(key.into(), page, Duration::from_secs(3_600))
    }

    fn token(links: &Links, now: DateTime<Utc>) -> String {
        let id = DeliveryId::from_uuid(Uuid::from_u128(7));
        let link = links.of(id, Cause::Opened, now).unwrap();
        let token = link.strip_prefix("https://orderwatch.example.com/notices/a/");
        token.unwrap().to_owned()
    }

    #[test]
    fn a_link_is_good_for_its_delivery_until_it_expires() {
        let (links, now) = (links("key"), DateTime::UNIX_EPOCH);
        let token = token(&links, now);
        let id = DeliveryId::from_uuid(Uuid::from_u128(7));
        let hour = Duration::from_secs(3_600);
        assert_eq!(links.read(&token, now + hour), Ok(id));
        let later = now + hour + Duration::from_secs(1);
        assert_eq!(links.read(&token, later), Err(Invalid::Expired));
    }

    #[test]
    fn another_key_makes_other_links() {
        let now = DateTime::UNIX_EPOCH;
        let token = token(&links("one"), now);
        assert_eq!(links("other").read(&token, now), Err(Invalid::Forged));
    }

    #[test]
    fn a_link_of_a_digest_is_none_of_a_delivery() {
        let (links, now, name) = (links("key"), DateTime::UNIX_EPOCH, Uuid::from_u128(7));
        let link = links.of_digest(name, now).unwrap();
        let digest = link.rsplit('/').next().unwrap();
        assert_eq!(links.read_digest(digest, now), Ok(name));
        assert_eq!(links.read(digest, now), Err(Invalid::Forged));
        let delivery = token(&links, now);
        assert_eq!(links.read_digest(&delivery, now), Err(Invalid::Forged));
    }

    #[test]
    fn what_is_over_or_no_ticket_has_no_link() {
        let id = DeliveryId::from_uuid(Uuid::from_u128(7));
        for cause in [Cause::Resolved, Cause::Incident, Cause::Test] {
            assert_eq!(links("key").of(id, cause, DateTime::UNIX_EPOCH), None);
        }
    }

    proptest! {
        #[test]
        fn no_altered_link_is_good(at in 0_usize..75, by in 1_u8..64) {
            const ALPHABET: &[u8] =
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let (links, now) = (links("key"), DateTime::UNIX_EPOCH);
            let mut token = token(&links, now).into_bytes();
            let place = ALPHABET.iter().position(|it| *it == token[at]).unwrap();
            token[at] = ALPHABET[(place + usize::from(by)) % ALPHABET.len()];
            let token = String::from_utf8(token).unwrap();
            prop_assert_eq!(links.read(&token, now), Err(Invalid::Forged));
        }
    }
}
