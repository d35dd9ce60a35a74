use jiff::civil::Date;

/// What is wrong with a calendar as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A shift is not written as `HH:MM-HH:MM`.
    #[error("`{text}` is not a shift: write HH:MM-HH:MM, such as 09:00-18:00")]
    ShiftSyntax {
        /// Text as written.
        text: String,
    },
    /// A shift ends before it starts.
    #[error(
        "shift {text} ends before it starts: split a night shift at midnight, \
         such as 22:00-24:00 and 00:00-06:00 of the next day"
    )]
    ShiftReversed {
        /// Text as written.
        text: String,
    },
    /// Two shifts of one day overlap.
    #[error("{day}: shifts {first} and {second} overlap")]
    ShiftsOverlap {
        /// Weekday or date.
        day: String,
        /// Earlier shift.
        first: String,
        /// Later shift.
        second: String,
    },
    /// The time zone is not in the IANA database.
    #[error("unknown time zone `{name}`: use an IANA name such as Asia/Shanghai")]
    UnknownTimeZone {
        /// Name as written.
        name: String,
    },
    /// A day is not a date or an inclusive range of dates.
    #[error("`{text}` is not a day: write YYYY-MM-DD, or YYYY-MM-DD..YYYY-MM-DD for a range")]
    DaySyntax {
        /// Text as written.
        text: String,
    },
    /// A range of days is too long.
    #[error("`{text}` has more than {} days", crate::spec::MAX_RANGE_DAYS)]
    RangeTooLong {
        /// Text as written.
        text: String,
    },
    /// A weekday is not one of the seven English names.
    #[error("unknown weekday `{name}`: use monday to sunday")]
    UnknownWeekday {
        /// Name as written.
        name: String,
    },
    /// One date is both a holiday and a make-up workday.
    #[error("{day} is listed both as a holiday and as a make-up workday")]
    Contradiction {
        /// The date.
        day: Date,
    },
    /// No weekday has working hours.
    #[error("no weekday has working hours: a deadline counted in this calendar would never come")]
    NeverWorks,
    /// There is no arrangement of holidays with that key.
    #[error("unknown arrangement of holidays `{key}`: there is {}", crate::Arrangement::KEYS.join(", "))]
    UnknownArrangement {
        /// Key as written.
        key: String,
    },
    /// The make-up workdays of an arrangement would have no hours.
    #[error(
        "make-up workdays of `{key}` have the hours of a {weekday}, which has none: write \
         {{holidays: {key}, workdaysLike: …}}"
    )]
    WorkdaysWithoutHours {
        /// Key of the arrangement.
        key: String,
        /// Weekday that they follow.
        weekday: String,
    },
    /// Two overrides speak of one date.
    #[error("{day} is overridden twice")]
    OverriddenTwice {
        /// The date.
        day: Date,
    },
    /// An override does not say why.
    #[error("override of {day} has no reason")]
    NoReason {
        /// Day or range as written.
        day: String,
    },
}
