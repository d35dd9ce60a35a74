//! Signatures of pairs in the order of their keys.

use chrono::{DateTime, Utc};

use super::outgoing::{Additions, Outgoing};
use crate::signer::algorithm::Algorithm;
use crate::signer::encoding::Encoding;
use crate::signer::template::{BadTemplate, Place, Template};
use crate::signer::timestamp::Unit;

/// What is signed, how, and where the signature goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedParameters {
    /// What the secret is for.
    pub keying: Keying,
    /// Hash function.
    pub algorithm: Algorithm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// Pairs that are signed.
    pub pairs: Pairs,
    /// Key under which the body is sorted in among the pairs, when it is.
    pub body: Option<String>,
    /// What joins a key and its value; often nothing.
    pub equals: String,
    /// What joins pairs; often nothing.
    pub and: String,
    /// Whether pairs with an empty value are left out.
    pub skips_empty: bool,
    /// What is signed, with places for `{pairs}`, `{secret}` and `{body}`:
    /// `{secret}{pairs}{secret}`.
    pub message: String,
    /// Pair that says when the request was sent, when there is one. It is signed.
    pub timestamp: Option<TimestampPair>,
    /// Where the signature goes.
    pub signature: SignatureAt,
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keying {
    /// It is part of the message, which is hashed (`md5-sorted`).
    Digest,
    /// It is the key of an HMAC of the message (`hmac-sorted`).
    Hmac,
}

/// Pairs of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// Those of the query.
    Query,
    /// Those of the form.
    Form,
}

/// Where a signature goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureAt {
    /// A pair beside those that it signs.
    Pair(String),
    /// A header.
    Header(String),
}

/// A pair that says when a request was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampPair {
    /// Its key.
    pub key: String,
    /// What it counts.
    pub unit: Unit,
}

/// A signature of sorted pairs as parameters say, which make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedScheme {
    parameters: SortedParameters,
    message: Template,
}

/// The parameters of a signature make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSortedParameters {
    /// The message is no template.
    #[error("message: {0}")]
    Message(#[from] BadTemplate),
    /// The message leaves the pairs out.
    #[error("message does not have {{pairs}}: they would not be signed")]
    PairsUnsigned,
    /// Nothing of the secret goes into a digest.
    #[error("message does not have {{secret}}: anybody could sign")]
    NoSecret,
    /// The pair or header that takes the signature or the timestamp has no name.
    #[error("{0} has no name")]
    NoName(&'static str),
}

/// How pairs become one text: in the order of the bytes of their keys, those with the same key
/// in the order in which they stand.
#[derive(Default)]
pub(super) struct Joined<'a> {
    pub(super) equals: &'a str,
    pub(super) and: &'a str,
    pub(super) skips_empty: bool,
}

impl Keying {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Digest => "md5-sorted",
            Self::Hmac => "hmac-sorted",
        }
    }
}

impl TryFrom<SortedParameters> for SortedScheme {
    type Error = BadSortedParameters;

    fn try_from(parameters: SortedParameters) -> Result<Self, Self::Error> {
        let places = [Place::Pairs, Place::Secret, Place::Body];
        let message = Template::parse(&parameters.message, &places)?;
        if !message.has(Place::Pairs) {
            return Err(BadSortedParameters::PairsUnsigned);
        }
        if parameters.keying == Keying::Digest && !message.has(Place::Secret) {
            return Err(BadSortedParameters::NoSecret);
        }
        if parameters.signature.name().trim().is_empty() {
            return Err(BadSortedParameters::NoName("signature"));
        }
        let timestamp = parameters.timestamp.as_ref();
        if timestamp.is_some_and(|pair| pair.key.trim().is_empty()) {
            return Err(BadSortedParameters::NoName("timestamp"));
        }
        Ok(Self {
            parameters,
            message,
        })
    }
}

impl SortedScheme {
    pub(super) fn keying(&self) -> Keying {
        self.parameters.keying
    }

    pub(super) fn sign(&self, request: &Outgoing, secret: &str, now: DateTime<Utc>) -> Additions {
        let timestamp = self.timestamp(now);
        let pairs = self.joined(request, timestamp.as_ref());
        let message = self.message.fill(|place| match place {
            Place::Secret => secret.as_bytes(),
            Place::Body => &request.body,
            Place::Pairs | Place::Timestamp => &pairs,
        });
        let SortedParameters {
            keying,
            algorithm,
            encoding,
            ..
        } = &self.parameters;
        let signature = match keying {
            Keying::Digest => algorithm.digest(&message),
            Keying::Hmac => algorithm.hmac(secret.as_bytes(), &message),
        };
        self.additions(timestamp, encoding.encode(&signature))
    }

    fn timestamp(&self, now: DateTime<Utc>) -> Option<(String, String)> {
        let pair = self.parameters.timestamp.as_ref()?;
        Some((pair.key.clone(), pair.unit.count(now).to_string()))
    }

    fn joined(&self, request: &Outgoing, timestamp: Option<&(String, String)>) -> Vec<u8> {
        let parameters = &self.parameters;
        let mut left_out = Vec::new();
        left_out.extend(parameters.signature.pair());
        left_out.extend(timestamp.map(|(key, _)| key.as_str()));
        left_out.extend(parameters.body.as_deref());
        let mut pairs = match parameters.pairs {
            Pairs::Query => others(&request.query, &left_out),
            Pairs::Form => others(&request.form, &left_out),
        };
        pairs.extend(timestamp.map(|(key, value)| (key.as_str(), value.as_bytes())));
        let body = parameters.body.as_deref();
        pairs.extend(body.map(|key| (key, request.body.as_slice())));
        let joined = Joined {
            equals: &parameters.equals,
            and: &parameters.and,
            skips_empty: parameters.skips_empty,
        };
        joined.join(pairs)
    }

    fn additions(&self, timestamp: Option<(String, String)>, signature: String) -> Additions {
        let mut additions = Additions::default();
        let mut pairs: Vec<_> = timestamp.into_iter().collect();
        match &self.parameters.signature {
            SignatureAt::Pair(key) => pairs.push((key.clone(), signature)),
            SignatureAt::Header(name) => additions.headers.push((name.clone(), signature)),
        }
        match self.parameters.pairs {
            Pairs::Query => additions.query = pairs,
            Pairs::Form => additions.form = pairs,
        }
        additions
    }
}

impl SignatureAt {
    fn name(&self) -> &str {
        match self {
            Self::Pair(name) | Self::Header(name) => name,
        }
    }

    fn pair(&self) -> Option<&str> {
        match self {
            Self::Pair(key) => Some(key),
            Self::Header(_) => None,
        }
    }
}

impl Joined<'_> {
    pub(super) fn join(&self, mut pairs: Vec<(&str, &[u8])>) -> Vec<u8> {
        if self.skips_empty {
            pairs.retain(|(_, value)| !value.is_empty());
        }
        pairs.sort_by_key(|(key, _)| *key);
        let mut text = Vec::new();
        for (position, (key, value)) in pairs.into_iter().enumerate() {
            if position > 0 {
                text.extend_from_slice(self.and.as_bytes());
            }
            text.extend_from_slice(key.as_bytes());
            text.extend_from_slice(self.equals.as_bytes());
            text.extend_from_slice(value);
        }
        text
    }
}

/// Pairs but those with these keys.
pub(super) fn others<'a>(pairs: &'a [(String, String)], keys: &[&str]) -> Vec<(&'a str, &'a [u8])> {
    let kept = pairs
        .iter()
        .filter(|(key, _)| !keys.contains(&key.as_str()));
    kept.map(|(key, value)| (key.as_str(), value.as_bytes()))
        .collect()
}
