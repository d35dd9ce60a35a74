//! The instants and spans that CEL has: its standard bounds years and the size of durations.

use super::Datum;

/// 0001-01-01T00:00:00Z in microseconds since 1970.
const FIRST_INSTANT: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z in microseconds since 1970.
const LAST_INSTANT: i64 = 253_402_300_799_999_999;
/// What 64 bits of nanoseconds hold, in microseconds: some 292 years.
const LONGEST_SPAN: i64 = i64::MAX / 1_000;

/// Whether microseconds since 1970 are an instant of the years 1 to 9999.
pub(crate) fn is_instant(micros: i64) -> bool {
    (FIRST_INSTANT..=LAST_INSTANT).contains(&micros)
}

/// Whether microseconds are a span of at most 292 years.
pub(crate) fn is_span(micros: i64) -> bool {
    (-LONGEST_SPAN..=LONGEST_SPAN).contains(&micros)
}

impl Datum<'_> {
    pub(super) fn instant(micros: i64) -> Option<Self> {
        is_instant(micros).then_some(Self::Timestamp(micros))
    }

    pub(super) fn span(micros: i64) -> Option<Self> {
        is_span(micros).then_some(Self::Duration(micros))
    }
}
