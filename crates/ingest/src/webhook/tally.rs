//! How often what happened, since it was last told.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing::info;

/// What can become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Accepted,
    Duplicate,
    Quarantined,
    Nothing,
    Refused,
    Malformed,
    Unavailable,
}

impl Kind {
    /// Returns the word that metrics use.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Quarantined => "quarantined",
            Self::Nothing => "ignored",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Counts of one webhook.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: [AtomicU64; 7],
}

impl Tally {
    pub(super) fn add(&self, kind: Kind) {
        self.counts[kind as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Tells and forgets, unless there is nothing to tell.
    pub(super) fn tell(&self, webhook: &str) {
        let counts: Vec<u64> = self
            .counts
            .iter()
            .map(|count| count.swap(0, Ordering::Relaxed))
            .collect();
        if let [
            accepted,
            duplicate,
            quarantined,
            nothing,
            refused,
            malformed,
            unavailable,
        ] = counts[..]
            && counts.iter().any(|count| *count > 0)
        {
            info!(
                webhook.name = webhook,
                webhook.accepted = accepted,
                webhook.duplicates = duplicate,
                webhook.quarantined = quarantined,
                webhook.ignored = nothing,
                webhook.refused = refused,
                webhook.malformed = malformed,
                webhook.unavailable = unavailable,
                "webhook calls"
            );
        }
    }
}
