//! Instants and spans between the wire and the domain, exact to the microsecond.

use order::{Span, Timestamp};
use prost_types::{Duration as WireDuration, Timestamp as WireTimestamp};

const MICROS: i64 = 1_000_000;

/// Why a message is no instant or span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Further away than microseconds in 64 bits reach.
    #[error("{0} seconds are out of range")]
    Range(i64),
    /// Nanoseconds outside 0 to 999,999,999.
    #[error("{0} nanoseconds are out of range, expected 0 to 999999999")]
    Nanos(i32),
    /// Less than nothing, where that makes no sense.
    #[error("must not be negative")]
    Negative,
}

/// Reads an instant; below a microsecond it is cut off.
///
/// # Errors
///
/// When it is out of range.
pub fn instant(wire: &WireTimestamp) -> Result<Timestamp, InstantError> {
    if !(0..1_000_000_000).contains(&wire.nanos) {
        return Err(InstantError::Nanos(wire.nanos));
    }
    micros(wire.seconds, wire.nanos).map(Timestamp::from_micros)
}

/// Reads a span; below a microsecond it is cut off.
///
/// # Errors
///
/// When it is out of range.
pub fn span(wire: &WireDuration) -> Result<Span, InstantError> {
    micros(wire.seconds, wire.nanos).map(Span::from_micros)
}

/// Writes an instant.
#[must_use]
pub fn timestamp(instant: Timestamp) -> WireTimestamp {
    WireTimestamp {
        seconds: instant.micros().div_euclid(MICROS),
        nanos: (instant.micros().rem_euclid(MICROS) * 1_000) as i32,
    }
}

/// Writes a span.
#[must_use]
pub fn duration(span: Span) -> WireDuration {
    WireDuration {
        seconds: span.micros() / MICROS,
        nanos: (span.micros() % MICROS * 1_000) as i32,
    }
}

fn micros(seconds: i64, nanos: i32) -> Result<i64, InstantError> {
    seconds
        .checked_mul(MICROS)
        .and_then(|micros| micros.checked_add(i64::from(nanos) / 1_000))
        .ok_or(InstantError::Range(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_before_1970_keep_their_microseconds() {
        let early = Timestamp::from_micros(-1);
        assert_eq!(
            timestamp(early),
            WireTimestamp {
                seconds: -1,
                nanos: 999_999_000
            }
        );
        assert_eq!(instant(&timestamp(early)), Ok(early));
    }

    #[test]
    fn absurd_instants_are_refused_and_do_not_wrap() {
        let absurd = WireTimestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(instant(&absurd), Err(InstantError::Range(i64::MAX)));
        let broken = WireTimestamp {
            seconds: 0,
            nanos: -1,
        };
        assert_eq!(instant(&broken), Err(InstantError::Nanos(-1)));
    }
}
