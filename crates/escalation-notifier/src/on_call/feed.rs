//! Duties as a calendar that calendar programs subscribe to (RFC 5545).

use chrono::TimeDelta;
use icalendar::{Calendar, Component, Event, EventLike};
use uuid::Uuid;

use super::Standing;
use crate::{
    channel::markup::ends_a_line,
    domain::oncall::{Duty, Schedule, Source, Span},
    error::Error,
};

/// How far back duties are shown.
const BACK: TimeDelta = TimeDelta::weeks(4);

/// How far ahead duties are shown.
const AHEAD: TimeDelta = TimeDelta::days(180);

/// How often a program should look again.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// Namespace of the ids of events.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6465_7277_4174_8368_6f6e_6361_6c6c);

impl Standing {
    /// Earliest instant of which a feed tells.
    pub(crate) fn feed_from(now: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
        now - BACK
    }

    /// The duties of a schedule as an iCalendar, with the gaps between them; only those of one
    /// person when one is named.
    ///
    /// # Errors
    ///
    /// There is no schedule of that name.
    pub(crate) fn feed(&self, schedule: &str, person: Option<&str>) -> Result<String, Error> {
        let now = self.now;
        let within = self.span(Some(Self::feed_from(now)), Some(now + AHEAD))?;
        let mut calendar = Calendar::new();
        calendar.ttl(&LOOK_AGAIN);
        for schedule in self.schedules(schedule)? {
            let name = person.map_or_else(
                || format!("On call: {}", schedule.name),
                |person| format!("On call: {person}, {}", schedule.name),
            );
            calendar.name(&name);
            for duty in self.duties(schedule, within) {
                if person.is_none_or(|person| person == duty.person) {
                    calendar.push(self.duty_event(schedule, &duty));
                }
            }
            if person.is_none() {
                for gap in self.gaps(schedule, within) {
                    calendar.push(self.gap_event(schedule, gap));
                }
            }
        }
        Ok(calendar.to_string())
    }

    fn duty_event(&self, schedule: &Schedule, duty: &Duty) -> Event {
        let by = match &duty.source {
            Source::Layer(name) => format!("By the layer {name}."),
            Source::Override(id) => self
                .overrides
                .iter()
                .find(|it| it.id == *id)
                .map(|it| one_line(&format!("Stands in: {} ({}).", it.reason, it.author)))
                .unwrap_or_default(),
        };
        self.event(schedule, duty.span, &duty.person)
            .summary(&format!("{} on call ({})", duty.person, schedule.name))
            .description(&by)
            .done()
    }

    fn gap_event(&self, schedule: &Schedule, gap: Span) -> Event {
        self.event(schedule, gap, "")
            .summary(&format!("Nobody on call ({})", schedule.name))
            .done()
    }

    /// An event with an id that stays, so that a program changes it in place.
    fn event(&self, schedule: &Schedule, span: Span, person: &str) -> Event {
        let key = [&schedule.name, person, &span.from().timestamp().to_string()].join("\u{1f}");
        let id = Uuid::new_v5(&NAMESPACE, key.as_bytes());
        Event::with_uid(&format!("{id}@orderwatch"))
            .timestamp(self.now)
            .starts(span.from())
            .ends(span.until())
            .done()
    }
}

/// Words of others as one line: a control character may not stand in an iCalendar (RFC 5545, 3.1),
/// and many programs end a line at a lone carriage return, behind which anything could follow.
fn one_line(words: &str) -> String {
    words.replace("\r\n", " ").replace(ends_a_line, " ")
}
