//! What people say of verdicts, and how often the rules were right by that.

/// What somebody says of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was one.
    Real,
    /// It was none.
    FalseAlarm,
    /// Nothing any more.
    Withdrawn,
}

impl Verdict {
    /// Returns it as stored; the numbers are those of the wire.
    #[must_use]
    pub const fn to_stored(self) -> i16 {
        match self {
            Self::Real => 1,
            Self::FalseAlarm => 2,
            Self::Withdrawn => 3,
        }
    }

    /// Reads what [`Verdict::to_stored`] gave.
    #[must_use]
    pub const fn from_stored(stored: i16) -> Option<Self> {
        match stored {
            1 => Some(Self::Real),
            2 => Some(Self::FalseAlarm),
            3 => Some(Self::Withdrawn),
            _ => None,
        }
    }

    /// Returns the word for it, as in `exception.marked-real`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::FalseAlarm => "false-alarm",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A share of trials with the interval in which the true one lies at 95% confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// What was found.
    pub of_all: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Quantile of the normal distribution for 95%, both sides.
const Z: f64 = 1.959_963_984_540_054;

impl Share {
    /// Takes a number of successes among trials; none without trials. The interval is
    /// Wilson's score interval (E. B. Wilson, JASA 22, 1927, p. 209), which holds for few
    /// trials and for shares near 0 and 1.
    #[must_use]
    pub fn of(successes: i64, trials: i64) -> Option<Self> {
        if trials <= 0 {
            return None;
        }
        let (count, of_all) = (trials as f64, successes as f64 / trials as f64);
        let spread = Z * Z / count;
        let centre = of_all + spread / 2.0;
        let half = Z * (of_all * (1.0 - of_all) / count + spread / (4.0 * count)).sqrt();
        Some(Self {
            of_all,
            low: ((centre - half) / (1.0 + spread)).max(0.0),
            high: ((centre + half) / (1.0 + spread)).min(1.0),
        })
    }
}

/// Estimates how much of what there is a rule finds: `standing` exceptions of which the
/// share `precision` is real, against `missed` ones. None where nothing is known.
#[must_use]
pub fn recall(standing: i64, precision: Option<Share>, missed: i64) -> Option<f64> {
    let found = precision?.of_all * standing as f64;
    let there = found + missed as f64;
    (there > 0.0).then(|| found / there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-5
    }

    /// R. G. Newcombe, Statistics in Medicine 17, 1998, p. 857, table I, method 3.
    #[test]
    fn the_interval_is_that_of_published_examples() {
        for (successes, trials, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::of(successes, trials).unwrap();
            assert!(
                near(share.low, low) && near(share.high, high),
                "{successes} of {trials}: {share:?}"
            );
        }
        assert_eq!(Share::of(0, 0), None);
    }

    #[test]
    fn recall_is_estimated_from_the_real_share_of_all_exceptions() {
        let half = Share::of(5, 10);
        assert_eq!(recall(100, half, 50), Some(0.5));
        assert_eq!(recall(100, None, 50), None);
        assert_eq!(recall(0, half, 0), None);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for verdict in [Verdict::Real, Verdict::FalseAlarm, Verdict::Withdrawn] {
            assert_eq!(Verdict::from_stored(verdict.to_stored()), Some(verdict));
        }
        assert_eq!(Verdict::from_stored(0), None);
    }
}
