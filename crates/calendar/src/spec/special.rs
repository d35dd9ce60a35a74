//! Days that differ from their weekday, the weaker first: arrangements that are included, the
//! calendar's own holidays and workdays, days set apart.

use super::{CalendarSpec, Hours, Include, parse_days, parse_shifts, weekday};
use crate::day::Special;
use crate::{Arrangement, Error, Reason, Shift, index_of};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

type Days = BTreeMap<Date, Special>;
type Weekly = [Vec<Shift>; 7];

impl CalendarSpec {
    /// The days that differ, and the first and last day of which all arrangements are known.
    pub(super) fn special(
        &self,
        weekly: &Weekly,
        faults: &mut Vec<Error>,
    ) -> (Days, Option<(Date, Date)>) {
        let mut days = Days::new();
        let mut known = None;
        for include in &self.include {
            if let Some(arrangement) = arranged(include, weekly, &mut days, faults) {
                let (from, through) = known.unwrap_or((Date::MIN, Date::MAX));
                known = Some((
                    from.max(arrangement.from()),
                    through.min(arrangement.through()),
                ));
            }
        }
        days.extend(self.own(weekly, faults));
        self.set_apart(weekly, &mut days, faults);
        (days, known)
    }

    /// Holidays and workdays of the calendar itself.
    fn own(&self, weekly: &Weekly, faults: &mut Vec<Error>) -> Days {
        let mut own = Days::new();
        for text in &self.holidays {
            match parse_days(text) {
                Ok((first, last)) => {
                    let holiday = || special(Vec::new(), Reason::Holiday);
                    own.extend(days_from(first, last).map(|day| (day, holiday())));
                }
                Err(fault) => faults.push(fault),
            }
        }
        for (text, hours) in &self.workdays {
            let Ok(day) = text.parse::<Date>() else {
                faults.push(Error::DaySyntax { text: text.clone() });
                continue;
            };
            let Some(shifts) = shifts(text, hours, weekly, faults) else {
                continue;
            };
            if own.insert(day, special(shifts, Reason::Workday)).is_some() {
                faults.push(Error::Contradiction { day });
            }
        }
        own
    }

    fn set_apart(&self, weekly: &Weekly, days: &mut Days, faults: &mut Vec<Error>) {
        let mut taken = BTreeSet::new();
        for (text, spec) in &self.overrides {
            let (first, last) = match parse_days(text) {
                Ok(days) => days,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            };
            if spec.reason.trim().is_empty() {
                faults.push(Error::NoReason { day: text.clone() });
            }
            let Some(shifts) = shifts(text, &spec.hours, weekly, faults) else {
                continue;
            };
            for day in days_from(first, last) {
                if !taken.insert(day) {
                    faults.push(Error::OverriddenTwice { day });
                }
                let reason = Reason::Override(spec.reason.clone());
                days.insert(day, special(shifts.clone(), reason));
            }
        }
    }
}

fn arranged(
    include: &Include,
    weekly: &Weekly,
    days: &mut Days,
    faults: &mut Vec<Error>,
) -> Option<&'static Arrangement> {
    let (key, like) = match include {
        Include::Key(key) => (key, "monday"),
        Include::Like(include) => (&include.holidays, include.workdays_like.as_str()),
    };
    let Some(arrangement) = Arrangement::named(key) else {
        faults.push(Error::UnknownArrangement { key: key.clone() });
        return None;
    };
    let Some(hours) = weekday(like).map(|like| &weekly[index_of(like)]) else {
        let name = like.to_owned();
        faults.push(Error::UnknownWeekday { name });
        return None;
    };
    if hours.is_empty() && weekly.iter().any(|shifts| !shifts.is_empty()) {
        faults.push(Error::WorkdaysWithoutHours {
            key: key.clone(),
            weekday: like.to_owned(),
        });
    }
    for holiday in arrangement.holidays() {
        let (en, zh) = (&holiday.name_en, &holiday.name_zh);
        for day in holiday.days() {
            let reason = Reason::Arranged {
                en: en.clone(),
                zh: zh.clone(),
            };
            days.insert(day, special(Vec::new(), reason));
        }
        for day in &holiday.made_up {
            let reason = Reason::MadeUp {
                en: en.clone(),
                zh: zh.clone(),
            };
            days.insert(*day, special(hours.clone(), reason));
        }
    }
    Some(arrangement)
}

fn special(shifts: Vec<Shift>, reason: Reason) -> Special {
    Special { shifts, reason }
}

fn shifts(
    day: &str,
    hours: &Hours,
    weekly: &Weekly,
    faults: &mut Vec<Error>,
) -> Option<Vec<Shift>> {
    match hours {
        Hours::Shifts(shifts) => Some(parse_shifts(day, shifts, faults)),
        Hours::Like(name) => {
            let like = weekday(name);
            if like.is_none() {
                faults.push(Error::UnknownWeekday { name: name.clone() });
            }
            like.map(|like| weekly[index_of(like)].clone())
        }
    }
}

fn days_from(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first
        .series(jiff::Span::new().days(1))
        .take_while(move |day| *day <= last)
}
