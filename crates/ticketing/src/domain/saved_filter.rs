//! Filters that people keep under a name.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::Instant;

/// Longest name, in characters.
const LONGEST: usize = 100;

/// A filter that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFilter {
    /// Login of whose it is.
    pub owner: String,
    /// Unique among those of the owner.
    pub name: String,
    /// The filter; it was one when it was saved.
    pub filter: String,
    /// Department whose people may use it; empty for nobody but the owner.
    pub shared_with: String,
    /// Grows with every change.
    pub version: i64,
    /// When it was saved last.
    pub changed_at: Instant,
}

/// Name of a filter among those of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterName(String);

/// Which filter: `NAME` of whoever asks, or `OWNER/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPath {
    /// Login of the owner; absent for whoever asks.
    pub owner: Option<String>,
    /// Its name.
    pub name: FilterName,
}

/// The name is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must have 1 to {LONGEST} characters, none of them `/` or a control character")]
pub struct NotAName;

/// Why nothing can be done with a filter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilterRefusal {
    /// There is none, or it is not shared with whoever asks.
    #[error("there is no filter {0}, or it is not shared with you")]
    Unknown(String),
    /// There is one of that name already.
    #[error("there is a filter {0} already; send its etag to change it")]
    Exists(String),
    /// It was changed since the caller saw it.
    #[error("the filter {0} was changed in between; look at it again")]
    Stale(String),
    /// Tickets have other fields by now.
    #[error("the filter {name} can no longer be used: {fault}; save it anew")]
    Faulty {
        /// Owner and name.
        name: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl FilterName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FilterName {
    type Err = NotAName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let name = name.trim();
        let is_name = (1..=LONGEST).contains(&name.chars().count())
            && !name.chars().any(|it| it == '/' || it.is_control());
        is_name.then(|| Self(name.to_owned())).ok_or(NotAName)
    }
}

impl FromStr for FilterPath {
    type Err = NotAName;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let (owner, name) = match path.rsplit_once('/') {
            Some((owner, _)) if owner.is_empty() || owner.contains('\0') => return Err(NotAName),
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, path),
        };
        let name = name.parse()?;
        Ok(Self { owner, name })
    }
}

impl fmt::Display for SavedFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}
