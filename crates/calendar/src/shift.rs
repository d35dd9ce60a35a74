use crate::Error;
use std::fmt;
use std::str::FromStr;

const DAY_END: u16 = 24 * 60;

/// Hours worked without a break on one civil day: from a minute, up to and without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    from: u16,
    to: u16,
}

impl Shift {
    /// First minute of the day that is worked, counted from midnight on the wall clock.
    pub fn from_minute(self) -> u16 {
        self.from
    }

    /// Minute of the day at which work ends, at most 1440 (midnight).
    pub fn to_minute(self) -> u16 {
        self.to
    }
}

impl FromStr for Shift {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let syntax = || Error::ShiftSyntax {
            text: text.to_owned(),
        };
        let (from, to) = text.split_once('-').ok_or_else(syntax)?;
        let from = minute_of_day(from.trim()).ok_or_else(syntax)?;
        let to = minute_of_day(to.trim()).ok_or_else(syntax)?;
        if from >= to {
            return Err(Error::ShiftReversed {
                text: text.to_owned(),
            });
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_END).then_some(minutes)
}
