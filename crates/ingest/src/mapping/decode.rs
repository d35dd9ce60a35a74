//! From the document's tree to a mapping, every fault reported with its place.

mod nodes;

use std::sync::Arc;

use contracts::facts::Declaration;
use jiff::{SpanRelativeTo, tz::TimeZone};
use order::catalogue::CUSTOM_PREFIX;
use order::{Catalogue, EntityKind, FieldType, SourceId, Span, System};

use super::cell::Encoding;
use super::document::{Content, Entry, Node};
use super::expression::{self, Expression};
use super::fault::{Fault, Place, nearest};
use super::{Dataset, FactRule, FieldRule, Format, Mapping, function, wall};
use nodes::Entries;

const VERSION: &str = "orderwatch/v1";
const KIND: &str = "Connector";
/// Revision of facts whose source has none: an export is one version of everything.
const SNAPSHOT_REVISION: &str = "1";

/// Reads a mapping.
pub(super) fn mapping(document: &Node, catalogue: Arc<Catalogue>) -> Result<Mapping, Vec<Fault>> {
    let mut decoder = Decoder {
        catalogue: &catalogue,
        source_names: Vec::new(),
        faults: Vec::new(),
    };
    let read = decoder.document(document);
    let faults = decoder.faults;
    match read {
        Some((name, zone, sources, datasets)) if faults.is_empty() => Ok(Mapping {
            name,
            sources,
            datasets,
            catalogue,
            context: function::context(zone),
        }),
        _ => Err(faults),
    }
}

struct Decoder<'c> {
    catalogue: &'c Catalogue,
    /// Names of the sources, also of those that have other faults.
    source_names: Vec<SourceId>,
    faults: Vec<Fault>,
}

type Parts = (String, TimeZone, Vec<Declaration>, Vec<Dataset>);

impl Decoder<'_> {
    fn document(&mut self, document: &Node) -> Option<Parts> {
        let root = self.entries(document, "", &["apiVersion", "kind", "metadata", "spec"])?;
        self.constant(&root, "apiVersion", VERSION);
        self.constant(&root, "kind", KIND);
        let name = self.name(&root);
        let spec = self.required(&root, "spec")?;
        let spec = self.entries(spec, "spec", &["timezone", "sources", "datasets"])?;
        let zone = self.zone(&spec);
        let sources = self.list(&spec, "sources", Self::source);
        let datasets = self.list(&spec, "datasets", Self::dataset);
        Some((name?, zone?, sources, datasets))
    }

    fn name(&mut self, root: &Entries<'_>) -> Option<String> {
        let metadata = self.required(root, "metadata")?;
        let metadata = self.entries(metadata, "metadata", &["name"])?;
        let (name, place) = self.text(&metadata, "name")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 63 || !name.chars().all(plain) {
            let message = format!("`{name}` is not a name: expected 1 to 63 of a-z, 0-9 and -");
            self.report("metadata.name", place, message, "");
            return None;
        }
        Some(name)
    }

    fn zone(&mut self, spec: &Entries<'_>) -> Option<TimeZone> {
        let (name, place) = self.text(spec, "timezone")?;
        let zone = wall::zone(&name);
        zone.map_err(|error| self.report("spec.timezone", place, error.to_string(), ""))
            .ok()
    }

    fn source(&mut self, node: &Node, path: &str) -> Option<Declaration> {
        let entries = self.entries(node, path, &["name", "system", "mode", "patience"])?;
        let name = self.source_name(&entries);
        let system = self.text(&entries, "system");
        let system = system.and_then(|(text, place)| {
            let found = text.parse::<System>();
            found
                .map_err(|error| {
                    let near = nearest(&text, System::ALL.map(System::as_str));
                    self.report(&format!("{path}.system"), place, error.to_string(), near);
                })
                .ok()
        });
        let states_watermarks = match self.optional_text(&entries, "mode") {
            None => Some(true),
            Some((mode, place)) => match mode.as_str() {
                "stated" => Some(true),
                "live" => Some(false),
                _ => {
                    let message = format!("`{mode}` is not a mode: expected stated or live");
                    self.report(&format!("{path}.mode"), place, message, "");
                    None
                }
            },
        };
        let patience = match self.optional_text(&entries, "patience") {
            None => Some(None),
            Some((text, place)) => self.patience(path, &text, place).map(Some),
        };
        Some(Declaration {
            source: name?,
            system: system?,
            states_watermarks: states_watermarks?,
            patience: patience?,
        })
    }

    fn patience(&mut self, path: &str, text: &str, place: Place) -> Option<Span> {
        let micros = text
            .parse::<jiff::Span>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .map(|duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX));
        match micros {
            Ok(micros) if micros >= 0 => Some(Span::from_micros(micros)),
            _ => {
                let message =
                    format!("`{text}` is not a span of time: expected such as 12h or 1d 6h");
                self.report(&format!("{path}.patience"), place, message, "");
                None
            }
        }
    }

    fn source_name(&mut self, entries: &Entries<'_>) -> Option<SourceId> {
        let (text, place) = self.text(entries, "name")?;
        let path = entries.path_of("name");
        match text.parse::<SourceId>() {
            Ok(name) if self.source_names.contains(&name) => {
                let message = format!("source `{name}` is given twice");
                self.report(&path, place, message, "");
                None
            }
            Ok(name) => {
                self.source_names.push(name.clone());
                Some(name)
            }
            Err(error) => {
                self.report(&path, place, error.to_string(), "");
                None
            }
        }
    }

    fn dataset(&mut self, node: &Node, path: &str) -> Option<Dataset> {
        let entries = self.entries(node, path, &["file", "format", "encoding", "facts"])?;
        let file = self.text(&entries, "file");
        let format = self.choice(
            &entries,
            "format",
            [Format::Csv, Format::JsonLines],
            Format::as_str,
        );
        let encodings = [Encoding::Utf8, Encoding::Gb18030];
        let encoding = self.choice(&entries, "encoding", encodings, Encoding::as_str);
        let facts = self.list(&entries, "facts", Self::fact);
        let (file, place) = file?;
        Some(Dataset {
            file,
            format: format?,
            encoding: encoding?,
            facts,
            path: path.to_owned(),
            place,
        })
    }

    fn fact(&mut self, node: &Node, path: &str) -> Option<FactRule> {
        let known = [
            "source", "kind", "id", "order", "revision", "when", "fields",
        ];
        let entries = self.entries(node, path, &known)?;
        let source = self.fact_source(&entries);
        let kind = self.kind(&entries);
        let id = self.required_expression(&entries, "id");
        let order = self.expression(&entries, "order");
        let revision = self.expression(&entries, "revision");
        let when = self.expression(&entries, "when");
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
                None => snapshot_revision(path)?,
                Some(revision) => revision?,
            },
            when: when.unwrap_or_default(),
            fields,
        })
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
            let expression = self.compiled(&field.node, &path);
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

fn snapshot_revision(path: &str) -> Option<Expression> {
    expression::compile(SNAPSHOT_REVISION, Place::default(), path).ok()
}
