//! Fields as a tree names them: `order.kind`, `lines.sku`, or `sku` among the conditions about
//! one line.

use order::{Catalogue, EntityKind, Field, FieldType};

/// A field found in the catalogue.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) place: Place,
    /// Empty for an element of a list of texts.
    pub(super) name: String,
    pub(super) field_type: FieldType,
}

/// Where a field's record is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// One record, by its variable: the order, the customer, or an element at hand.
    One(String),
    /// Every record of a list.
    Every(EntityKind),
}

/// An element that a group of conditions is about.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) variable: String,
    /// None when it is a text.
    pub(super) kind: Option<EntityKind>,
}

impl Found {
    /// The field of one record, as CEL names it.
    pub(super) fn of(&self, variable: &str) -> String {
        match self.name.as_str() {
            "" => variable.to_owned(),
            name => format!("{variable}.{name}"),
        }
    }

    pub(super) fn can_be_missing(&self) -> bool {
        !self.name.is_empty()
    }
}

/// Returns the variable of a kind of entity.
pub(super) const fn variable(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Order => "order",
        EntityKind::Customer => "customer",
        EntityKind::Line => "lines",
        EntityKind::Shipment => "shipments",
        EntityKind::Refund => "refunds",
        EntityKind::Customs => "customs",
        EntityKind::Stock => "stock",
    }
}

/// Returns what one element of a list is called.
pub(super) const fn element(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Order => "order",
        EntityKind::Customer => "customer",
        EntityKind::Line => "line",
        EntityKind::Shipment => "shipment",
        EntityKind::Refund => "refund",
        EntityKind::Customs => "declaration",
        EntityKind::Stock => "item",
    }
}

pub(super) const fn is_list(kind: EntityKind) -> bool {
    !matches!(kind, EntityKind::Order | EntityKind::Customer)
}

/// The kind of entity with that variable.
pub(super) fn kind_named(name: &str) -> Option<EntityKind> {
    EntityKind::ALL
        .into_iter()
        .find(|kind| variable(*kind) == name)
}

/// The name of a field in a tree.
pub(super) fn name(field: &Field) -> String {
    format!("{}.{}", variable(field.kind), field.name)
}

/// Looks a name up: among the fields of the innermost element first, then by its full name.
pub(super) fn find(catalogue: &Catalogue, scope: &[Element], name: &str) -> Option<Found> {
    if let Some(element) = scope.last() {
        let own = match element.kind {
            Some(kind) => catalogue.field(kind, name).map(|field| field.field_type),
            None => name.is_empty().then_some(FieldType::Text),
        };
        if let Some(field_type) = own {
            return Some(Found {
                place: Place::One(element.variable.clone()),
                name: name.to_owned(),
                field_type,
            });
        }
    }
    let (entity, name) = name.split_once('.')?;
    let kind = kind_named(entity)?;
    let field = catalogue.field(kind, name)?;
    Some(Found {
        place: match is_list(kind) {
            true => Place::Every(kind),
            false => Place::One(entity.to_owned()),
        },
        name: name.to_owned(),
        field_type: field.field_type,
    })
}

/// Every name that would be found.
pub(super) fn known(catalogue: &Catalogue, scope: &[Element]) -> Vec<String> {
    let own = scope.last().and_then(|element| element.kind);
    let own = own.into_iter().flat_map(|kind| catalogue.fields(kind));
    own.map(|field| field.name.clone())
        .chain(catalogue.iter().map(name))
        .collect()
}
