//! Quantities as people write them: `2/s`, `16MiB`, `10%`.

use std::str::FromStr;

use order::Span;

/// A quantity that a document writes as one text.
pub(crate) trait Quantity: Sized {
    /// What is expected, as error messages say it.
    const EXPECTED: &'static str;

    /// Reads it.
    fn read(text: &str) -> Option<Self>;
}

/// Most requests in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub requests: u32,
    /// In how long.
    pub per: Span,
}

/// Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

/// A share of something, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Percent(pub(crate) u8);

impl Quantity for Rate {
    const EXPECTED: &'static str = "a rate such as 2/s, 90/m or 1000/h";

    fn read(text: &str) -> Option<Self> {
        let (number, unit) = text.split_once('/')?;
        let seconds = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return None,
        };
        let requests = digits(number.trim()).filter(|requests| *requests > 0)?;
        Some(Self {
            requests,
            per: Span::from_seconds(seconds),
        })
    }
}

impl Quantity for Size {
    const EXPECTED: &'static str = "a size such as 512KiB or 16MiB";

    fn read(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(end);
        let bytes: u64 = match unit.trim() {
            "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        digits::<u64>(number)?.checked_mul(bytes).map(Self)
    }
}

impl Quantity for Percent {
    const EXPECTED: &'static str = "a share from 0% to 100%";

    fn read(text: &str) -> Option<Self> {
        let share: u8 = digits(text.strip_suffix('%')?.trim())?;
        (share <= 100).then_some(Self(share))
    }
}

impl Quantity for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(text: &str) -> Option<Self> {
        digits(text.strip_prefix('-').unwrap_or(text)).map(|number: Self| {
            if text.starts_with('-') {
                -number
            } else {
                number
            }
        })
    }
}

impl Quantity for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Reads digits and nothing else: `parse` would take a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_name_their_stretch() {
        let rate = Rate::read("90/m").unwrap();
        assert_eq!((rate.requests, rate.per), (90, Span::from_seconds(60)));
        for wrong in ["90", "0/s", "-1/s", "1/d", "1.5/s", "/s", ""] {
            assert_eq!(Rate::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_name_their_unit() {
        assert_eq!(Size::read("16MiB"), Some(Size(16 << 20)));
        assert_eq!(Size::read("512 KiB"), Some(Size(512 << 10)));
        for wrong in ["16", "16MB", "MiB", "-1B", "99999999999GiB"] {
            assert_eq!(Size::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shares_are_at_most_all() {
        assert_eq!(Percent::read("10%"), Some(Percent(10)));
        for wrong in ["10", "101%", "-1%", "%"] {
            assert_eq!(Percent::read(wrong), None, "{wrong}");
        }
    }
}
