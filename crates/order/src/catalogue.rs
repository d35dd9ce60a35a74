//! Every field a rule can read: its type, unit, meaning and the kind of system
//! that feeds it.

mod check;
mod choice;
mod standard;

use std::fmt;

use foldhash::HashMap;

use crate::fact::EntityKind;
use crate::source::System;

pub use check::{Fault, MAX_TEXT_BYTES};
pub use choice::Choice;

/// Prefix of a shop's own attributes.
pub const CUSTOM_PREFIX: &str = "x_";

/// Place of a field in the records of its kind.
pub type Slot = usize;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A whole number, not negative.
    Int,
    /// An amount of money in whole currency units, not negative.
    Amount,
    /// A text.
    Text,
    /// A list of texts.
    TextList,
    /// A span of time.
    Duration,
    /// An instant at which something happened; later than *t*, it has not happened at *t*.
    Event,
    /// Instants at which the same happened again and again; those later than *t* have not
    /// happened at *t*.
    EventList,
    /// An instant that somebody promised or planned; visible as soon as it is known.
    Plan,
}

/// One field of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Kind of entity that has it.
    pub kind: EntityKind,
    /// Name, as rules and mappings write it.
    pub name: String,
    /// What it holds.
    pub field_type: FieldType,
    /// Kind of system that feeds it; verdicts that read it wait for that system.
    pub system: System,
    /// Meaning in English.
    pub meaning_en: String,
    /// Meaning in Chinese.
    pub meaning_zh: String,
}

/// The fields of every kind of entity. Slots never change while it lives: custom
/// fields are added behind the standard ones.
#[derive(Clone, Debug)]
pub struct Catalogue {
    fields: [Vec<Field>; EntityKind::ALL.len()],
    slots: [HashMap<String, Slot>; EntityKind::ALL.len()],
    choices: HashMap<(EntityKind, Slot), Vec<Choice>>,
}

/// Why a field cannot be declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclareError {
    /// Only names with the prefix are free to shops.
    #[error("custom field `{0}` must start with `{CUSTOM_PREFIX}` and have only a-z, 0-9 and _")]
    Name(String),
    /// Declared before, as something else.
    #[error("field `{kind}.{name}` is declared twice")]
    Twice {
        /// Kind of entity.
        kind: EntityKind,
        /// Name of the field.
        name: String,
    },
    /// Only texts have values to choose from.
    #[error("`{kind}.{name}` is no text, so it has no values to choose from")]
    NoChoices {
        /// Kind of entity.
        kind: EntityKind,
        /// Name of the field.
        name: String,
    },
}

impl Catalogue {
    /// Returns the fields that every shop has.
    #[must_use]
    pub fn standard() -> Self {
        let mut catalogue = Self {
            fields: Default::default(),
            slots: Default::default(),
            choices: HashMap::default(),
        };
        for field in standard::fields() {
            catalogue.push(field);
        }
        for (kind, name, choices) in choice::standard() {
            let _ = catalogue.offer(kind, name, choices);
        }
        catalogue
    }

    /// Adds a shop's own field.
    ///
    /// # Errors
    ///
    /// When the name is not a custom one, or is taken.
    pub fn declare(&mut self, field: Field) -> Result<Slot, DeclareError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let rest = field.name.strip_prefix(CUSTOM_PREFIX).unwrap_or_default();
        if rest.is_empty() || !rest.chars().all(plain) {
            return Err(DeclareError::Name(field.name));
        }
        if self.slot(field.kind, &field.name).is_some() {
            return Err(DeclareError::Twice {
                kind: field.kind,
                name: field.name,
            });
        }
        Ok(self.push(field))
    }

    /// Returns the fields of a kind of entity, by slot.
    #[must_use]
    pub fn fields(&self, kind: EntityKind) -> &[Field] {
        &self.fields[kind as usize]
    }

    /// Walks through all fields of all kinds.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().flatten()
    }

    /// Returns the place of a field.
    #[must_use]
    pub fn slot(&self, kind: EntityKind, name: &str) -> Option<Slot> {
        self.slots[kind as usize].get(name).copied()
    }

    /// Returns a field by name.
    #[must_use]
    pub fn field(&self, kind: EntityKind, name: &str) -> Option<&Field> {
        self.slot(kind, name)
            .map(|slot| &self.fields[kind as usize][slot])
    }

    /// Says which values a text, or the texts of a list, are known to have.
    ///
    /// # Errors
    ///
    /// When there is no such field, or it holds something else.
    pub fn offer(
        &mut self,
        kind: EntityKind,
        name: &str,
        choices: Vec<Choice>,
    ) -> Result<(), DeclareError> {
        let text = |slot: &Slot| {
            let field_type = self.fields[kind as usize][*slot].field_type;
            matches!(field_type, FieldType::Text | FieldType::TextList)
        };
        let Some(slot) = self.slot(kind, name).filter(text) else {
            let name = name.to_owned();
            return Err(DeclareError::NoChoices { kind, name });
        };
        self.choices.insert((kind, slot), choices);
        Ok(())
    }

    /// Returns the values that a field is known to have; it may have others.
    #[must_use]
    pub fn choices(&self, kind: EntityKind, name: &str) -> &[Choice] {
        self.slot(kind, name)
            .and_then(|slot| self.choices.get(&(kind, slot)))
            .map_or(&[], Vec::as_slice)
    }

    fn push(&mut self, field: Field) -> Slot {
        let kind = field.kind as usize;
        let slot = self.fields[kind].len();
        self.slots[kind].insert(field.name.clone(), slot);
        self.fields[kind].push(field);
        slot
    }
}

impl FieldType {
    /// Every type.
    pub const ALL: [Self; 9] = [
        Self::Bool,
        Self::Int,
        Self::Amount,
        Self::Text,
        Self::TextList,
        Self::Duration,
        Self::Event,
        Self::EventList,
        Self::Plan,
    ];

    /// Returns the name, as catalogues write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Amount => "amount",
            Self::Text => "text",
            Self::TextList => "text-list",
            Self::Duration => "duration",
            Self::Event => "event",
            Self::EventList => "event-list",
            Self::Plan => "plan",
        }
    }

    /// Returns the unit, as an editor shows it.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Amount => "currency unit",
            Self::Int => "count",
            Self::Duration => "microsecond",
            Self::Event | Self::EventList | Self::Plan => "instant",
            Self::Bool | Self::Text | Self::TextList => "",
        }
    }

    /// Returns the type with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|field_type| field_type.as_str() == name)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
