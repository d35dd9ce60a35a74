//! What an editor of visual rules offers: fields, lists, operators, values and units.

use super::field;
use super::label::{self, Label};
use super::operator::{Arity, Operator};
use order::catalogue::Choice;
use order::{Catalogue, EntityKind, Field, FieldType};

/// One field, as an editor offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorField {
    /// Name in a tree, such as `lines.sku`.
    pub name: String,
    /// Kind of entity that has it.
    pub entity: EntityKind,
    /// What people call the entity.
    pub entity_label: Label,
    /// Name among the conditions about one element of a list, such as `sku`.
    pub own_name: String,
    /// Label in English, made of its name: `Paid at`.
    pub label_en: String,
    /// Label in Chinese.
    pub label_zh: String,
    /// What it means, in English.
    pub meaning_en: String,
    /// What it means, in Chinese.
    pub meaning_zh: String,
    /// What it holds.
    pub field_type: FieldType,
    /// HTML type of an input of one value.
    pub input_type: &'static str,
    /// Kind of control that react-querybuilder shows for one value.
    pub value_editor: &'static str,
    /// What can be asked of it.
    pub operators: Vec<EditorOperator>,
    /// Values that it is known to have; it may have others.
    pub choices: Vec<Choice>,
    /// Units that a value must carry.
    pub units: &'static [(&'static str, Label)],
    /// Names of the match modes that it has, when it is a list itself.
    pub match_modes: Vec<(&'static str, Label)>,
}

/// One operator of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditorOperator {
    /// The operator.
    pub operator: Operator,
    /// How many values it takes: `none`, `one`, `two`, `many`, or `span`: one with units, and
    /// perhaps a threshold and a calendar.
    pub takes: &'static str,
    /// Where its values may come from: `value`, `field`.
    pub value_sources: &'static [&'static str],
}

/// A list of an order that can be asked by a match mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorList {
    /// Name in a tree, such as `lines`.
    pub name: &'static str,
    /// Kind of its elements.
    pub entity: EntityKind,
    /// What people call one element.
    pub label: Label,
    /// Its match modes.
    pub match_modes: Vec<(&'static str, Label)>,
}

/// Returns every field of a catalogue as an editor offers it.
#[must_use]
pub fn fields(catalogue: &Catalogue) -> Vec<EditorField> {
    catalogue
        .iter()
        .map(|field| offered(catalogue, field))
        .collect()
}

/// Returns every list that has match modes of its own.
#[must_use]
pub fn lists() -> Vec<EditorList> {
    EntityKind::ALL
        .into_iter()
        .filter(|kind| field::is_list(*kind))
        .map(|kind| EditorList {
            name: field::variable(kind),
            entity: kind,
            label: label::entity(kind),
            match_modes: label::MATCH_MODES.to_vec(),
        })
        .collect()
}

fn offered(catalogue: &Catalogue, field: &Field) -> EditorField {
    let choices = catalogue.choices(field.kind, &field.name).to_vec();
    let (input_type, value_editor) = controls(field.field_type, choices.is_empty());
    let units: &[_] = match field.field_type {
        FieldType::Duration | FieldType::Event | FieldType::Plan => &label::UNITS,
        _ => &[],
    };
    let lone_list = field.field_type == FieldType::TextList && !field::is_list(field.kind);
    EditorField {
        name: field::name(field),
        entity: field.kind,
        entity_label: label::entity(field.kind),
        own_name: field.name.clone(),
        label_en: words(&field.name),
        label_zh: match field.meaning_zh.as_str() {
            "" => words(&field.name),
            meaning => meaning.to_owned(),
        },
        meaning_en: field.meaning_en.clone(),
        meaning_zh: field.meaning_zh.clone(),
        field_type: field.field_type,
        input_type,
        value_editor,
        operators: operators(field.field_type),
        choices,
        units,
        match_modes: match lone_list {
            true => label::MATCH_MODES.to_vec(),
            false => Vec::new(),
        },
    }
}

fn operators(field_type: FieldType) -> Vec<EditorOperator> {
    let allowed = Operator::ALL.into_iter();
    allowed
        .filter(|operator| operator.allows(field_type))
        .map(|operator| EditorOperator {
            operator,
            takes: match operator.arity() {
                Arity::None => "none",
                Arity::One => "one",
                Arity::Pair => "two",
                Arity::Many => "many",
                Arity::Span => "span",
            },
            value_sources: match operator.arity() {
                Arity::None => &[],
                Arity::Span => &["value"],
                _ => &["value", "field"],
            },
        })
        .collect()
}

const fn controls(field_type: FieldType, free: bool) -> (&'static str, &'static str) {
    match field_type {
        FieldType::Bool => ("checkbox", "checkbox"),
        FieldType::Int | FieldType::Amount => ("number", "text"),
        FieldType::Event | FieldType::EventList | FieldType::Plan => ("datetime-local", "text"),
        FieldType::Text | FieldType::TextList if !free => ("text", "select"),
        FieldType::Text | FieldType::TextList | FieldType::Duration => ("text", "text"),
    }
}

/// A name as words: `x_gift_wrap` is `Gift wrap`, `sku` is `SKU`.
fn words(name: &str) -> String {
    let name = name
        .strip_prefix(order::catalogue::CUSTOM_PREFIX)
        .unwrap_or(name);
    let spaced = name.replace('_', " ");
    match spaced.as_str() {
        "id" | "sku" => spaced.to_uppercase(),
        _ => {
            let mut letters = spaced.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}
