//! Literals by the type that a field wants.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{environment::whole_micros, sql::Bind};

/// Longest stretch of time that a filter can speak of: some 273 years.
const LONGEST: TimeDelta = TimeDelta::days(100_000);

/// A whole number where it is one, so that it is compared exactly.
pub(super) fn number(text: &str) -> Option<Bind> {
    if let Ok(whole) = text.parse() {
        return Some(Bind::Integer(whole));
    }
    let is_written_out = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number: f64 = text.parse().ok().filter(|_| is_written_out)?;
    number.is_finite().then_some(Bind::Float(number))
}

/// A number and a unit: `20s`, `1.5h`; the sum of some: `1h30m`. Whole microseconds.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut sum = TimeDelta::zero();
    loop {
        let unit = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, after) = rest.split_at(unit);
        let end = after.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, after) = after.split_at(end.unwrap_or(after.len()));
        sum = sum.checked_add(&TimeDelta::microseconds(micros(number, unit)?))?;
        if after.is_empty() {
            return (sum <= LONGEST).then_some(sum * sign);
        }
        rest = after;
    }
}

fn micros(number: &str, unit: &str) -> Option<i64> {
    let unit: i64 = match unit {
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let has_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !has_digits(whole) || !has_digits(fraction) {
        return None;
    }
    let parts = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = fraction.parse::<i64>().ok()?.checked_mul(unit)?;
    let whole = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    (fraction % parts == 0).then(|| whole.checked_add(fraction / parts))?
}

/// An RFC 3339 instant, cut to the microseconds that databases keep.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(whole_micros(instant.to_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_to_the_microsecond() {
        let micros = |text: &str| duration(text).and_then(|found| found.num_microseconds());
        assert_eq!(micros("20s"), Some(20_000_000));
        assert_eq!(micros("1.2s"), Some(1_200_000));
        assert_eq!(micros("0.000001s"), Some(1));
        assert_eq!(micros("-1h30m"), Some(-5_400_000_000));
        assert_eq!(micros("1.5d250ms"), Some(129_600_250_000));
        assert_eq!(micros("100000d"), Some(8_640_000_000_000_000));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        let refused = [
            "",
            "20",
            "s",
            "-",
            "1.s",
            ".5s",
            "1,5s",
            "20 s",
            "--1s",
            "1s-",
            "2H",
            "1w",
            "0.0000001s",
            "100000d1ms",
            "99999999999999999999s",
            "1.0000000000000000000000s",
        ];
        for text in refused {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_whole_where_they_can_be() {
        assert_eq!(number("-42"), Some(Bind::Integer(-42)));
        assert_eq!(number("2.997e9"), Some(Bind::Float(2.997e9)));
        assert_eq!(
            number("9223372036854775808"),
            Some(Bind::Float(9_223_372_036_854_775_808.0))
        );
        for text in ["", "inf", "NaN", "0x10", "1_000", "1e999", "e", "1h"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_cut_to_microseconds() {
        let found = instant("2026-11-11T00:00:00.1234567+08:00").map(|at| at.to_rfc3339());
        assert_eq!(found.as_deref(), Some("2026-11-10T16:00:00.123456+00:00"));
        assert_eq!(instant("2026-11-11"), None);
        assert_eq!(instant("2026-11-11T00:00:00"), None);
    }
}
