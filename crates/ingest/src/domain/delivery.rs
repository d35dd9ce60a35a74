//! Which delivery of a webhook an intake is.

use order::Timestamp;

/// A delivery, as its vendor tells it apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The webhook, as `<connector>/<path>`.
    pub(crate) webhook: String,
    /// Digest of what tells it apart.
    pub(crate) id: Vec<u8>,
    /// How long it is remembered.
    pub(crate) forget_at: Timestamp,
}
