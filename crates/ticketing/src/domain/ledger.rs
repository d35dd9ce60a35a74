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
    /// For what clocks stood; absent while they ran. The holder answers all the same.
    pub pause: Option<String>,
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

    /// Whether somebody worked, or could have.
    #[must_use]
    pub fn is_worked(&self) -> bool {
        self.holder.is_some() && self.pause.is_none()
    }
}

impl Ledger {
    /// Begins a ledger with its first holder.
    #[must_use]
    pub fn begin(holder: Holder, at: Instant, reason: &str) -> Self {
        let mut ledger = Self(Vec::new());
        ledger.open(Some(holder), None, at, reason);
        ledger
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
        self.running().and_then(|entry| entry.holder.as_ref())
    }

    /// Who answers, or answered last.
    #[must_use]
    pub fn last_holder(&self) -> Option<&Holder> {
        self.0.iter().rev().find_map(|entry| entry.holder.as_ref())
    }

    /// Makes somebody else answer from one instant on; a pause goes on.
    pub fn switch(&mut self, to: Holder, at: Instant, reason: &str) {
        let pause = self.running().and_then(|entry| entry.pause.clone());
        self.close(at);
        self.open(Some(to), pause, at, reason);
    }

    /// Notes from one instant on that clocks stand for a reason, or run again.
    pub fn pause(&mut self, pause: Option<&str>, at: Instant, reason: &str) {
        let holder = self.holder().cloned();
        self.close(at);
        self.open(holder, pause.map(str::to_owned), at, reason);
    }

    /// Ends it.
    pub fn close(&mut self, at: Instant) {
        if let Some(entry) = self.0.last_mut().filter(|entry| entry.to.is_none()) {
            entry.to = Some(at);
        }
    }

    /// Goes on after a rest, which becomes an entry of nobody.
    pub fn resume(&mut self, holder: Holder, at: Instant, reason: &str) {
        if let Some(rested_from) = self.0.last().and_then(|entry| entry.to) {
            self.open(None, None, rested_from, "resolved");
            self.close(at);
        }
        self.open(Some(holder), None, at, reason);
    }

    /// How long somebody worked on it or could have, rests and pauses left out.
    #[must_use]
    pub fn handling_time(&self, now: Instant) -> TimeDelta {
        self.0
            .iter()
            .filter(|entry| entry.is_worked())
            .map(|entry| entry.length(now))
            .sum()
    }

    fn running(&self) -> Option<&Entry> {
        self.0.last().filter(|entry| entry.to.is_none())
    }

    fn open(&mut self, holder: Option<Holder>, pause: Option<String>, at: Instant, reason: &str) {
        self.0.push(Entry {
            holder,
            pause,
            from: at,
            to: None,
            reason: reason.to_owned(),
        });
    }
}
