//! What decisions look at beside the ticket: calendars, and who works where.

use std::{collections::BTreeMap, sync::Arc};

use calendar::{Calendar, CalendarSpec};
use chrono::{DateTime, TimeDelta};
use order::{Span, Timestamp};

use super::{
    Instant, absence::Absences, exception::OrderSummary, holder::Holder, roster::Roster, sop::Step,
};

/// Name of the calendar in whose hours people are reminded; one of this name that an operator
/// applies replaces the built-in.
pub const WAKING_HOURS: &str = "waking-hours";

/// The built-in one: every day from eight to ten in the evening.
const BUILT_IN_HOURS: &str = "08:00-22:00";
const BUILT_IN_ZONE: &str = "Asia/Shanghai";

/// Calendars, teams and absences in force. Never changes; a new one takes its place.
#[derive(Debug, Clone)]
pub struct Office {
    calendars: BTreeMap<String, Arc<Calendar>>,
    roster: Roster,
    absences: Absences,
}

impl Office {
    /// Furnishes an office.
    #[must_use]
    pub fn new(calendars: BTreeMap<String, Arc<Calendar>>, roster: Roster) -> Self {
        let mut office = Self {
            calendars,
            roster,
            absences: Absences::default(),
        };
        if !office.calendars.contains_key(WAKING_HOURS)
            && let Ok(built_in) = waking_hours().build()
        {
            let name = WAKING_HOURS.to_owned();
            office.calendars.insert(name, Arc::new(built_in));
        }
        office
    }

    /// Who works where.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The same office, with these people away.
    #[must_use]
    pub fn with_absences(self, absences: Absences) -> Self {
        Self { absences, ..self }
    }

    /// Who is away.
    #[must_use]
    pub fn absences(&self) -> &Absences {
        &self.absences
    }

    /// Who has a step that begins: of the team that the order decides, and if they are away who
    /// stands in for them.
    #[must_use]
    pub fn holder_of(&self, step: &Step, order: &OrderSummary, at: Instant) -> Holder {
        let holder = self.roster.place(&step.holder, step.team_of, order);
        self.present(&holder, at)
    }

    /// The same holder; of one who is away who stands in, or else nobody in person.
    #[must_use]
    pub fn present(&self, holder: &Holder, at: Instant) -> Holder {
        let login = holder.assignee();
        match self.absences.of(login, at) {
            None => holder.clone(),
            Some(_) => holder.with_assignee(self.absences.stand_in(login, at).unwrap_or_default()),
        }
    }

    /// Whether an instant is in the working time of a calendar; always when none is named.
    #[must_use]
    pub fn is_working(&self, calendar: Option<&str>, at: Instant) -> bool {
        self.calendar(calendar).is_none_or(|calendar| {
            calendar.exceed_working_time(timestamp(at), Span::ZERO) == timestamp(at)
        })
    }

    /// Names of the calendars.
    pub fn calendars(&self) -> impl Iterator<Item = &str> {
        self.calendars.keys().map(String::as_str)
    }

    /// When so much has passed since an instant, in the working time of a calendar if one is
    /// named. The end of a shift is the end itself, not the beginning of the next.
    #[must_use]
    pub fn after(&self, from: Instant, amount: TimeDelta, calendar: Option<&str>) -> Instant {
        match self.calendar(calendar) {
            Some(calendar) => instant(calendar.add_working_time(timestamp(from), span(amount))),
            None => from + amount,
        }
    }

    /// How much passed between two instants, in the working time of a calendar if one is named.
    #[must_use]
    pub fn between(&self, from: Instant, to: Instant, calendar: Option<&str>) -> TimeDelta {
        match self.calendar(calendar) {
            Some(calendar) => TimeDelta::microseconds(
                calendar
                    .working_time_between(timestamp(from), timestamp(to))
                    .micros(),
            ),
            None => to - from,
        }
    }

    /// When to remind somebody who is to be reminded at `wanted`: within the hours of the
    /// calendar, earlier rather than later, but not before `earliest`.
    #[must_use]
    pub fn within_hours(&self, wanted: Instant, earliest: Instant, hours: &str) -> Instant {
        let Some(calendar) = self.calendars.get(hours) else {
            return wanted;
        };
        let before = instant(calendar.add_working_time(timestamp(wanted), Span::ZERO));
        if before >= earliest {
            return before;
        }
        instant(calendar.exceed_working_time(timestamp(wanted.max(earliest)), Span::ZERO))
    }

    fn calendar(&self, name: Option<&str>) -> Option<&Calendar> {
        // Procedures are only put in force with calendars that there are, and calendars stay.
        name.and_then(|name| self.calendars.get(name))
            .map(Arc::as_ref)
    }
}

impl Default for Office {
    fn default() -> Self {
        Self::new(BTreeMap::new(), Roster::default())
    }
}

fn waking_hours() -> CalendarSpec {
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    CalendarSpec {
        time_zone: BUILT_IN_ZONE.to_owned(),
        weekly: days
            .into_iter()
            .map(|day| (day.to_owned(), vec![BUILT_IN_HOURS.to_owned()]))
            .collect(),
        ..CalendarSpec::default()
    }
}

fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.timestamp_micros())
}

fn instant(at: Timestamp) -> Instant {
    DateTime::from_timestamp_micros(at.micros()).unwrap_or(match at {
        Timestamp::MIN => Instant::MIN_UTC,
        _ => Instant::MAX_UTC,
    })
}

fn span(delta: TimeDelta) -> Span {
    Span::from_micros(delta.num_microseconds().unwrap_or(i64::MAX))
}
