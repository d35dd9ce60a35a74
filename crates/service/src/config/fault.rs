//! Faults of a configuration, collected.

use std::fmt;
use std::ops::RangeInclusive;

/// One fault: what is wrong with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted key, such as `postgres.url`.
    pub key: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Collects faults while a raw configuration is validated.
#[derive(Debug, Default)]
pub struct Faults {
    found: Vec<Fault>,
}

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, key: impl Into<String>, message: impl fmt::Display) {
        self.found.push(Fault {
            key: key.into(),
            message: message.to_string(),
        });
    }

    /// Takes the value, or notes why there is none.
    pub fn check<T, E: fmt::Display>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(key, error)).ok()
    }

    /// Gives the value back, and notes if it is out of its range.
    pub fn within<T: PartialOrd + fmt::Display>(
        &mut self,
        key: &str,
        value: T,
        range: RangeInclusive<T>,
    ) -> T {
        if !range.contains(&value) {
            let (least, most) = range.into_inner();
            self.add(key, format!("{value} is not within {least} to {most}"));
        }
        value
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// Every fault that was noted.
    pub fn into_result(self) -> Result<(), ConfigErrors> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors { faults: self.found })
        }
    }
}

/// Every fault of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    faults: Vec<Fault>,
}

impl ConfigErrors {
    /// The faults, in the order in which they were found.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.faults.len() == 1 {
            "fault"
        } else {
            "faults"
        };
        write!(
            formatter,
            "the configuration has {} {noun}:",
            self.faults.len()
        )?;
        for fault in &self.faults {
            write!(formatter, "\n  {}: {}", fault.key, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Interval;

    #[test]
    fn a_value_out_of_its_range_is_told_with_the_range_and_given_back() {
        let mut faults = Faults::default();
        assert_eq!(faults.within("least", 1, 1..=3), 1);
        assert_eq!(faults.within("most", 3, 1..=3), 3);
        assert_eq!(faults.within("below", 0, 1..=3), 0);
        let range = Interval::seconds(1)..=Interval::seconds(60);
        faults.within("beyond", Interval::seconds(61), range);
        assert_eq!(
            faults.into_result().unwrap_err().to_string(),
            "the configuration has 2 faults:\n  below: 0 is not within 1 to 3\n  beyond: 61s is not within 1s to 1m"
        );
    }
}
