//! From the document's tree to sources and facts, every fault reported with its place.

mod facts;
mod nodes;

use contracts::facts::Declaration;
use jiff::tz::TimeZone;
use jiff::{Span as Friendly, SpanRelativeTo};
use order::{Catalogue, SourceId, Span, System};

use super::document::Node;
use super::expression::Expression;
use super::fault::{Fault, Place, nearest};
use super::wall;
pub(crate) use nodes::Entries;

/// Reads a document; what is wrong with it is collected, so that all of it is told.
pub(crate) struct Decoder<'c> {
    pub(crate) catalogue: &'c Catalogue,
    /// Names of the sources, also of those that have other faults.
    pub(crate) source_names: Vec<SourceId>,
    /// Names of the parameters, likewise.
    pub(crate) parameters: Vec<String>,
    /// Names of the secrets, likewise.
    pub(crate) secrets: Vec<String>,
    pub(crate) faults: Vec<Fault>,
    /// What a fact's revision is where the document does not say.
    pub(crate) default_revision: DefaultRevision,
}

/// What a fact's revision is where the document does not say.
pub(crate) enum DefaultRevision {
    /// An export is one version of everything.
    Snapshot,
    /// How new a record is.
    Cursor(Box<Expression>),
    /// Nothing tells which version is newer.
    Required,
}

impl<'c> Decoder<'c> {
    pub(crate) fn new(catalogue: &'c Catalogue) -> Self {
        Self {
            catalogue,
            source_names: Vec::new(),
            parameters: Vec::new(),
            secrets: Vec::new(),
            faults: Vec::new(),
            default_revision: DefaultRevision::Snapshot,
        }
    }

    pub(crate) fn name(&mut self, root: &Entries<'_>) -> Option<String> {
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

    pub(crate) fn zone(&mut self, spec: &Entries<'_>) -> Option<TimeZone> {
        let (name, place) = self.text(spec, "timezone")?;
        let zone = wall::zone(&name);
        zone.map_err(|error| self.report("spec.timezone", place, error.to_string(), ""))
            .ok()
    }

    pub(crate) fn source(&mut self, node: &Node, path: &str) -> Option<Declaration> {
        let entries = self.entries(
            node,
            path,
            &["name", "system", "mode", "patience", "late_after"],
        )?;
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
        let patience = self.source_span(&entries, path, "patience");
        let late_after = self.source_span(&entries, path, "late_after");
        Some(Declaration {
            source: name?,
            system: system?,
            states_watermarks: states_watermarks?,
            patience: patience?,
            late_after: late_after?,
        })
    }

    /// Reads a span that may be left out; none when it is there and is no span.
    #[expect(clippy::option_option, reason = "absent is one thing, wrong another")]
    fn source_span(
        &mut self,
        entries: &Entries<'_>,
        path: &str,
        name: &str,
    ) -> Option<Option<Span>> {
        match self.optional_text(entries, name) {
            None => Some(None),
            Some((text, place)) => self.span(&format!("{path}.{name}"), &text, place).map(Some),
        }
    }

    /// Reads a span of time, such as `12h` or `1d 6h`.
    pub(crate) fn span(&mut self, path: &str, text: &str, place: Place) -> Option<Span> {
        let micros = text
            .parse::<Friendly>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .map(|duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX));
        match micros {
            Ok(micros) if micros >= 0 => Some(Span::from_micros(micros)),
            _ => {
                let message =
                    format!("`{text}` is not a span of time: expected such as 12h or 1d 6h");
                self.report(path, place, message, "");
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
}
