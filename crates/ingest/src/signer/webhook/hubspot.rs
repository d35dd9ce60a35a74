//! HubSpot's signature, version 3.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::hmac_scheme::near;
use super::{decoded, signed_by_any};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;
use crate::signer::received::Received;
use crate::signer::refused::Refused;
use crate::signer::timestamp::{Tolerance, Unit};

const SIGNATURE: &str = "X-HubSpot-Signature-v3";
const TIMESTAMP: &str = "X-HubSpot-Request-Timestamp";

/// Escapes that HubSpot decodes in the URL before it signs; all others stay as they are. The
/// table is read from third-party copies of its documentation.
const DECODED: [(&[u8; 2], u8); 12] = [
    (b"3A", b':'),
    (b"2F", b'/'),
    (b"3F", b'?'),
    (b"40", b'@'),
    (b"21", b'!'),
    (b"24", b'$'),
    (b"27", b'\''),
    (b"28", b'('),
    (b"29", b')'),
    (b"2A", b'*'),
    (b"2C", b','),
    (b"3B", b';'),
];

/// Verifies a request. HubSpot asks that those older than five minutes be refused; that those
/// further ahead are refused too is ours.
pub(super) fn verify(
    request: &Received<'_>,
    secrets: &[SecretString],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let signature = request.headers.one(SIGNATURE)?;
    let signature = decoded(SIGNATURE, Encoding::Base64, signature)?;
    let tolerance = Tolerance::FIVE_MINUTES;
    let timestamp = near(request, TIMESTAMP, Unit::Milliseconds, tolerance, now)?;
    let url = partly_decoded(request.url);
    let message = [request.method.as_bytes(), &url, request.body, timestamp];
    signed_by_any(secrets, |secret| {
        Algorithm::Sha256.has_hmac(secret.as_bytes(), &message, &signature)
    })
}

fn partly_decoded(url: &str) -> Vec<u8> {
    let mut rest = url.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&first, after)) = rest.split_first() {
        let escape = after.first_chunk().filter(|_| first == b'%');
        let (byte, taken) = match escape.and_then(meaning) {
            Some(byte) => (byte, 3),
            None => (first, 1),
        };
        decoded.push(byte);
        rest = &rest[taken..];
    }
    decoded
}

fn meaning(escape: &[u8; 2]) -> Option<u8> {
    let same = |entry: &&(&[u8; 2], u8)| entry.0.eq_ignore_ascii_case(escape);
    DECODED.iter().find(same).map(|entry| entry.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(url: &str) -> String {
        String::from_utf8(partly_decoded(url)).unwrap()
    }

    #[test]
    fn only_what_hubspot_lists_is_decoded() {
        let all = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(decoded(all), ":/?@!$'()*,;");
        assert_eq!(decoded("/a%20b%26c%3Dd%23e%2Bf"), "/a%20b%26c%3Dd%23e%2Bf");
        assert_eq!(decoded("/a%3ab%2fc"), "/a:b/c");
    }

    #[test]
    fn what_is_decoded_is_not_decoded_again() {
        assert_eq!(decoded("/a%253Ab"), "/a%253Ab");
        assert_eq!(decoded("%%3A"), "%:");
    }

    #[test]
    fn a_url_that_ends_within_an_escape_stays_as_it_is() {
        for url in ["", "%", "%3", "/订单%"] {
            assert_eq!(decoded(url), url);
        }
    }
}
