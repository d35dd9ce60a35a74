//! How far a feed is read, as it is stored beside what it brought.

use std::fmt;

use order::SourceId;
use uuid::Uuid;

use crate::poll::Conclusion;

/// A dataset of a connector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FeedKey {
    pub(crate) connector: String,
    pub(crate) dataset: String,
}

/// The right to run a feed. Whoever holds an older one was overtaken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) feed: FeedKey,
    pub(crate) holder: Uuid,
    pub(crate) fence: i64,
}

/// What the journal notes of a feed together with a page of it.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) lease: Lease,
    /// Sources for which the feed speaks.
    pub(crate) sources: Vec<SourceId>,
    /// Known at the end of a window.
    pub(crate) conclusion: Option<Conclusion>,
    pub(crate) records: usize,
}

impl fmt::Display for FeedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.connector, self.dataset)
    }
}
