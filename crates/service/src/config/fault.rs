//! Faults of a configuration, collected.

use std::fmt;

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
