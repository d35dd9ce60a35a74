use chrono::{DateTime, TimeDelta, Utc};

/// What a filter may ask of its surroundings: there is no clock in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Environment<'e> {
    /// The present: `now()`, and what `ago` and `in` count from.
    pub now: DateTime<Utc>,
    /// Who asks: `me()`. With nobody, comparisons with `me()` match nothing.
    pub me: Option<&'e str>,
}

impl Environment<'_> {
    /// The instant that lies `away` from the present, in whole microseconds as databases keep them.
    pub(crate) fn instant(&self, away: TimeDelta) -> DateTime<Utc> {
        let end = if away < TimeDelta::zero() {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        whole_micros(self.now.checked_add_signed(away).unwrap_or(end))
    }
}

/// An instant without what is finer than a microsecond.
pub(crate) fn whole_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}
