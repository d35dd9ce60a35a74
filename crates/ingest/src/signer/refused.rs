//! Why a webhook is not believed.

use chrono::TimeDelta;

use super::encoding::Encoding;

/// Why a webhook is not believed. Says nothing of secrets, nor of the signature that would
/// have been right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The receiver was given no secret, or only blank ones.
    #[error("no secret is configured, so nothing can be verified")]
    NoSecret,
    /// One of the receiver's secrets is not written as the vendor writes secrets.
    #[error("secret {} of {of} is not written as its vendor writes secrets", .position + 1)]
    SecretMalformed {
        /// Which one, from 0.
        position: usize,
        /// How many there are.
        of: usize,
    },
    /// A header is missing.
    #[error("header {0} is missing")]
    HeaderMissing(String),
    /// A header is there more than once.
    #[error("header {0} is there more than once")]
    HeaderRepeated(String),
    /// A field of the form is missing.
    #[error("field {0} of the form is missing")]
    FieldMissing(&'static str),
    /// A field of the form is there more than once.
    #[error("field {0} of the form is there more than once")]
    FieldRepeated(&'static str),
    /// A parameter of the query is missing.
    #[error("parameter {0} of the query is missing")]
    ParameterMissing(&'static str),
    /// A parameter of the query is there more than once.
    #[error("parameter {0} of the query is there more than once")]
    ParameterRepeated(&'static str),
    /// A signature does not begin as it should.
    #[error("{place} does not begin with `{prefix}`")]
    PrefixMissing {
        /// Header that holds the signature.
        place: String,
        /// How it should begin.
        prefix: String,
    },
    /// A signature cannot be decoded.
    #[error("{place} is not {}", .encoding.name())]
    NotEncoded {
        /// Header or field that holds the signature.
        place: String,
        /// How it should be written.
        encoding: Encoding,
    },
    /// A header should hold an instant and does not.
    #[error("header {0} is not an instant")]
    NotAnInstant(String),
    /// The request was sent too long ago.
    #[error("it was sent {} s ago, more than {} s", .age.num_seconds(), .tolerance.num_seconds())]
    TooOld {
        /// How long ago it was sent.
        age: TimeDelta,
        /// How long ago it may have been sent.
        tolerance: TimeDelta,
    },
    /// The request says it was sent later than now.
    #[error("it is {} s ahead, more than {} s", .ahead.num_seconds(), .tolerance.num_seconds())]
    FromTheFuture {
        /// How far ahead it is.
        ahead: TimeDelta,
        /// How far ahead it may be.
        tolerance: TimeDelta,
    },
    /// No secret gives this signature.
    #[error("the signature differs")]
    SignatureDiffers,
}

impl Refused {
    /// Whether the receiver's configuration is at fault, and not the request: the sender should
    /// try again later.
    #[must_use]
    pub fn is_the_receivers_fault(&self) -> bool {
        matches!(self, Self::NoSecret | Self::SecretMalformed { .. })
    }
}
