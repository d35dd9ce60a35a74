//! Mappings: how the records of somebody's files become facts. A mapping is a
//! YAML document of kind `Connector` whose expressions are CEL over one `row`;
//! the crate's README shows one and lists the functions.
//!
//! Everything here is pure: text in, facts or faults out.

mod cell;
mod check;
mod decode;
mod document;
mod expression;
mod fault;
mod function;
mod mask;
mod number;
mod outcome;
mod reader;
mod row;
mod wall;

use std::fmt;
use std::sync::Arc;

use cel::Context;
use contracts::facts::Declaration;
use order::{Catalogue, EntityKind, FieldType, SourceId};

pub use cell::{DecodeError, Encoding};
pub use check::{ColumnNames, Columns};
pub use fault::{Fault, Place};
pub use mask::{mask_text, masked_cell};
pub use reader::{RawRecord, Reader, Rejection};
pub use wall::{WallClock, WallError};

use expression::Expression;

/// A mapping that is sound in itself; the files it meets are checked by [`Mapping::reader`].
pub struct Mapping {
    name: String,
    sources: Vec<Declaration>,
    datasets: Vec<Dataset>,
    catalogue: Arc<Catalogue>,
    context: Context<'static, 'static>,
}

/// How the records of one file, or of all files of a pattern, become facts.
#[derive(Debug)]
pub struct Dataset {
    file: String,
    format: Format,
    encoding: Encoding,
    facts: Vec<FactRule>,
    path: String,
    place: Place,
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
struct FactRule {
    source: SourceId,
    kind: EntityKind,
    id: Expression,
    order: Option<Expression>,
    revision: Expression,
    when: Option<Expression>,
    fields: Vec<FieldRule>,
}

/// One attribute of a fact.
#[derive(Debug)]
struct FieldRule {
    name: Arc<str>,
    /// None for a shop's own field, which takes any type.
    field_type: Option<FieldType>,
    expression: Expression,
}

impl Mapping {
    /// Reads a mapping and checks everything that can be known without its files.
    ///
    /// # Errors
    ///
    /// All faults, in the order of the document.
    pub fn parse(yaml: &str, catalogue: Arc<Catalogue>) -> Result<Self, Vec<Fault>> {
        let document = document::read(yaml).map_err(|fault| vec![fault])?;
        decode::mapping(&document, catalogue)
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

    /// Returns the files that it reads.
    #[must_use]
    pub fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }

    /// Returns the dataset that a file of that name belongs to.
    #[must_use]
    pub fn dataset(&self, file: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.matches(file))
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
    /// Returns the file's name, or a pattern with `*`.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
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
        self.facts.first().map(|rule| &rule.source)
    }

    /// Returns whether a file of that name is one of this dataset.
    #[must_use]
    pub fn matches(&self, file: &str) -> bool {
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
        self.facts.iter().flat_map(FactRule::expressions)
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
