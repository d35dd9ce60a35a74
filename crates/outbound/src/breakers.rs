//! The breakers of all destinations.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::breaker::{Event, Outcome, Pass, Settings, State, Verdict, decide};

/// Destinations beyond which those that nothing is held against are forgotten.
const MANY: usize = 1_024;

/// The breakers of all destinations; cheap to clone.
#[derive(Clone)]
pub struct Breakers(Arc<Inner>);

struct Inner {
    settings: Settings,
    began: Instant,
    states: Mutex<HashMap<String, State>>,
}

/// Leave to send once to a destination. Dropped without a word, it never was.
#[must_use = "a breaker learns nothing of what nobody tells it"]
#[derive(Debug)]
pub struct Admission {
    breakers: Breakers,
    destination: String,
    pass: Pass,
    outcome: Outcome,
}

impl Breakers {
    /// Breakers that are all closed.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner {
            settings,
            began: Instant::now(),
            states: Mutex::default(),
        }))
    }

    /// Asks whether a request may be sent to a destination.
    ///
    /// # Errors
    ///
    /// It may not, and how long it is left alone.
    pub fn admit(&self, destination: &str) -> Result<Admission, Duration> {
        match self.note(destination, Event::Asked) {
            Verdict::Go(pass) => Ok(Admission {
                breakers: self.clone(),
                destination: destination.to_owned(),
                pass,
                outcome: Outcome::Abandoned,
            }),
            Verdict::Wait(wait) => Err(wait),
            Verdict::Noted => Err(Duration::ZERO),
        }
    }

    fn note(&self, destination: &str, event: Event) -> Verdict {
        let Inner {
            settings, began, ..
        } = &*self.0;
        let mut states = self.0.states.lock().unwrap_or_else(PoisonError::into_inner);
        let now = began.elapsed();
        if states.len() >= MANY && !states.contains_key(destination) {
            states.retain(|_, state| !state.is_forgettable(now, settings));
        }
        let state = states.entry(destination.to_owned()).or_default();
        let (next, verdict) = decide(std::mem::take(state), event, now, settings);
        *state = next;
        verdict
    }
}

impl fmt::Debug for Breakers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Breakers");
        shown
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Admission {
    /// The destination works.
    pub fn succeeded(mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// It does not.
    pub fn failed(mut self) {
        self.outcome = Outcome::Failed;
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let ended = Event::Ended(self.pass, self.outcome);
        let _noted = self.breakers.note(&self.destination, ended);
    }
}
