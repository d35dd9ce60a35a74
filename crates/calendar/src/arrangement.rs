//! Holidays that a government arranges anew every year, as they were published.

use jiff::civil::Date;
use std::sync::LazyLock;

/// A yearly arrangement of holidays and make-up workdays, by its key in a specification.
#[derive(Debug)]
pub struct Arrangement {
    /// First day that the notices in it speak of.
    from: Date,
    /// Last day that the published notices speak of.
    through: Date,
    holidays: Vec<Holiday>,
}

/// One holiday with the days that are worked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// First day off.
    pub first: Date,
    /// Last day off.
    pub last: Date,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Days at a weekend that are worked for it.
    pub made_up: Vec<Date>,
}

static CHINA: LazyLock<Option<Arrangement>> =
    LazyLock::new(|| Arrangement::read(include_str!("../data/cn.csv")));

impl Arrangement {
    /// Keys of the arrangements that there are.
    pub const KEYS: [&'static str; 1] = ["cn"];

    /// Returns the arrangement of that key.
    #[must_use]
    pub fn named(key: &str) -> Option<&'static Self> {
        match key {
            "cn" => CHINA.as_ref(),
            _ => None,
        }
    }

    /// Returns the first day that it knows of.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// Returns the last day that is arranged; nothing is known of the years after it.
    #[must_use]
    pub fn through(&self) -> Date {
        self.through
    }

    /// Returns its holidays, the earliest first.
    #[must_use]
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// Reads the file of an arrangement; none when a line of it is not as its head says.
    fn read(text: &str) -> Option<Self> {
        let mut arrangement = Self {
            from: Date::MAX,
            through: Date::MIN,
            holidays: Vec::new(),
        };
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let columns: Vec<&str> = line.split(',').collect();
            match columns[..] {
                ["known", from, through] => {
                    arrangement.from = from.parse().ok()?;
                    arrangement.through = through.parse().ok()?;
                }
                [first, last, name_zh, name_en, made_up] => arrangement.holidays.push(Holiday {
                    first: first.parse().ok()?,
                    last: last.parse().ok()?,
                    name_zh: name_zh.to_owned(),
                    name_en: name_en.to_owned(),
                    made_up: made_up
                        .split_whitespace()
                        .map(|day| day.parse().ok())
                        .collect::<Option<_>>()?,
                }),
                _ => return None,
            }
        }
        Some(arrangement)
    }
}

impl Holiday {
    /// Walks through its days off.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last;
        self.first
            .series(jiff::Span::new().days(1))
            .take_while(move |day| *day <= last)
    }
}
