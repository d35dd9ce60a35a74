//! Names of sources, and the kinds of systems they are.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::fact::{IdError, checked_id, is_id};

/// Name of one source, such as `erp` or `carrier-sf`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(Arc<str>);

/// Kind of system that feeds a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Orders, payments, lines, refunds.
    Erp,
    /// Shipments and their scans.
    Logistics,
    /// Customers and what was agreed with them.
    Crm,
    /// Stock.
    Warehouse,
    /// Declarations at the border.
    Customs,
}

/// A set of systems: what a rule reads, and so what its verdicts wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Systems(u8);

/// A name that is no kind of system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a system: expected erp, logistics, crm, warehouse or customs")]
pub struct SystemError(String);

impl SourceId {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a text is the name of a source as it stands.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        is_id(text) && text.chars().all(is_plain)
    }
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'
}

impl FromStr for SourceId {
    type Err = IdError;

    /// Accepts lower-case letters, digits, `-` and `_`: the name is part of a bus subject.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = checked_id(text)?;
        match id.chars().find(|c| !is_plain(*c)) {
            Some(character) => Err(IdError::SourceCharacter {
                name: id.to_owned(),
                character,
            }),
            None => Ok(Self(Arc::from(id))),
        }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl System {
    /// Every kind of system.
    pub const ALL: [Self; 5] = [
        Self::Erp,
        Self::Logistics,
        Self::Crm,
        Self::Warehouse,
        Self::Customs,
    ];

    /// Returns the name, as configuration writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Erp => "erp",
            Self::Logistics => "logistics",
            Self::Crm => "crm",
            Self::Warehouse => "warehouse",
            Self::Customs => "customs",
        }
    }
}

impl FromStr for System {
    type Err = SystemError;

    fn from_str(text: &str) -> Result<Self, SystemError> {
        Self::ALL
            .into_iter()
            .find(|system| system.as_str() == text)
            .ok_or_else(|| SystemError(text.to_owned()))
    }
}

impl fmt::Display for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Systems {
    /// No system: such a verdict waits for nobody.
    pub const NONE: Self = Self(0);

    /// Returns the set with one more system in it.
    #[must_use]
    pub const fn with(self, system: System) -> Self {
        Self(self.0 | 1 << system as u8)
    }

    /// Returns the systems of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether the system is in the set.
    #[must_use]
    pub const fn contains(self, system: System) -> bool {
        self.0 & (1 << system as u8) != 0
    }

    /// Walks through the systems of the set.
    pub fn iter(self) -> impl Iterator<Item = System> {
        System::ALL
            .into_iter()
            .filter(move |system| self.contains(*system))
    }

    /// Returns the set as bits, for storage.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Makes a set from stored bits; unknown bits are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1_1111)
    }
}

impl fmt::Display for Systems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(System::as_str).collect();
        formatter.write_str(&names.join("+"))
    }
}
