//! Single days: what is worked on them, and why.

use crate::{Calendar, Shift, index_of};
use jiff::civil::Date;
use std::fmt;

/// One civil day of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day<'c> {
    /// The date.
    pub date: Date,
    /// Shifts worked, sorted and disjoint; empty on a day off.
    pub shifts: &'c [Shift],
    /// Why these.
    pub reason: &'c Reason,
}

/// Why a day has its hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its weekday has them.
    Weekday,
    /// A holiday of the calendar's own list.
    Holiday,
    /// A workday of the calendar's own list.
    Workday,
    /// A holiday of an arrangement that the calendar includes.
    Arranged {
        /// Name in English.
        en: String,
        /// Name in Chinese.
        zh: String,
    },
    /// A day worked for a holiday of an arrangement (调休).
    MadeUp {
        /// Name of the holiday in English.
        en: String,
        /// Name of the holiday in Chinese.
        zh: String,
    },
    /// Somebody set it apart, and said why.
    Override(String),
}

/// A day that differs from its weekday.
#[derive(Debug, Clone)]
pub(crate) struct Special {
    pub(crate) shifts: Vec<Shift>,
    pub(crate) reason: Reason,
}

impl Reason {
    /// Returns the reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Weekday => "常规".to_owned(),
            Self::Holiday => "休息日".to_owned(),
            Self::Workday => "工作日".to_owned(),
            Self::Arranged { zh, .. } => zh.clone(),
            Self::MadeUp { zh, .. } => format!("{zh}调休上班"),
            Self::Override(reason) => reason.clone(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekday => formatter.write_str("weekly hours"),
            Self::Holiday => formatter.write_str("holiday"),
            Self::Workday => formatter.write_str("workday"),
            Self::Arranged { en, .. } => formatter.write_str(en),
            Self::MadeUp { en, .. } => write!(formatter, "worked for {en}"),
            Self::Override(reason) => formatter.write_str(reason),
        }
    }
}

impl Calendar {
    /// Returns one civil day.
    #[must_use]
    pub fn day(&self, date: Date) -> Day<'_> {
        match self.special.get(&date) {
            Some(special) => Day {
                date,
                shifts: &special.shifts,
                reason: &special.reason,
            },
            None => Day {
                date,
                shifts: &self.weekly[index_of(date.weekday())],
                reason: &Reason::Weekday,
            },
        }
    }

    /// Walks through the days from one through another.
    pub fn describe(&self, from: Date, through: Date) -> impl Iterator<Item = Day<'_>> {
        from.series(jiff::Span::new().days(1))
            .take_while(move |date| *date <= through)
            .map(|date| self.day(date))
    }
}
