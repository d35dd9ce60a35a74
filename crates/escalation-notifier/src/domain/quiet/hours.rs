//! Hours in which somebody is not to be disturbed.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Hold, Keeper};
use crate::domain::{
    channel::Channel,
    directory::Directory,
    escalation::Cause,
    oncall::{Hours, Roster, Span, WallClock},
    ticket::Ticket,
};

/// How far ahead the end is looked for; hours repeat by the week.
const LOOK_AHEAD: TimeDelta = TimeDelta::days(8);

/// Hours of a week on the wall clock where somebody lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// The wall clock.
    pub clock: WallClock,
    /// The hours.
    pub hours: Hours,
}

/// What is told to whom.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Why.
    pub cause: Cause,
    /// What the ticket looks like.
    pub ticket: &'a Ticket,
    /// By which channel.
    pub channel: Channel,
    /// Person, or endpoint, as the channel has it.
    pub recipient: &'a str,
}

impl QuietHours {
    /// When they end, where an instant lies in them.
    #[must_use]
    pub fn until(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ahead = Span::new(at, at.checked_add_signed(LOOK_AHEAD)?)?;
        let next = self.hours.spans(&self.clock, ahead).into_iter().next()?;
        next.contains(at).then(|| next.until())
    }
}

/// Whether a notice is worth waking somebody up for.
fn breaks_through(told: &Told<'_>) -> bool {
    told.cause == Cause::Incident || told.ticket.severity.is_critical()
}

/// Keeps back what goes to a person in their quiet hours, unless it is critical, or they are on
/// call. What goes to an endpoint is read by others as well.
#[must_use]
pub fn hold_on(
    told: &Told<'_>,
    directory: &Directory,
    roster: &Roster<'_>,
    now: DateTime<Utc>,
) -> Option<Hold> {
    if !told.channel.is_personal() || breaks_through(told) {
        return None;
    }
    let person = directory.people.get(told.recipient)?;
    let until = person.quiet_hours.as_ref()?.until(now)?;
    if roster.is_on_call(told.recipient) {
        return None;
    }
    Some(Hold {
        keeper: Keeper::QuietHours(told.recipient.to_owned()),
        why: "not critical".to_owned(),
        until: Some(until),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{resources::Resources, ticket::Severity};

    const PEOPLE: &str = r#"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people:
    ann:
      email: ann@example.com
      quietHours: {timeZone: Europe/Berlin, hours: {daily: ["22:00-24:00", "00:00-07:00"], sunday: ["00:00-24:00"]}}
    ben: {email: ben@example.com}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: days}
spec:
  timeZone: UTC
  layers:
    - {name: day, starts: 2026-01-01T00:00, turn: daily, people: [ann, ben]}
"#;

    fn held(
        recipient: &str,
        channel: Channel,
        cause: Cause,
        severity: &str,
        at: &str,
    ) -> Option<String> {
        let set = Resources::parse(PEOPLE).unwrap().policy_set(1).unwrap();
        let directory = &set.directory;
        let now = at.parse().unwrap();
        let roster = Roster::at(&directory.schedules, &[], now);
        let ticket = Ticket {
            severity: Severity::named(severity),
            ..Ticket::default()
        };
        let told = Told {
            cause,
            ticket: &ticket,
            channel,
            recipient,
        };
        let hold = hold_on(&told, directory, &roster, now)?;
        hold.until
            .map(|until| until.format("%m-%dT%H:%M").to_string())
    }

    /// Ann is on call on odd days of January.
    const NIGHT: &str = "2026-01-08T22:30:00Z";

    #[test]
    fn what_is_not_critical_waits_for_the_morning_where_the_person_lives() {
        let held = |at| held("ann", Channel::Email, Cause::Opened, "high", at);
        assert_eq!(held(NIGHT).as_deref(), Some("01-09T06:00"));
        assert_eq!(held("2026-01-08T20:59:59Z"), None);
        assert_eq!(held("2026-01-08T06:00:00Z"), None);
        // Saturday evening through Monday morning is one stretch.
        assert_eq!(held("2026-01-10T21:00:00Z").as_deref(), Some("01-12T06:00"));
    }

    #[test]
    fn what_is_critical_and_who_is_on_call_and_what_others_read_is_not_kept() {
        let at = NIGHT;
        assert_eq!(
            held("ann", Channel::Email, Cause::Opened, "critical", at),
            None
        );
        assert_eq!(
            held("ann", Channel::Email, Cause::Incident, "high", at),
            None
        );
        assert_eq!(held("ann", Channel::Wecom, Cause::Opened, "high", at), None);
        assert_eq!(held("ben", Channel::Email, Cause::Opened, "high", at), None);
        let on_call = "2026-01-09T22:30:00Z";
        assert_eq!(
            held("ann", Channel::Email, Cause::Opened, "high", on_call),
            None
        );
    }

    proptest! {
        #[test]
        fn quiet_hours_end_exactly_when_they_say(minutes in 0_i64..525_600) {
            let set = Resources::parse(PEOPLE).unwrap().policy_set(1).unwrap();
            let hours = set.directory.people["ann"].quiet_hours.as_ref().unwrap();
            let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
            let now = start + TimeDelta::minutes(minutes);
            let is_quiet = |at| hours.hours.include(hours.clock.latest_reading(at));
            match hours.until(now) {
                None => prop_assert!(!is_quiet(now)),
                Some(until) => {
                    prop_assert!(is_quiet(now) && !is_quiet(until));
                    prop_assert!(is_quiet(until - TimeDelta::microseconds(1)));
                }
            }
        }
    }
}
