//! When a destination that fails is left alone: a machine without a clock.
//!
//! Closed, everybody may ask. After failures in a row, or too large a share of them, it opens:
//! nobody may, for a while. Then one may try (half-open); if that fails, the while doubles.

mod recent;

use std::time::Duration;

use recent::Recent;

/// When a destination is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Failures in a row after which it opens, at least 1. Default 5.
    pub in_a_row: u32,
    /// How long requests count towards the share. Default 1m.
    pub window: Duration,
    /// Percentage of failures in the window at which it opens. Default 50.
    pub share: u8,
    /// Requests in the window below which there is no share to speak of. Default 20.
    pub least: u32,
    /// How long it stays open at first; doubles with each probe that fails. Default 5s.
    pub cool_down: Duration,
    /// Longest that it stays open. Default 5m.
    pub longest: Duration,
}

/// What is known of one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Counts the changes of phase, so that what ends late is told from what ends now.
    generation: u64,
    phase: Phase,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to send.
    Asked,
    /// Somebody who was let through is done.
    Ended(Pass, Outcome),
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination works.
    Succeeded,
    /// It does not.
    Failed,
    /// Nobody knows: nothing was sent.
    Abandoned,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Whoever asked may send, and tells how it went.
    Go(Pass),
    /// Whoever asked may ask again after that long.
    Wait(Duration),
    /// It is noted.
    Noted,
}

/// Leave to send once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    generation: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Closed {
        in_a_row: u32,
        recent: Recent,
    },
    Open {
        until: Duration,
        cool_down: Duration,
    },
    HalfOpen {
        cool_down: Duration,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            in_a_row: 5,
            window: Duration::from_mins(1),
            share: 50,
            least: 20,
            cool_down: Duration::from_secs(5),
            longest: Duration::from_mins(5),
        }
    }
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed {
            in_a_row: 0,
            recent: Recent::default(),
        }
    }
}

/// Decides what an event makes of a state. `now` is since an instant of the caller's choice.
#[must_use]
pub fn decide(state: State, event: Event, now: Duration, settings: &Settings) -> (State, Verdict) {
    match event {
        Event::Asked => state.asked(now),
        Event::Ended(pass, outcome) if pass.generation == state.generation => {
            (state.ended(outcome, now, settings), Verdict::Noted)
        }
        Event::Ended(..) => (state, Verdict::Noted),
    }
}

impl State {
    /// Whether it is no different from that of a destination that nobody has asked yet.
    #[must_use]
    pub fn is_forgettable(&self, now: Duration, settings: &Settings) -> bool {
        match &self.phase {
            Phase::Closed { in_a_row, recent } => {
                *in_a_row == 0 && recent.counted(now, settings.window).0 == 0
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => false,
        }
    }

    fn asked(self, now: Duration) -> (Self, Verdict) {
        match self.phase {
            Phase::Closed { .. } => {
                let pass = Pass {
                    generation: self.generation,
                };
                (self, Verdict::Go(pass))
            }
            Phase::Open { until, .. } if now < until => {
                (self, Verdict::Wait(until.saturating_sub(now)))
            }
            Phase::Open { cool_down, .. } => {
                let probing = self.turned(Phase::HalfOpen { cool_down });
                let pass = Pass {
                    generation: probing.generation,
                };
                (probing, Verdict::Go(pass))
            }
            // How long the probe takes nobody knows.
            Phase::HalfOpen { cool_down } => (self, Verdict::Wait(cool_down)),
        }
    }

    fn ended(self, outcome: Outcome, now: Duration, settings: &Settings) -> Self {
        match (self.phase.clone(), outcome) {
            (Phase::Closed { in_a_row, recent }, outcome) => {
                self.counted(in_a_row, recent, outcome, (now, settings))
            }
            (Phase::HalfOpen { .. }, Outcome::Succeeded) => self.turned(Phase::default()),
            (Phase::HalfOpen { cool_down }, Outcome::Failed) => {
                let doubled = cool_down.saturating_mul(2).min(settings.longest);
                self.opened(now, doubled)
            }
            // The next who asks is the probe instead.
            (Phase::HalfOpen { cool_down }, Outcome::Abandoned) => self.turned(Phase::Open {
                until: now,
                cool_down,
            }),
            // Nobody is let through while it is open.
            (Phase::Open { .. }, _) => self,
        }
    }

    fn counted(
        self,
        in_a_row: u32,
        mut recent: Recent,
        outcome: Outcome,
        (now, settings): (Duration, &Settings),
    ) -> Self {
        let in_a_row = match outcome {
            Outcome::Abandoned => return self,
            Outcome::Succeeded => 0,
            Outcome::Failed => in_a_row.saturating_add(1),
        };
        recent.note(outcome == Outcome::Failed, now, settings.window);
        let (failures, all) = recent.counted(now, settings.window);
        let too_many = all >= u64::from(settings.least.max(1))
            && failures * 100 >= all * u64::from(settings.share);
        if outcome == Outcome::Failed && (in_a_row >= settings.in_a_row || too_many) {
            return self.opened(now, settings.cool_down.min(settings.longest));
        }
        Self {
            phase: Phase::Closed { in_a_row, recent },
            ..self
        }
    }

    fn opened(self, now: Duration, cool_down: Duration) -> Self {
        self.turned(Phase::Open {
            until: now.saturating_add(cool_down),
            cool_down,
        })
    }

    fn turned(self, phase: Phase) -> Self {
        Self {
            generation: self.generation + 1,
            phase,
        }
    }
}
