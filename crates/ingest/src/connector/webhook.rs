//! What a vendor tells by itself.

use super::http::Signed;
use crate::mapping::Expression;

/// Calls of a vendor, at `POST /webhooks/<connector>/<path>`.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Last part of the URL, unique within the connector.
    pub path: String,
    /// How a call proves who makes it.
    pub sign: Signed,
    /// The records of a call, over `body`, `headers`, `query` and `form`.
    pub records: Expression,
    /// Which calls are about records at all.
    pub when: Option<Expression>,
    /// Dataset whose poll or query makes up for calls that are lost.
    pub reconcile: Option<String>,
    /// Most bytes of a call's body.
    pub max_body: u64,
}

impl Webhook {
    /// Returns whether calls are forms, whatever they say of themselves.
    pub(crate) fn sends_forms(&self) -> bool {
        self.sign.by == "kuaidi100"
    }
}

/// What the signer `hmac` is told beyond its secret; the others are told nothing.
pub(super) const HMAC_OPTIONS: [&str; 9] = [
    "algorithm",
    "encoding",
    "header",
    "prefix",
    "message",
    "timestamp",
    "unit",
    "tolerance",
    "delivery",
];
