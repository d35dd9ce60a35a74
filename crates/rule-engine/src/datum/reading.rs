//! Parts of instants and spans.

use super::Datum;
use crate::expression::TimePart;
use jiff::tz::TimeZone;

const MILLISECOND: i64 = 1_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Datum<'_> {
    /// A part of an instant as a zone shows it; of a span, the whole of it in that unit, except
    /// for milliseconds, which are those within its second.
    pub(crate) fn read(&self, part: TimePart, zone: &TimeZone) -> Option<Self> {
        Some(Self::Int(match self {
            Self::Timestamp(micros) => of_instant(*micros, part, zone)?,
            Self::Duration(micros) => of_span(*micros, part)?,
            _ => return None,
        }))
    }
}

fn of_instant(micros: i64, part: TimePart, zone: &TimeZone) -> Option<i64> {
    let instant = jiff::Timestamp::from_microsecond(micros).ok()?;
    let shown = zone.to_datetime(instant);
    Some(match part {
        TimePart::FullYear => shown.year().into(),
        TimePart::Month => i64::from(shown.month()) - 1,
        TimePart::DayOfMonth => i64::from(shown.day()) - 1,
        TimePart::Date => shown.day().into(),
        TimePart::DayOfWeek => shown.weekday().to_sunday_zero_offset().into(),
        TimePart::DayOfYear => i64::from(shown.day_of_year()) - 1,
        TimePart::Hours => shown.hour().into(),
        TimePart::Minutes => shown.minute().into(),
        TimePart::Seconds => shown.second().into(),
        TimePart::Milliseconds => shown.millisecond().into(),
    })
}

fn of_span(micros: i64, part: TimePart) -> Option<i64> {
    Some(match part {
        TimePart::Hours => micros / HOUR,
        TimePart::Minutes => micros / MINUTE,
        TimePart::Seconds => micros / SECOND,
        TimePart::Milliseconds => micros % SECOND / MILLISECOND,
        _ => return None,
    })
}
