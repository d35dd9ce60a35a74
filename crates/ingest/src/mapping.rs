//! Mappings: how the records of somebody's files become facts. A mapping is a
//! YAML document of kind `Connector` whose expressions are CEL over one `row`;
//! the crate's README shows one and lists the functions.
//!
//! Everything here is pure: text in, facts or faults out.

mod cell;
mod check;
pub(crate) mod decode;
pub(crate) mod document;
pub(crate) mod expression;
mod fault;
pub(crate) mod function;
pub(crate) mod json;
mod mask;
mod number;
pub(crate) mod outcome;
mod reader;
pub(crate) mod row;
mod size;
pub(crate) mod vocabulary;
mod wall;

use std::fmt;
use std::sync::Arc;

use cel::Context;
use contracts::facts::Declaration;
use jiff::tz::TimeZone;
use order::{Catalogue, EntityKind, FieldType, SourceId};

pub use cell::{DecodeError, Encoding};
pub use check::{ColumnNames, Columns};
pub use expression::Expression;
pub(crate) use fault::nearest;
pub use fault::{Fault, Place};
pub use mask::{mask_text, masked_cell};
pub use reader::{RawRecord, Reader, Rejection};
pub use wall::{WallClock, WallError};

use crate::connector::Connector;

/// A mapping that is sound in itself; the files it meets are checked by [`Mapping::reader`].
pub struct Mapping {
    pub(crate) name: String,
    pub(crate) sources: Vec<Declaration>,
    pub(crate) datasets: Vec<Dataset>,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Where wall clocks hang.
    pub(crate) zone: TimeZone,
    pub(crate) context: Context<'static, 'static>,
}

/// How the records of one file, of all files of a pattern, or of a feed become facts.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) file: String,
    /// Whether it is fed by a poll, a query or a webhook instead of files.
    pub(crate) is_fed: bool,
    pub(crate) format: Format,
    pub(crate) encoding: Encoding,
    pub(crate) facts: Facts,
    pub(crate) path: String,
    pub(crate) place: Place,
}

/// The facts that each record of a dataset gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) rules: Arc<[FactRule]>,
    /// Keys that a record of a feed may lack.
    pub(crate) optional: Arc<[String]>,
}

/// How a file is cut into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header, as RFC 4180 says.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// One kind of fact that a record gives.
#[derive(Debug)]
pub(crate) struct FactRule {
    pub(crate) source: SourceId,
    pub(crate) kind: EntityKind,
    pub(crate) id: Expression,
    pub(crate) order: Option<Expression>,
    pub(crate) revision: Expression,
    pub(crate) when: Option<Expression>,
    pub(crate) fields: Vec<FieldRule>,
}

/// One attribute of a fact.
#[derive(Debug)]
pub(crate) struct FieldRule {
    pub(crate) name: Arc<str>,
    /// None for a shop's own field, which takes any type.
    pub(crate) field_type: Option<FieldType>,
    pub(crate) expression: Expression,
}

impl Mapping {
    /// Reads a mapping and checks everything that can be known without its files.
    ///
    /// # Errors
    ///
    /// All faults, in the order of the document.
    pub fn parse(yaml: &str, catalogue: Arc<Catalogue>) -> Result<Self, Vec<Fault>> {
        Connector::parse(yaml, catalogue).map(Connector::into_mapping)
    }

    /// Returns its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the sources that it speaks for.
    #[must_use]
    pub fn sources(&self) -> &[Declaration] {
        &self.sources
    }

    /// Returns what it reads, files and feeds.
    #[must_use]
    pub fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }

    /// Returns the dataset of that name, else the first whose pattern a file of that name
    /// matches.
    #[must_use]
    pub fn dataset(&self, file: &str) -> Option<&Dataset> {
        let named = self.datasets.iter().find(|dataset| dataset.file == file);
        named.or_else(|| self.datasets.iter().find(|dataset| dataset.matches(file)))
    }
}

impl AsRef<Self> for Mapping {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mapping")
            .field("name", &self.name)
            .field("datasets", &self.datasets)
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Returns the file's name, a pattern with `*`, or the name of what is fed.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns whether a poll, a query or a webhook feeds it; otherwise files do.
    #[must_use]
    pub const fn is_fed(&self) -> bool {
        self.is_fed
    }

    /// Returns whether a record may lack a key that an expression names. A line of a file
    /// may; a record of a feed only where the document says so, because a key that a vendor
    /// renamed must not become a missing value.
    pub(crate) fn may_lack(&self, key: &str) -> bool {
        !self.is_fed || self.facts.optional.iter().any(|optional| optional == key)
    }

    /// Returns how the file is cut into records.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Returns how its text is encoded.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns where it is in the mapping's structure, such as `spec.datasets[0]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns where it begins in the mapping's text.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Returns the source that its first fact is said by.
    #[must_use]
    pub fn first_source(&self) -> Option<&SourceId> {
        self.facts.rules.first().map(|rule| &rule.source)
    }

    /// Returns whether a file of that name is one of this dataset.
    #[must_use]
    pub fn matches(&self, file: &str) -> bool {
        if self.is_fed {
            return self.file == file;
        }
        let mut parts = self.file.split('*');
        let Some(mut rest) = parts.next().and_then(|head| file.strip_prefix(head)) else {
            return false;
        };
        let mut tail = None;
        for part in parts {
            if let Some(middle) = tail.replace(part) {
                match rest.find(middle) {
                    Some(at) => rest = &rest[at + middle.len()..],
                    None => return false,
                }
            }
        }
        tail.map_or(rest.is_empty(), |tail| rest.ends_with(tail))
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.facts.rules.iter().flat_map(FactRule::expressions)
    }
}

impl FactRule {
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        [&self.id, &self.revision]
            .into_iter()
            .chain(&self.order)
            .chain(&self.when)
            .chain(self.fields.iter().map(|field| &field.expression))
    }
}

impl Format {
    /// Returns the name, as mappings write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

#[cfg(test)]
mod tests;
