//! Somebody stands in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::span::Span;

/// Somebody is on call in place of whoever the layers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Its id.
    pub id: Uuid,
    /// Schedule, by name.
    pub schedule: String,
    /// Who stands in, by name in the directory.
    pub person: String,
    /// When.
    pub span: Span,
    /// Who has said so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was said: of two at the same time the later word holds.
    pub said_at: DateTime<Utc>,
}
