//! The golden vectors, `vectors.json`, which `vectors.py` writes.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use ingest::signer::{
    Headers, HmacParameters, HmacScheme, Keying, Outgoing, Pairs, PullSigner, Received, Refused,
    SignatureAt, SortedParameters, SortedScheme, TimestampHeader, TimestampPair, Tolerance,
    WebhookSigner,
};
use secrecy::SecretString;
use serde::Deserialize;

/// All vectors.
#[derive(Deserialize)]
pub(crate) struct Vectors {
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) pulls: Vec<Pull>,
}

/// A webhook that is to be believed, unless `refused` says what is said of it.
#[derive(Deserialize, Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) name: String,
    signer: SignerOf<HmacOf>,
    method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    body: Body,
    pub(crate) secrets: Vec<String>,
    now_ms: i64,
    pub(crate) refused: Option<String>,
}

/// A pull and what signing it adds.
#[derive(Deserialize)]
pub(crate) struct Pull {
    pub(crate) name: String,
    signer: PullSignerOf,
    secret: String,
    now_ms: i64,
    request: RequestOf,
    pub(crate) adds: AddsOf,
}

#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
enum SignerOf<P> {
    Named(String),
    Family { hmac: P },
}

#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
enum Body {
    Text(String),
    Hex { hex: String },
    Repeated { repeat: String, times: usize },
}

#[derive(Deserialize, Clone, Debug)]
struct HmacOf {
    algorithm: String,
    encoding: String,
    header: String,
    prefix: String,
    message: String,
    timestamp: Option<TimestampOf>,
}

#[derive(Deserialize, Clone, Debug)]
struct TimestampOf {
    header: String,
    unit: String,
    tolerance_s: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PullSignerOf {
    Named(String),
    Sorted(Box<SortedOf>),
}

#[derive(Deserialize)]
struct SortedOf {
    keying: String,
    algorithm: String,
    encoding: String,
    pairs: String,
    body: Option<String>,
    equals: String,
    and: String,
    skips_empty: bool,
    message: String,
    timestamp: Option<TimestampPairOf>,
    signature: SignatureOf,
}

#[derive(Deserialize)]
struct TimestampPairOf {
    key: String,
    unit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum SignatureOf {
    Pair(String),
    Header(String),
}

#[derive(Deserialize)]
struct RequestOf {
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: String,
}

#[derive(Deserialize)]
pub(crate) struct AddsOf {
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
}

/// The vectors, read once.
pub(crate) static VECTORS: LazyLock<Vectors> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

impl Vectors {
    /// The webhook of that name.
    pub(crate) fn webhook(name: &str) -> Webhook {
        let mut found = VECTORS.webhooks.iter().filter(|vector| vector.name == name);
        found
            .next()
            .unwrap_or_else(|| panic!("no vector {name}"))
            .clone()
    }
}

impl Webhook {
    pub(crate) fn signer(&self) -> WebhookSigner {
        match &self.signer {
            SignerOf::Named(name) => name.parse().unwrap(),
            SignerOf::Family { hmac } => {
                let timestamp = hmac.timestamp.as_ref().map(|timestamp| TimestampHeader {
                    header: timestamp.header.clone(),
                    unit: timestamp.unit.parse().unwrap(),
                    tolerance: Tolerance::new(TimeDelta::seconds(timestamp.tolerance_s)).unwrap(),
                });
                let parameters = HmacParameters {
                    algorithm: hmac.algorithm.parse().unwrap(),
                    encoding: hmac.encoding.parse().unwrap(),
                    header: hmac.header.clone(),
                    prefix: hmac.prefix.clone(),
                    message: hmac.message.clone(),
                    timestamp,
                    delivery: None,
                };
                WebhookSigner::Hmac(HmacScheme::try_from(parameters).unwrap())
            }
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        match &self.body {
            Body::Text(text) => text.clone().into_bytes(),
            Body::Hex { hex } => hex::decode(hex).unwrap(),
            Body::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms).unwrap()
    }

    /// Replaces the value of a header, whatever the case of its name.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let named = |pair: &&mut (String, String)| pair.0.eq_ignore_ascii_case(name);
        let header = self.headers.iter_mut().find(named).unwrap();
        value.clone_into(&mut header.1);
    }

    pub(crate) fn verify(&self) -> Result<(), Refused> {
        self.verify_body(&self.body(), self.now())
    }

    pub(crate) fn verify_at(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        self.verify_body(&self.body(), now)
    }

    pub(crate) fn verify_body(&self, body: &[u8], now: DateTime<Utc>) -> Result<(), Refused> {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
            .collect();
        self.verify_bytes(&headers, body, now)
    }

    /// Verifies with other headers, which need not be text, and another body.
    pub(crate) fn verify_bytes(
        &self,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let headers: Vec<(&str, &[u8])> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let request = Received {
            method: &self.method,
            url: &self.url,
            headers: Headers::new(&headers),
            body,
        };
        self.signer().verify(&request, &secrets(&self.secrets), now)
    }
}

impl Pull {
    pub(crate) fn signer(&self) -> PullSigner {
        match &self.signer {
            PullSignerOf::Named(name) => name.parse().unwrap(),
            PullSignerOf::Sorted(sorted) => PullSigner::Sorted(sorted.scheme()),
        }
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.secret.as_str().into()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now_ms).unwrap()
    }

    pub(crate) fn request(&self) -> Outgoing {
        Outgoing {
            method: "POST".to_owned(),
            url: "https://api.example.com/open".to_owned(),
            query: self.request.query.clone(),
            form: self.request.form.clone(),
            headers: Vec::new(),
            body: self.request.body.clone().into_bytes(),
        }
    }
}

impl SortedOf {
    fn scheme(&self) -> SortedScheme {
        let timestamp = self.timestamp.as_ref().map(|timestamp| TimestampPair {
            key: timestamp.key.clone(),
            unit: timestamp.unit.parse().unwrap(),
        });
        let parameters = SortedParameters {
            keying: match self.keying.as_str() {
                "digest" => Keying::Digest,
                _ => Keying::Hmac,
            },
            algorithm: self.algorithm.parse().unwrap(),
            encoding: self.encoding.parse().unwrap(),
            pairs: match self.pairs.as_str() {
                "query" => Pairs::Query,
                _ => Pairs::Form,
            },
            body: self.body.clone(),
            equals: self.equals.clone(),
            and: self.and.clone(),
            skips_empty: self.skips_empty,
            message: self.message.clone(),
            timestamp,
            signature: match &self.signature {
                SignatureOf::Pair(key) => SignatureAt::Pair(key.clone()),
                SignatureOf::Header(name) => SignatureAt::Header(name.clone()),
            },
        };
        SortedScheme::try_from(parameters).unwrap()
    }
}

/// Secrets from texts.
pub(crate) fn secrets(texts: &[String]) -> Vec<SecretString> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
