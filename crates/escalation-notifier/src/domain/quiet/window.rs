//! Maintenance windows: hours, week after week, in which nobody is told of
//! some tickets.

use chrono::{DateTime, Utc};

use super::{Hold, Keeper};
use crate::domain::{matcher::Matchers, policy::delay::WorkingTime, ticket::Ticket};

/// Hours in which nobody is told of some tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaintenanceWindow {
    /// Name, unique among windows.
    pub name: String,
    /// Tickets that it hides.
    pub matchers: Matchers,
    /// Why.
    pub reason: String,
    /// The hours.
    pub hours: WorkingTime,
}

impl MaintenanceWindow {
    /// How it keeps notices of a ticket back, if it does.
    #[must_use]
    pub fn hold_on(&self, ticket: &Ticket, now: DateTime<Utc>) -> Option<Hold> {
        if !self.matchers.match_all(ticket) {
            return None;
        }
        let until = self.hours.open_until(now)?;
        Some(Hold {
            keeper: Keeper::Maintenance(self.name.clone()),
            why: self.reason.clone(),
            until: Some(until),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calendar::CalendarSpec;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Sundays from two to half past three in Berlin, and over midnight into Monday.
    fn window() -> MaintenanceWindow {
        let hours = |text: &[&str]| text.iter().map(|&it| it.to_owned()).collect();
        let spec = CalendarSpec {
            time_zone: "Europe/Berlin".to_owned(),
            weekly: [
                ("sunday".to_owned(), hours(&["02:00-03:30", "23:00-24:00"])),
                ("monday".to_owned(), hours(&["00:00-01:00"])),
            ]
            .into(),
            ..CalendarSpec::default()
        };
        MaintenanceWindow {
            name: "carrier".to_owned(),
            matchers: Matchers::default(),
            reason: "the carrier updates".to_owned(),
            hours: WorkingTime::of("carrier", spec).unwrap(),
        }
    }

    fn until(now: &str) -> Option<DateTime<Utc>> {
        window()
            .hold_on(&Ticket::default(), at(now))
            .and_then(|hold| hold.until)
    }

    #[test]
    fn a_window_holds_from_its_beginning_until_right_before_its_end() {
        assert_eq!(
            until("2026-06-21T00:00:00Z"),
            Some(at("2026-06-21T01:30:00Z"))
        );
        assert_eq!(until("2026-06-20T23:59:59Z"), None);
        assert_eq!(until("2026-06-21T01:30:00Z"), None);
    }

    #[test]
    fn hours_on_both_sides_of_midnight_are_one_window() {
        assert_eq!(
            until("2026-06-21T21:30:00Z"),
            Some(at("2026-06-21T23:00:00Z"))
        );
    }

    #[test]
    fn a_window_follows_the_wall_clock_when_it_skips_an_hour() {
        // At two o'clock on this Sunday it is three.
        assert_eq!(
            until("2026-03-29T01:00:00Z"),
            Some(at("2026-03-29T01:30:00Z"))
        );
        assert_eq!(until("2026-03-29T00:59:59Z"), None);
    }
}
