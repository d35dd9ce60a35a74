//! Who answered for a ticket, and when: stretches of time without gap or
//! overlap from the opening on.

use chrono::TimeDelta;

use super::{Instant, holder::Holder};

/// The stretches of a ticket's life, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger(Vec<Entry>);

/// One stretch: half open, `from` included, `to` excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who answered. Nobody between a resolution and the reopening after it,
    /// so that no department's clock runs while nothing is to be done.
    pub holder: Option<Holder>,
    /// Where it begins.
    pub from: Instant,
    /// Where it ends; absent while it runs.
    pub to: Option<Instant>,
    /// Why the holder answered.
    pub reason: String,
}

impl Entry {
    /// How long it has lasted by `now`.
    #[must_use]
    pub fn length(&self, now: Instant) -> TimeDelta {
        self.to.unwrap_or(now) - self.from
    }
}

impl Ledger {
    /// Begins a ledger with its first holder.
    #[must_use]
    pub fn begin(holder: Holder, at: Instant, reason: &str) -> Self {
        let entry = Entry {
            holder: Some(holder),
            from: at,
            to: None,
            reason: reason.to_owned(),
        };
        Self(vec![entry])
    }

    /// Takes stored entries back, in their order.
    #[must_use]
    pub fn restore(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// Every stretch, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Who answers; nobody once closed.
    #[must_use]
    pub fn holder(&self) -> Option<&Holder> {
        self.0
            .last()
            .filter(|entry| entry.to.is_none())
            .and_then(|entry| entry.holder.as_ref())
    }

    /// Who answers, or answered last.
    #[must_use]
    pub fn last_holder(&self) -> Option<&Holder> {
        self.0.iter().rev().find_map(|entry| entry.holder.as_ref())
    }

    /// Hands the clock over at one instant.
    pub fn switch(&mut self, to: Holder, at: Instant, reason: &str) {
        self.close(at);
        self.0.push(Entry {
            holder: Some(to),
            from: at,
            to: None,
            reason: reason.to_owned(),
        });
    }

    /// Stops the clock.
    pub fn close(&mut self, at: Instant) {
        if let Some(entry) = self.0.last_mut().filter(|entry| entry.to.is_none()) {
            entry.to = Some(at);
        }
    }

    /// Starts the clock again after a rest, which becomes an entry of nobody.
    pub fn resume(&mut self, holder: Holder, at: Instant, reason: &str) {
        if let Some(rested_from) = self.0.last().and_then(|entry| entry.to) {
            let reason = "resolved".to_owned();
            self.0.push(Entry {
                holder: None,
                from: rested_from,
                to: Some(at),
                reason,
            });
        }
        self.0.push(Entry {
            holder: Some(holder),
            from: at,
            to: None,
            reason: reason.to_owned(),
        });
    }

    /// How long somebody has answered for it, rests left out.
    #[must_use]
    pub fn handling_time(&self, now: Instant) -> TimeDelta {
        self.0
            .iter()
            .filter(|entry| entry.holder.is_some())
            .map(|entry| entry.length(now))
            .sum()
    }
}
