//! Texts that spell spans of time.

use crate::datum::is_span;
use order::Span;

const UNITS: [(&str, f64); 6] = [
    ("ms", 1e3),
    ("us", 1.0),
    ("d", 86_400e6),
    ("h", 3_600e6),
    ("m", 60e6),
    ("s", 1e6),
];

/// Reads a span such as `2d`, `36h`, `1h30m`, `1.5h` or `-10m`. A day is 24 hours.
/// None beyond the spans that there are, some 292 years.
pub(crate) fn parse_duration(text: &str) -> Option<Span> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    if rest == "0" {
        return Some(Span::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut micros = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        micros += number * length;
        rest = &rest[unit.len()..];
    }
    let micros = (sign * micros).round() as i64;
    is_span(micros).then_some(Span::from_micros(micros))
}
