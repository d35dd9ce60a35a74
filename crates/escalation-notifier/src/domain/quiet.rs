//! What keeps a notice back although its time has come: a silence, a
//! maintenance window, another ticket. It goes out when nothing does any more
//! and it is still needed.

pub mod hours;
pub mod inhibition;
pub mod silence;
pub mod window;

use chrono::{DateTime, TimeDelta, Utc};

use self::{silence::Silence, window::MaintenanceWindow};
use super::ticket::Ticket;

/// How long at most until it is asked again whether a notice is kept back:
/// what keeps it may end in the very moment in which it is looked at.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// That a notice is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What keeps it.
    pub keeper: Keeper,
    /// Why, in the words of whoever said so.
    pub why: String,
    /// When that ends, where it is known.
    pub until: Option<DateTime<Utc>>,
}

/// What keeps a notice back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Keeper {
    /// A silence, by its id.
    Silence(String),
    /// A maintenance window, by its name.
    Maintenance(String),
    /// An inhibition, by its name.
    Inhibition(String),
    /// Quiet hours, by the person's name.
    QuietHours(String),
}

impl Keeper {
    /// Its kind in the ledger.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Silence(_) => "silence",
            Self::Maintenance(_) => "maintenance",
            Self::Inhibition(_) => "inhibition",
            Self::QuietHours(_) => "quiet-hours",
        }
    }

    /// Which of its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Silence(name)
            | Self::Maintenance(name)
            | Self::Inhibition(name)
            | Self::QuietHours(name) => name,
        }
    }
}

impl Hold {
    /// When it is asked again whether it still holds.
    #[must_use]
    pub fn look_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let again = now + LOOK_AGAIN;
        self.until.map_or(again, |until| until.min(again))
    }
}

/// What keeps notices of a ticket back by the clock: of several silences and
/// windows the one that lasts longest.
#[must_use]
pub fn by_the_clock(
    ticket: &Ticket,
    silences: &[Silence],
    windows: &[MaintenanceWindow],
    now: DateTime<Utc>,
) -> Option<Hold> {
    let silences = silences.iter().filter_map(|it| it.hold_on(ticket, now));
    let windows = windows.iter().filter_map(|it| it.hold_on(ticket, now));
    silences.chain(windows).max_by_key(|hold| hold.until)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::matcher::Matchers;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn silence((from, minutes): (i64, i64)) -> Silence {
        Silence {
            id: uuid::Uuid::nil(),
            matchers: Matchers::default(),
            author: "ann".to_owned(),
            reason: "stocktaking".to_owned(),
            starts_at: at(from),
            ends_at: at(from + minutes),
        }
    }

    proptest! {
        /// Following the holds to their ends leads out of every silence, and
        /// at no instant outside of all is anything held.
        #[test]
        fn a_notice_is_held_as_long_as_any_silence_lasts_and_no_longer(
            spans in prop::collection::vec((0_i64..100, 1_i64..50), 0..6), now in 0_i64..150,
        ) {
            let silences: Vec<Silence> = spans.iter().copied().map(silence).collect();
            let within = |minute: i64| spans.iter().any(|(from, long)| (*from..from + long).contains(&minute));
            let mut minute = now;
            while let Some(hold) = by_the_clock(&Ticket::default(), &silences, &[], at(minute)) {
                prop_assert!(within(minute));
                let until = hold.until.map(|until| (until - at(0)).num_minutes());
                prop_assert!(until > Some(minute));
                minute = until.unwrap_or_default();
            }
            prop_assert!(!within(minute));
            prop_assert!((now..minute).all(within));
        }
    }
}
