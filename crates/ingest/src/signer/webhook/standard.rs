//! Standard Webhooks 1.0.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::hmac_scheme::near;
use super::{usable, verdict};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;
use crate::signer::received::Received;
use crate::signer::refused::Refused;
use crate::signer::timestamp::{Tolerance, Unit};

pub(super) const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURES: &str = "webhook-signature";

/// Verifies that one of the header's `v1` signatures is by one of the secrets. The
/// specification leaves the tolerance open; five minutes is what its libraries use.
pub(super) fn verify(
    request: &Received<'_>,
    secrets: &[SecretString],
    now: DateTime<Utc>,
) -> Result<(), Refused> {
    let id = request.headers.one(ID)?;
    let signatures = signatures(request.headers.one(SIGNATURES)?)?;
    let tolerance = Tolerance::FIVE_MINUTES;
    let timestamp = near(request, TIMESTAMP, Unit::Seconds, tolerance, now)?;
    let message = [id, b".", timestamp, b".", request.body];
    let mut is_signed = false;
    for key in keys(secrets)? {
        for signature in &signatures {
            is_signed |= Algorithm::Sha256.has_hmac(&key, &message, signature);
        }
    }
    verdict(is_signed)
}

/// Symmetric signatures of a header. Those of other versions, and those that cannot be decoded
/// beside one that can, are passed over.
fn signatures(header: &[u8]) -> Result<Vec<Vec<u8>>, Refused> {
    let listed = header.split(|byte| *byte == b' ');
    let symmetric: Vec<_> = listed.filter_map(|one| one.strip_prefix(b"v1,")).collect();
    if symmetric.is_empty() {
        return Err(Refused::PrefixMissing {
            place: SIGNATURES.to_owned(),
            prefix: "v1,".to_owned(),
        });
    }
    let decode = |text: &&[u8]| Encoding::Base64.decode(text);
    let decoded: Vec<_> = symmetric.iter().filter_map(decode).collect();
    if decoded.is_empty() {
        return Err(Refused::NotEncoded {
            place: SIGNATURES.to_owned(),
            encoding: Encoding::Base64,
        });
    }
    Ok(decoded)
}

/// Keys from secrets, which are base64 after `whsec_`; the prefix may be left out.
fn keys(secrets: &[SecretString]) -> Result<Vec<Zeroizing<Vec<u8>>>, Refused> {
    let of = secrets.len();
    let key = |(position, secret): (usize, &str)| {
        let text = secret.strip_prefix("whsec_").unwrap_or(secret);
        let key = Encoding::Base64.decode(text.as_bytes());
        let key = key.filter(|key| !key.is_empty()).map(Zeroizing::new);
        key.ok_or(Refused::SecretMalformed { position, of })
    };
    let keys: Vec<_> = usable(secrets).map(key).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(Refused::NoSecret);
    }
    Ok(keys)
}
