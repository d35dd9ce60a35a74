//! Parts of instants and spans: `getHours()`, `getDayOfWeek("Asia/Shanghai")` and their like.

use super::{Checker, Outcome, Type};
use crate::expression::{Act, Reading, TimePart};
use crate::language::Syntax;
use jiff::tz::{Offset, TimeZone};

const ZONE_HELP: &str = "write a name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"";

/// The accessors by their names in CEL.
pub(super) const ACCESSORS: [(&str, TimePart); 10] = [
    ("getFullYear", TimePart::FullYear),
    ("getMonth", TimePart::Month),
    ("getDayOfMonth", TimePart::DayOfMonth),
    ("getDate", TimePart::Date),
    ("getDayOfWeek", TimePart::DayOfWeek),
    ("getDayOfYear", TimePart::DayOfYear),
    ("getHours", TimePart::Hours),
    ("getMinutes", TimePart::Minutes),
    ("getSeconds", TimePart::Seconds),
    ("getMilliseconds", TimePart::Milliseconds),
];

/// The part that an accessor of this name reads.
pub(super) fn part(function: &str) -> Option<TimePart> {
    let found = ACCESSORS.iter().find(|(name, _)| *name == function);
    found.map(|(_, part)| *part)
}

fn is_of_spans(part: TimePart) -> bool {
    matches!(
        part,
        TimePart::Hours | TimePart::Minutes | TimePart::Seconds | TimePart::Milliseconds
    )
}

impl Checker<'_> {
    pub(super) fn reading(
        &mut self,
        of: &Syntax,
        part: TimePart,
        zone: Option<&Syntax>,
    ) -> Outcome<(Act, Type)> {
        let (expression, found) = self.steady(of)?;
        let readable = match found {
            Type::Timestamp => true,
            Type::Duration => zone.is_none() && is_of_spans(part),
            _ => false,
        };
        if !readable {
            let fault = self.fault(of.text.start, "wrong type");
            return self.report(fault.expected(Type::Timestamp, found));
        }
        let zone = match zone {
            Some(zone) => self.literal(zone, "a time zone", time_zone, ZONE_HELP)?,
            None => TimeZone::UTC,
        };
        let reading = Reading {
            of: expression,
            part,
            zone,
        };
        Ok((Act::Read(Box::new(reading)), Type::Int))
    }
}

/// Reads the name of a zone of the IANA data base, or an offset such as `+08:00` or `02:00`.
fn time_zone(text: &str) -> Option<TimeZone> {
    if !text.contains(':') {
        return TimeZone::get(text).ok();
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |digits: &str, below: i32| {
        let plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number = plain.then(|| digits.parse::<i32>().ok()).flatten()?;
        (number < below).then_some(number)
    };
    let seconds = number(hours, 24)? * 3_600 + number(minutes, 60)? * 60;
    Offset::from_seconds(sign * seconds)
        .ok()
        .map(TimeZone::fixed)
}
