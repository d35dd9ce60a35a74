//! Somebody's being on call for a while.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::span::Span;

/// Somebody is on call, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// When.
    pub span: Span,
    /// Who, by name in the directory.
    pub person: String,
    /// By what.
    pub source: Source,
}

/// What has put somebody on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A layer, by name.
    Layer(String),
    /// An override, by id.
    Override(Uuid),
}

/// One over another: what is above holds, and what is below where nothing is above. Both are
/// sorted and disjoint, and so is what comes of them.
pub(super) fn overlay(below: &[Duty], above: Vec<Duty>) -> Vec<Duty> {
    let taken: Vec<Span> = above.iter().map(|duty| duty.span).collect();
    let mut all = above;
    for duty in below {
        let rest = duty.span.outside(&taken);
        all.extend(rest.into_iter().map(|span| Duty {
            span,
            ..duty.clone()
        }));
    }
    all.sort_by_key(|duty| duty.span);
    all
}

/// The same, with what goes on without a break and a change in one piece.
pub(super) fn joined(duties: Vec<Duty>) -> Vec<Duty> {
    let mut whole: Vec<Duty> = Vec::with_capacity(duties.len());
    for duty in duties {
        let goes_on = |last: &Duty| -> Option<Span> {
            let same = last.person == duty.person && last.source == duty.source;
            (same && last.span.until() == duty.span.from())
                .then(|| Span::new(last.span.from(), duty.span.until()))?
        };
        match whole.last_mut() {
            Some(last) if let Some(span) = goes_on(last) => last.span = span,
            _ => whole.push(duty),
        }
    }
    whole
}

impl Duty {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds_at(&self, at: DateTime<Utc>) -> bool {
        self.span.contains(at)
    }
}
