//! Dates and times of day as texts, as databases write them.

/// A date as calendars show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) hour: u64,
    pub(super) minute: u64,
    pub(super) second: u64,
    pub(super) micros: u64,
}

impl Time {
    /// Returns the time so many microseconds after midnight.
    pub(super) const fn of_micros(micros: u64) -> Self {
        let seconds = micros / 1_000_000;
        Self {
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            micros: micros % 1_000_000,
        }
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hour, minute, second) = (self.hour, self.minute, self.second);
        write!(formatter, "{hour:02}:{minute:02}:{second:02}")?;
        if self.micros == 0 {
            return Ok(());
        }
        let fraction = format!("{:06}", self.micros);
        write!(formatter, ".{}", fraction.trim_end_matches('0'))
    }
}
