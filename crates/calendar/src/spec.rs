mod special;

use crate::index::Index;
use crate::{Calendar, Error, Shift, index_of};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most days of one range.
pub(crate) const MAX_RANGE_DAYS: i32 = 1_000;

/// A calendar as an operator writes it; [`CalendarSpec::build`] is the only door to a
/// [`Calendar`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Calendar")]
pub struct CalendarSpec {
    /// IANA name of the zone whose wall clock counts, such as `Asia/Shanghai`.
    pub time_zone: String,
    /// Shifts by weekday, `monday` to `sunday`; a weekday left out is a day off.
    pub weekly: BTreeMap<String, Vec<String>>,
    /// Yearly arrangements of holidays and make-up workdays, such as `cn`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Include>,
    /// Days off: dates, or inclusive ranges such as `2026-10-01..2026-10-07`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Make-up workdays (调休) by date, with the weekday whose hours they follow or with shifts
    /// of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workdays: BTreeMap<String, Hours>,
    /// Single days, or ranges of them, with hours of their own and the reason; they go before all
    /// else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<String, OverrideSpec>,
}

/// An arrangement that a calendar includes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Include {
    /// By its key; make-up workdays have the hours of a Monday.
    Key(String),
    /// With the weekday whose hours its make-up workdays have.
    Like(IncludeLike),
}

/// An arrangement, and what its make-up workdays are like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IncludeLike {
    /// Key of the arrangement.
    pub holidays: String,
    /// Weekday whose hours its make-up workdays have.
    pub workdays_like: String,
}

/// A day set apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OverrideSpec {
    /// Shifts, or the weekday whose hours it has; an empty list is a day off.
    pub hours: Hours,
    /// Why.
    pub reason: String,
}

/// Hours of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Hours {
    /// Those of a weekday, by its name.
    Like(String),
    /// Shifts of its own.
    Shifts(Vec<String>),
}

impl CalendarSpec {
    /// Validates the specification and builds the calendar.
    ///
    /// # Errors
    ///
    /// Every fault at once, in the order in which the fields are declared.
    pub fn build(&self) -> Result<Calendar, Vec<Error>> {
        let mut faults = Vec::new();
        let zone = TimeZone::get(&self.time_zone).unwrap_or_else(|_| {
            faults.push(Error::UnknownTimeZone {
                name: self.time_zone.clone(),
            });
            TimeZone::UTC
        });
        let weekly = self.weekly(&mut faults);
        let (special, known) = self.special(&weekly, &mut faults);
        if faults.is_empty() {
            Ok(Calendar {
                zone,
                weekly,
                special,
                known,
                index: Index::new(),
            })
        } else {
            Err(faults)
        }
    }

    fn weekly(&self, faults: &mut Vec<Error>) -> [Vec<Shift>; 7] {
        let mut weekly: [Vec<Shift>; 7] = Default::default();
        for (name, shifts) in &self.weekly {
            match weekday(name) {
                Some(day) => weekly[index_of(day)] = parse_shifts(name, shifts, faults),
                None => faults.push(Error::UnknownWeekday { name: name.clone() }),
            }
        }
        if faults.is_empty() && weekly.iter().all(Vec::is_empty) {
            faults.push(Error::NeverWorks);
        }
        weekly
    }
}

fn parse_shifts(day: &str, texts: &[String], faults: &mut Vec<Error>) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::with_capacity(texts.len());
    for text in texts {
        match text.parse() {
            Ok(shift) => shifts.push(shift),
            Err(fault) => faults.push(fault),
        }
    }
    shifts.sort_unstable();
    for pair in shifts.windows(2) {
        if pair[1].from_minute() < pair[0].to_minute() {
            faults.push(Error::ShiftsOverlap {
                day: day.to_owned(),
                first: pair[0].to_string(),
                second: pair[1].to_string(),
            });
        }
    }
    shifts
}

fn parse_days(text: &str) -> Result<(Date, Date), Error> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    match (first.trim().parse::<Date>(), last.trim().parse::<Date>()) {
        (Ok(first), Ok(last)) if first <= last => {
            let days = (last - first).get_days();
            if days >= MAX_RANGE_DAYS {
                let text = text.to_owned();
                return Err(Error::RangeTooLong { text });
            }
            Ok((first, last))
        }
        _ => Err(Error::DaySyntax {
            text: text.to_owned(),
        }),
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}
