//! Working time of the service desk: Monday to Saturday, 09:00–12:00 and 13:30–18:00 at
//! +08:00, as the calendar `service-desk` of the default rules says.

use order::{Span, Timestamp};

const DAY: i64 = 86_400_000_000;
const MINUTE: i64 = 60_000_000;
const ZONE: i64 = 8 * 60 * MINUTE;
/// Shifts of a working day, in minutes after midnight.
const SHIFTS: [(i64, i64); 2] = [(9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60)];

/// Returns the instant just after which more than `span` of working time has passed since
/// `start`.
#[must_use]
pub fn exceeded_at(start: Timestamp, span: Span) -> Timestamp {
    let local = start.micros() + ZONE;
    let mut left = span.micros();
    let mut day = local.div_euclid(DAY);
    loop {
        for (from, to) in shifts(day) {
            let from = (day * DAY + from * MINUTE).max(local);
            let to = day * DAY + to * MINUTE;
            // A shift that ends exactly with the last of the span does not exceed it.
            if to - from > left {
                return Timestamp::from_micros(from + left - ZONE);
            }
            left -= (to - from).max(0);
        }
        day += 1;
    }
}

/// Returns whether the desk works just after an instant.
#[must_use]
pub fn working(at: Timestamp) -> bool {
    let local = at.micros() + ZONE;
    let minute = local.rem_euclid(DAY) / MINUTE;
    shifts(local.div_euclid(DAY))
        .iter()
        .any(|(from, to)| (*from..*to).contains(&minute))
}

/// 1970-01-01 was a Thursday; on day 3 the desk had its first Sunday off.
fn shifts(day: i64) -> &'static [(i64, i64)] {
    if day.rem_euclid(7) == 3 { &[] } else { &SHIFTS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn nights_lunch_and_sunday_do_not_count() {
        let friday = at("2026-11-13T17:00:00+08:00");
        let limit = exceeded_at(friday, Span::from_hours(10));
        assert_eq!(limit, at("2026-11-16T10:30:00+08:00"));
    }

    #[test]
    fn a_span_that_ends_with_a_shift_is_exceeded_at_the_next() {
        let morning = at("2026-11-11T09:00:00+08:00");
        let limit = exceeded_at(morning, Span::from_hours(3));
        assert_eq!(limit, at("2026-11-11T13:30:00+08:00"));
    }

    #[test]
    fn counting_minute_by_minute_gives_the_same() {
        let start = at("2026-11-12T20:17:00+08:00");
        for hours in 1..30 {
            let (mut t, mut worked) = (start, 0);
            while worked <= hours * 60 {
                worked += i64::from(working(t));
                t = t + Span::from_seconds(60);
            }
            let stepped = t - Span::from_seconds(60);
            assert_eq!(
                exceeded_at(start, Span::from_hours(hours)),
                stepped,
                "{hours}"
            );
        }
    }
}
