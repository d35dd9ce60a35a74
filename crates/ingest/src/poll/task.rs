//! What is read, for one installation.

use super::Installation;
use crate::connector::{Auth, Connector, Http, Poll, Query, Range};
use crate::mapping::Expression;

/// How often a statement is tried again before the run fails.
const QUERY_RETRIES: u32 = 5;
/// Most answers of one window of a query.
const QUERY_PAGES: u32 = 10_000;

/// A list to be read.
#[derive(Clone, Copy, Debug)]
pub enum Task<'c> {
    /// That of a vendor who is asked over HTTP.
    Poll(Polling<'c>),
    /// The rows of a database.
    Query(Querying<'c>),
}

/// A list to be polled, for one installation.
#[derive(Clone, Copy, Debug)]
pub struct Polling<'c> {
    /// The connector.
    pub connector: &'c Connector,
    /// What is polled.
    pub poll: &'c Poll,
    /// How the vendor is asked.
    pub http: &'c Http,
    /// What the installation fills in.
    pub installation: &'c Installation,
}

/// Rows to be queried.
#[derive(Clone, Copy, Debug)]
pub struct Querying<'c> {
    /// The connector.
    pub connector: &'c Connector,
    /// What is asked.
    pub query: &'c Query,
}

impl<'c> Task<'c> {
    pub(super) const fn connector(&self) -> &'c Connector {
        match self {
            Self::Poll(polling) => polling.connector,
            Self::Query(querying) => querying.connector,
        }
    }

    pub(super) const fn range(&self) -> &'c Range {
        match self {
            Self::Poll(polling) => &polling.poll.range,
            Self::Query(querying) => &querying.query.range,
        }
    }

    pub(super) const fn cursor(&self) -> Option<&'c Expression> {
        match self {
            Self::Poll(polling) => polling.poll.cursor.as_ref(),
            Self::Query(querying) => querying.query.cursor.as_ref(),
        }
    }

    pub(super) const fn retries(&self) -> u32 {
        match self {
            Self::Poll(polling) => polling.http.retries,
            Self::Query(_) => QUERY_RETRIES,
        }
    }

    /// Returns the most answers of one window, and what makes them fewer.
    pub(super) const fn most_pages(&self) -> (u32, &'static str) {
        match self {
            Self::Poll(polling) => (polling.poll.most_pages, "raise pages.most"),
            Self::Query(_) => (QUERY_PAGES, "raise limit"),
        }
    }

    /// Returns whether there is an access token that may be exchanged for a fresh one.
    pub(super) const fn has_token(&self) -> bool {
        matches!(self, Self::Poll(polling) if matches!(polling.http.auth, Some(Auth::OAuth2 { .. })))
    }
}
