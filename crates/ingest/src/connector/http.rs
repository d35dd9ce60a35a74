//! How a vendor is asked over HTTP.

use order::Span;

use super::name::SecretName;
use super::quantity::Rate;
use super::template::Template;
use crate::mapping::{Expression, Place};

/// What all polls of a connector have in common.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where the vendor is; what a poll asks for is below it.
    pub url: Template,
    /// Headers of every request; names in lower case.
    pub headers: Vec<(String, Template)>,
    /// How requests prove who sends them.
    pub auth: Option<Auth>,
    /// Who signs the requests.
    pub sign: Option<Signed>,
    /// Most requests in a stretch of time.
    pub rate: Option<Rate>,
    /// Most requests at once.
    pub concurrency: u16,
    /// Longest that an answer may take.
    pub timeout: Span,
    /// Most bytes of an answer, decompressed.
    pub max_body: u64,
    /// How often a request is tried again before the run fails.
    pub retries: u32,
    /// What answers mean beyond their status, in the order in which they are asked.
    pub answers: Vec<Answer>,
}

/// How requests prove who sends them.
#[derive(Clone, Debug)]
pub enum Auth {
    /// User and password.
    Basic {
        /// The user.
        user: Template,
        /// The password.
        password: Template,
    },
    /// OAuth 2 client credentials (RFC 6749, 4.4).
    OAuth2 {
        /// Where tokens are given.
        token_url: Template,
        /// The client.
        client_id: Template,
        /// The client's secret.
        client_secret: Template,
        /// What the token is for.
        scope: Option<Template>,
    },
}

/// A signature by a named signer.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Name of the signer.
    pub by: String,
    /// Name of the secret that it signs with, where one is enough.
    pub secret: Option<SecretName>,
    /// What else the signer is told, by name.
    pub options: Vec<(String, Template)>,
    /// Where it stands in the document's structure.
    pub path: String,
    /// Where the signer's name stands in the document's text.
    pub place: Place,
}

/// What the signers `md5-sorted` and `hmac-sorted` are told beyond their secret; the others of
/// pulls are told nothing.
pub(super) const SORTED_OPTIONS: [&str; 12] = [
    "algorithm",
    "encoding",
    "pairs",
    "body",
    "equals",
    "and",
    "skips_empty",
    "message",
    "timestamp",
    "unit",
    "signature",
    "header",
];

/// What an answer means when a condition is true.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The condition over `status`, `headers` and `body`.
    pub when: Expression,
    /// What it means.
    pub meaning: Meaning,
    /// The vendor's own words.
    pub message: Option<Expression>,
}

/// What an answer means, whatever its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is as it should be.
    Fine,
    /// Too many requests: later.
    Throttled,
    /// The vendor has trouble: later.
    Unavailable,
    /// The token is not valid any more: with a fresh one.
    Unauthorized,
    /// It will not be otherwise however often it is asked.
    Failed,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Failed,
        Self::Throttled,
        Self::Unavailable,
        Self::Unauthorized,
        Self::Fine,
    ];

    /// Returns the name, as documents write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Failed => "failed",
        }
    }
}
