//! HMACs of the body, with or without a timestamp.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use unicode_normalization::UnicodeNormalization as _;

use super::{decoded, signed_by_any};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;
use crate::signer::received::Received;
use crate::signer::refused::Refused;
use crate::signer::template::{BadTemplate, Place, Template};
use crate::signer::timestamp::{Tolerance, Unit};

/// What an HMAC is of, how it is written and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacParameters {
    /// Hash function.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// Header that holds it.
    pub header: String,
    /// What stands before the signature in its header, as `sha256=`; often nothing.
    pub prefix: String,
    /// What is signed, with places for `{body}` and `{timestamp}`: `{timestamp}.{body}`.
    pub message: String,
    /// Header that says when the request was sent, when there is one.
    pub timestamp: Option<TimestampHeader>,
    /// Header that holds the id of the delivery, when there is one.
    pub delivery: Option<String>,
}

/// A header that says when a request was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampHeader {
    /// Its name.
    pub header: String,
    /// What it counts.
    pub unit: Unit,
    /// How far from now it may be.
    pub tolerance: Tolerance,
}

/// An HMAC as parameters say, which make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacScheme {
    parameters: HmacParameters,
    message: Template,
}

/// The parameters of an HMAC make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHmacParameters {
    /// A header has no name.
    #[error("{0} names no header")]
    NoHeader(&'static str),
    /// The message is no template.
    #[error("message: {0}")]
    Message(#[from] BadTemplate),
    /// The message leaves the body out, so anybody could change it.
    #[error("message does not have {{body}}: the body would not be signed")]
    BodyUnsigned,
    /// The message leaves the timestamp out, so anybody could change it.
    #[error("message does not have {{timestamp}}: the timestamp would not be signed")]
    TimestampUnsigned,
    /// The message has a timestamp, but no header says it.
    #[error("message has {{timestamp}}, and no header says it")]
    NoTimestamp,
}

/// An HMAC-SHA256 of the body alone.
pub(super) struct BodyHmac<'a> {
    pub(super) header: &'a str,
    pub(super) encoding: Encoding,
    pub(super) prefix: &'a str,
    pub(super) key: Key,
}

/// How a secret becomes a key.
#[derive(Clone, Copy)]
pub(super) enum Key {
    /// As it is, in UTF-8.
    Utf8,
    /// In Unicode's form NFKD, in UTF-8.
    Nfkd,
}

impl TryFrom<HmacParameters> for HmacScheme {
    type Error = BadHmacParameters;

    fn try_from(parameters: HmacParameters) -> Result<Self, Self::Error> {
        let message = Template::parse(&parameters.message, &[Place::Body, Place::Timestamp])?;
        if parameters.header.trim().is_empty() {
            return Err(BadHmacParameters::NoHeader("header"));
        }
        if !message.has(Place::Body) {
            return Err(BadHmacParameters::BodyUnsigned);
        }
        match (&parameters.timestamp, message.has(Place::Timestamp)) {
            (Some(_), false) => Err(BadHmacParameters::TimestampUnsigned),
            (None, true) => Err(BadHmacParameters::NoTimestamp),
            (Some(timestamp), true) if timestamp.header.trim().is_empty() => {
                Err(BadHmacParameters::NoHeader("timestamp"))
            }
            _ => Ok(Self {
                parameters,
                message,
            }),
        }
    }
}

impl HmacScheme {
    pub(super) fn delivery_header(&self) -> Option<&str> {
        self.parameters.delivery.as_deref()
    }

    pub(super) fn tolerance(&self) -> Option<Tolerance> {
        let timestamp = self.parameters.timestamp.as_ref();
        timestamp.map(|timestamp| timestamp.tolerance)
    }

    pub(super) fn verify(
        &self,
        request: &Received<'_>,
        secrets: &[SecretString],
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let HmacParameters {
            algorithm,
            encoding,
            header,
            prefix,
            ..
        } = &self.parameters;
        let signature = prefixed(request, header, prefix, *encoding)?;
        let timestamp = self.timestamp(request, now)?;
        let message = self.message.fill(|place| match place {
            Place::Timestamp => timestamp,
            _ => request.body,
        });
        signed_by_any(secrets, |secret| {
            algorithm.has_hmac(secret.as_bytes(), &message, &signature)
        })
    }

    /// The timestamp as its header writes it, which is how it is signed.
    fn timestamp<'a>(
        &self,
        request: &Received<'a>,
        now: DateTime<Utc>,
    ) -> Result<&'a [u8], Refused> {
        let Some(timestamp) = &self.parameters.timestamp else {
            return Ok(b"");
        };
        near(
            request,
            &timestamp.header,
            timestamp.unit,
            timestamp.tolerance,
            now,
        )
    }
}

impl<'a> BodyHmac<'a> {
    pub(super) const fn base64(header: &'a str) -> Self {
        Self {
            header,
            encoding: Encoding::Base64,
            prefix: "",
            key: Key::Utf8,
        }
    }

    pub(super) fn verify(
        &self,
        request: &Received<'_>,
        secrets: &[SecretString],
    ) -> Result<(), Refused> {
        let signature = prefixed(request, self.header, self.prefix, self.encoding)?;
        signed_by_any(secrets, |secret| {
            let key = self.key.bytes(secret);
            Algorithm::Sha256.has_hmac(&key, &[request.body], &signature)
        })
    }
}

impl Key {
    fn bytes(self, secret: &str) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Utf8 => secret.as_bytes().to_vec(),
            Self::Nfkd => secret.nfkd().collect::<String>().into_bytes(),
        })
    }
}

/// What a header says of when the request was sent, when that is near enough to now.
pub(super) fn near<'a>(
    request: &Received<'a>,
    header: &str,
    unit: Unit,
    tolerance: Tolerance,
    now: DateTime<Utc>,
) -> Result<&'a [u8], Refused> {
    let text = request.headers.one(header)?;
    let sent = unit.read(text);
    let sent = sent.ok_or_else(|| Refused::NotAnInstant(header.to_owned()))?;
    tolerance.check(sent, now)?;
    Ok(text)
}

fn prefixed(
    request: &Received<'_>,
    header: &str,
    prefix: &str,
    encoding: Encoding,
) -> Result<Vec<u8>, Refused> {
    let value = request.headers.one(header)?;
    let missing = || Refused::PrefixMissing {
        place: header.to_owned(),
        prefix: prefix.to_owned(),
    };
    let text = value.strip_prefix(prefix.as_bytes()).ok_or_else(missing)?;
    decoded(header, encoding, text)
}
