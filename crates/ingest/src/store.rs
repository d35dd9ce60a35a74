//! Ingest's tables, each behind its verbs. All functions work in the caller's transaction.

pub(crate) mod accepted;
pub(crate) mod archive;
pub(crate) mod connector;
pub(crate) mod delivery;
pub(crate) mod feed;
pub(crate) mod freshness;
pub(crate) mod journal;
pub(crate) mod quarantine;
pub(crate) mod source;
