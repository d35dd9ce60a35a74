//! How long working time takes to count, beside a walk from day to day:
//! `cargo run --release -p calendar --example long_spans`

use calendar::{Calendar, CalendarSpec};
use order::{Span, Timestamp};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// 2026-01-15T03:00:00Z
const FROM: i64 = 1_768_446_000;
const DAY: i64 = 86_400;

/// Working time as the sum over days, which is how long a walk takes that prepares nothing.
fn walked(calendar: &Calendar, from: Timestamp, to: Timestamp) -> Option<i64> {
    let civil = |at: Timestamp| {
        let at = jiff::Timestamp::from_microsecond(at.micros()).ok()?;
        Some(calendar.zone().to_datetime(at).date())
    };
    let mut worked = 0;
    for day in calendar.describe(civil(from)?.yesterday().ok()?, civil(to)?.tomorrow().ok()?) {
        for shift in day.shifts {
            let instant = |minute: u16| {
                let midnight = day.date.to_datetime(jiff::civil::Time::midnight());
                let civil = midnight + jiff::Span::new().minutes(minute);
                Some(calendar.zone().to_timestamp(civil).ok()?.as_microsecond())
            };
            let (start, end) = (instant(shift.from_minute())?, instant(shift.to_minute())?);
            worked += (end.min(to.micros()) - start.max(from.micros())).max(0);
        }
    }
    Some(worked)
}

fn timed<T>(rounds: u32, ask: impl Fn() -> T) -> Duration {
    let begun = Instant::now();
    for _ in 0..rounds {
        black_box(ask());
    }
    begun.elapsed() / rounds
}

fn main() -> Result<(), Box<dyn Error>> {
    let shifts = || vec!["09:00-12:00".to_owned(), "13:30-18:00".to_owned()];
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let spec = CalendarSpec {
        time_zone: "Europe/Berlin".to_owned(),
        weekly: days.map(|day| (day.to_owned(), shifts())).into(),
        ..CalendarSpec::default()
    };
    let calendar = spec.build().map_err(|faults| format!("{faults:?}"))?;
    let from = Timestamp::from_seconds(FROM);
    let begun = Instant::now();
    black_box(calendar.working_time_between(from, from));
    println!("preparing a year  {:>9.1?}", begun.elapsed());
    println!("span       counted    added   walked    ratio");
    for (name, length) in [
        ("a day", DAY),
        ("a week", 7 * DAY),
        ("a month", 30 * DAY),
        ("a year", 365 * DAY),
        ("ten years", 3_652 * DAY),
    ] {
        let to = Timestamp::from_seconds(FROM + length);
        let worked = calendar.working_time_between(from, to);
        if Some(worked.micros()) != walked(&calendar, from, to) {
            return Err("the two do not agree".into());
        }
        let amount = Span::from_micros(worked.micros());
        let counted = timed(200_000, || calendar.working_time_between(from, to));
        let added = timed(200_000, || calendar.add_working_time(from, amount));
        let naive = timed(2_000, || walked(&calendar, from, to));
        let ratio = naive.as_secs_f64() / counted.as_secs_f64();
        println!("{name:<9} {counted:>8.0?} {added:>8.0?} {naive:>8.1?} {ratio:>8.1}");
    }
    Ok(())
}
