//! The facts that a record gives.

use std::sync::Arc;

use order::catalogue::CUSTOM_PREFIX;
use order::{EntityKind, FieldType, SourceId};

use super::super::document::{Content, Entry, Node};
use super::super::expression::{self, Expression};
use super::super::fault::{Place, nearest};
use super::super::vocabulary::RECORD;
use super::super::{FactRule, FieldRule};
use super::{Decoder, DefaultRevision, Entries};

/// Revision of facts whose source has none: an export is one version of everything.
const SNAPSHOT_REVISION: &str = "1";

impl Decoder<'_> {
    pub(crate) fn fact(&mut self, node: &Node, path: &str) -> Option<FactRule> {
        let known = [
            "source", "kind", "id", "order", "revision", "when", "fields",
        ];
        let entries = self.entries(node, path, &known)?;
        let source = self.fact_source(&entries);
        let kind = self.kind(&entries);
        let id = self.required_expression(&entries, "id", &RECORD);
        let order = self.expression(&entries, "order", &RECORD);
        let revision = self.expression(&entries, "revision", &RECORD);
        let when = self.expression(&entries, "when", &RECORD);
        let fields = self.fields(&entries, kind);
        let kind = kind?;
        if order.is_none() && !kind.is_shared() && kind != EntityKind::Order {
            let message = format!("a {kind} must name the order it belongs to");
            let help = "add `order:` with the order's id";
            self.report(path, entries.place, message, help);
        }
        Some(FactRule {
            source: source?,
            kind,
            id: id?,
            order: order.unwrap_or_default(),
            revision: match revision {
                None => self.default_revision(&entries)?,
                Some(revision) => revision?,
            },
            when: when.unwrap_or_default(),
            fields,
        })
    }

    fn default_revision(&mut self, entries: &Entries<'_>) -> Option<Expression> {
        let path = entries.path_of("revision");
        match &self.default_revision {
            DefaultRevision::Snapshot => {
                expression::compile(SNAPSHOT_REVISION, Place::default(), &path, &RECORD).ok()
            }
            DefaultRevision::Cursor(cursor) => Some(cursor.as_ref().clone()),
            DefaultRevision::Required => {
                let message =
                    "key `revision` is missing: a later record must tell that it is newer";
                let help = "add `revision:` with the instant or number of the record's change";
                self.report(&path, entries.place, message, help);
                None
            }
        }
    }

    fn fact_source(&mut self, entries: &Entries<'_>) -> Option<SourceId> {
        let (name, place) = self.text(entries, "source")?;
        let mut known = self.source_names.iter();
        let found = known.find(|source| source.as_str() == name).cloned();
        if found.is_none() {
            let help = nearest(&name, self.source_names.iter().map(SourceId::as_str));
            let message = format!("source `{name}` is not among spec.sources");
            self.report(&entries.path_of("source"), place, message, help);
        }
        found
    }

    fn kind(&mut self, entries: &Entries<'_>) -> Option<EntityKind> {
        let (name, place) = self.text(entries, "kind")?;
        let found = name.parse::<EntityKind>();
        found
            .map_err(|error| {
                let near = nearest(&name, EntityKind::ALL.map(EntityKind::as_str));
                self.report(&entries.path_of("kind"), place, error.to_string(), near);
            })
            .ok()
    }

    fn fields(&mut self, entries: &Entries<'_>, kind: Option<EntityKind>) -> Vec<FieldRule> {
        let Some(entry) = entries.get("fields") else {
            return Vec::new();
        };
        let path = entries.path_of("fields");
        let Content::Mapping(fields) = &entry.node.content else {
            self.wrong(
                &path,
                &entry.node,
                "a mapping of field names to expressions",
            );
            return Vec::new();
        };
        let mut rules = Vec::with_capacity(fields.len());
        for field in fields {
            let path = format!("{path}.{}", field.key);
            let field_type = kind.and_then(|kind| self.field_type(kind, field, &path));
            let expression = self.compiled(&field.node, &path, &RECORD);
            if let (Some(field_type), Some(expression)) = (field_type, expression) {
                rules.push(FieldRule {
                    name: Arc::from(field.key.as_str()),
                    field_type,
                    expression,
                });
            }
        }
        rules
    }

    fn field_type(
        &mut self,
        kind: EntityKind,
        field: &Entry,
        path: &str,
    ) -> Option<Option<FieldType>> {
        match self.catalogue.field(kind, &field.key) {
            Some(known) => Some(Some(known.field_type)),
            None if field.key.starts_with(CUSTOM_PREFIX) => Some(None),
            None => {
                let names = self
                    .catalogue
                    .fields(kind)
                    .iter()
                    .map(|field| field.name.as_str());
                let help = nearest(&field.key, names);
                let help = format!("{help}; a shop's own fields start with `{CUSTOM_PREFIX}`");
                let message = format!("a {kind} has no field `{}`", field.key);
                self.report(path, field.place, message, help);
                None
            }
        }
    }
}
