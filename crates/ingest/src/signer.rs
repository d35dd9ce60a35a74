//! Named signatures: whether a webhook comes from whom it says, and what a pull carries so
//! that the vendor answers it.
//!
//! Everything here is a function of what it is given: plain requests, secrets and the instant.
//! A webhook is verified over its raw body, before anybody reads it; a pull is signed when it
//! is otherwise complete. Signatures are code under a name, never configuration; the generic
//! ones take parameters.

mod algorithm;
mod answer;
mod encoding;
mod name;
mod pull;
mod received;
mod refused;
mod template;
mod timestamp;
mod webhook;

pub use algorithm::Algorithm;
pub use answer::{Answer, Answers, Source};
pub use encoding::Encoding;
pub use name::UnknownName;
pub use pull::{
    Additions, BadSortedParameters, Keying, Outgoing, Pairs, PullSigner, SignatureAt,
    SortedParameters, SortedScheme, TimestampPair, Unsignable,
};
pub use received::{Headers, Received};
pub use refused::Refused;
pub use template::BadTemplate;
pub use timestamp::{Tolerance, Unit};
pub use webhook::{
    BadHmacParameters, Delivery, HmacParameters, HmacScheme, TimestampHeader, WebhookSigner,
};
