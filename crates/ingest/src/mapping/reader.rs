//! Records of one file becoming facts.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cel::Context;
use order::{Fact, Revision, SourceId, Value};

use super::cell::Encoding;
use super::expression::Expression;
use super::row::{Cells, Row};
use super::{Dataset, FactRule, FieldRule, Format, Mapping, mask_text, outcome};

/// Most bytes of a found value that an error repeats.
const MAX_QUOTED: usize = 200;

/// A mapping bound to the columns of one file.
pub struct Reader<'m> {
    pub(super) mapping: &'m Mapping,
    pub(super) dataset: &'m Dataset,
    pub(super) encoding: Encoding,
    pub(super) columns: Vec<String>,
    /// Where the cell of a named column is; none for JSON Lines.
    pub(super) index: HashMap<String, usize>,
    /// Columns that the expressions name.
    pub(super) named: HashSet<&'m str>,
}

/// One raw record as it stood in its file.
#[derive(Clone, Copy, Debug)]
pub enum RawRecord<'r> {
    /// One entry a column, not decoded.
    Cells(&'r [Vec<u8>]),
    /// The line of a JSON Lines file, not decoded.
    Line(&'r [u8]),
}

/// Why a record gives no facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Source whose fact could not be made.
    pub said_by: Option<SourceId>,
    /// First field at fault, or the column whose bytes cannot be read.
    pub field: String,
    /// Everything that is wrong, with what was expected and what was found.
    pub message: String,
}

/// One fault of a record.
struct FieldFault {
    field: String,
    message: String,
}

impl Reader<'_> {
    /// Maps one record. Either all facts of a record are made or none.
    ///
    /// # Errors
    ///
    /// Names every field at fault, what was expected and what was found.
    pub fn facts(&self, record: RawRecord<'_>) -> Result<Vec<Fact>, Rejection> {
        let reject = |source: Option<&SourceId>, field: String, message: String| Rejection {
            said_by: source.or(self.dataset.first_source()).cloned(),
            field,
            message,
        };
        let cells = self
            .cells(record)
            .map_err(|fault| reject(None, fault.field, fault.message))?;
        let row = Row {
            reader: self,
            cells,
        };
        let mut scope = self.mapping.context.new_inner_scope();
        scope.set_variable_resolver(&row);
        let mut facts = Vec::with_capacity(self.dataset.facts.rules.len());
        for rule in self.dataset.facts.rules.iter() {
            match self.fact(rule, &scope, &row) {
                Ok(fact) => facts.extend(fact),
                Err(faults) => {
                    let field = faults.first().map(|fault| fault.field.clone());
                    let messages: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
                    let field = field.unwrap_or_default();
                    return Err(reject(Some(&rule.source), field, messages.join("; ")));
                }
            }
        }
        Ok(facts)
    }

    /// Rejects a record that could not even be cut out of its file.
    #[must_use]
    pub fn rejection(&self, fault: &str) -> Rejection {
        Rejection {
            said_by: self.dataset.first_source().cloned(),
            field: String::new(),
            message: fault.to_owned(),
        }
    }

    /// Shows a record as far as it can be read, personal data masked.
    #[must_use]
    pub fn sample(columns: &[String], encoding: Encoding, record: RawRecord<'_>) -> String {
        let shown = match record {
            RawRecord::Cells(cells) => cells
                .iter()
                .enumerate()
                .map(|(index, cell)| {
                    let column = columns.get(index).map_or("?", String::as_str);
                    let text = encoding.decode_lossy(cell);
                    format!("{column}={}", super::masked_cell(column, &text))
                })
                .collect::<Vec<_>>()
                .join(", "),
            RawRecord::Line(line) => masked_json(&encoding.decode_lossy(line)),
        };
        shorten(&shown, 1_000)
    }

    fn cells<'r>(&self, record: RawRecord<'r>) -> Result<Cells<'r>, FieldFault> {
        match (self.dataset.format, record) {
            (Format::Csv, RawRecord::Cells(cells)) => self.texts(cells).map(Cells::Texts),
            (Format::JsonLines, RawRecord::Line(line)) => self.json(line).map(Cells::Json),
            (format, _) => Err(FieldFault {
                field: String::new(),
                message: format!("the record is not cut as {} is", format.as_str()),
            }),
        }
    }

    fn texts<'r>(&self, cells: &'r [Vec<u8>]) -> Result<Vec<Cow<'r, str>>, FieldFault> {
        let (found, expected) = (cells.len(), self.columns.len());
        if found != expected {
            let hint = if found < expected {
                "the line is cut off, or a separator is missing"
            } else {
                "a separator stands unquoted inside a value"
            };
            return Err(FieldFault {
                field: self.columns.get(found).cloned().unwrap_or_default(),
                message: format!(
                    "expected {expected} cells as in the header, found {found}: {hint}"
                ),
            });
        }
        let decode = |(cell, column): (&'r Vec<u8>, &String)| {
            self.encoding.decode(cell).map_err(|error| FieldFault {
                field: column.clone(),
                message: format!("column {column}: {error}"),
            })
        };
        cells.iter().zip(&self.columns).map(decode).collect()
    }

    fn json(&self, line: &[u8]) -> Result<serde_json::Map<String, serde_json::Value>, FieldFault> {
        let fault = |message| FieldFault {
            field: String::new(),
            message,
        };
        let text = self
            .encoding
            .decode(line)
            .map_err(|error| fault(error.to_string()))?;
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str(text) {
            Ok(serde_json::Value::Object(object)) => Ok(object),
            Ok(_) => Err(fault(
                "expected a JSON object, found another JSON value".to_owned(),
            )),
            Err(error) => Err(fault(format!(
                "not JSON at column {}: {error}",
                error.column()
            ))),
        }
    }

    fn fact(
        &self,
        rule: &FactRule,
        scope: &Context<'_, '_>,
        row: &Row<'_>,
    ) -> Result<Option<Fact>, Vec<FieldFault>> {
        let evaluation = Evaluation { scope, row };
        if let Some(when) = &rule.when {
            let wanted = evaluation.of("when", when, |result| outcome::condition(&result));
            if !wanted.map_err(|fault| vec![fault])? {
                return Ok(None);
            }
        }
        let mut faults = Vec::new();
        let id = evaluation
            .of("id", &rule.id, outcome::id)
            .and_then(|id| id.ok_or_else(|| evaluation.fault("id", &rule.id, "is empty")));
        let order = match &rule.order {
            Some(order) => evaluation.of("order", order, outcome::id),
            None => Ok(None),
        };
        let revision = evaluation.of("revision", &rule.revision, outcome::revision);
        let mut attributes = Vec::with_capacity(rule.fields.len());
        for field in &rule.fields {
            match evaluation.field(field) {
                Ok(Value::Missing) => {}
                Ok(value) => attributes.push((field.name.clone(), value)),
                Err(fault) => faults.push(fault),
            }
        }
        match (id, order, revision) {
            (Ok(id), Ok(order), Ok(revision)) if faults.is_empty() => {
                self.checked(rule, &id, order.as_deref(), revision, attributes)
            }
            (id, order, revision) => {
                let ids = [id.err(), order.err(), revision.err()];
                Err(ids.into_iter().flatten().chain(faults).collect())
            }
        }
    }

    fn checked(
        &self,
        rule: &FactRule,
        id: &str,
        order: Option<&str>,
        revision: i64,
        attributes: Vec<(Arc<str>, Value)>,
    ) -> Result<Option<Fact>, Vec<FieldFault>> {
        let fault = |field: &str, message: String| FieldFault {
            field: field.to_owned(),
            message: format!("`{field}`: {message}"),
        };
        let id = id
            .parse()
            .map_err(|error| vec![fault("id", format!("{error}"))])?;
        let order = order.map(str::parse).transpose();
        let order = order.map_err(|error| vec![fault("order", format!("{error}"))])?;
        let revision = Revision(revision);
        let fact = Fact::new(
            rule.source.clone(),
            rule.kind,
            id,
            order,
            revision,
            attributes,
        )
        .map_err(|error| vec![fault("order", error.to_string())])?;
        let faults = self.mapping.catalogue.check(&fact);
        if faults.is_empty() {
            return Ok(Some(fact));
        }
        let explain = |wrong: order::catalogue::Fault| {
            let field = rule
                .fields
                .iter()
                .find(|field| *field.name == wrong.attribute);
            let columns = field.map(|field| from_columns(&field.expression));
            FieldFault {
                message: format!(
                    "`{}`{}: {}",
                    wrong.attribute,
                    columns.unwrap_or_default(),
                    wrong.message
                ),
                field: wrong.attribute,
            }
        };
        Err(faults.into_iter().map(explain).collect())
    }
}

struct Evaluation<'e, 's, 'v> {
    scope: &'e Context<'s, 'v>,
    row: &'e Row<'e>,
}

impl Evaluation<'_, '_, '_> {
    fn field(&self, field: &FieldRule) -> Result<Value, FieldFault> {
        let convert = |result| outcome::value(result, field.field_type);
        self.of(&field.name, &field.expression, convert)
    }

    fn of<T>(
        &self,
        name: &str,
        expression: &Expression,
        convert: impl FnOnce(cel::Value) -> Result<T, String>,
    ) -> Result<T, FieldFault> {
        let result = cel::Value::resolve(&expression.ast, self.scope).map_err(outcome::explain);
        result
            .and_then(convert)
            .map_err(|message| self.fault(name, expression, &message))
    }

    fn fault(&self, name: &str, expression: &Expression, message: &str) -> FieldFault {
        let blank: Vec<_> = expression
            .columns
            .iter()
            .filter(|column| self.row.is_blank(&column.name))
            .map(|column| column.name.as_str())
            .collect();
        let blank = match blank.as_slice() {
            [] => String::new(),
            columns => format!(" (blank: {})", columns.join(", ")),
        };
        let message = shorten(&mask_text(message), MAX_QUOTED * 2);
        FieldFault {
            field: name.to_owned(),
            message: format!("`{name}`{}: {message}{blank}", from_columns(expression)),
        }
    }
}

fn from_columns(expression: &Expression) -> String {
    match expression.columns.as_slice() {
        [] => String::new(),
        columns => {
            let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            format!(" from {}", names.join(", "))
        }
    }
}

fn masked_json(text: &str) -> String {
    fn mask(name: &str, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = super::masked_cell(name, text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask(name, item)),
            serde_json::Value::Object(object) => {
                object
                    .iter_mut()
                    .for_each(|(name, value)| mask(name, value));
            }
            number @ serde_json::Value::Number(_) => {
                let plain = number.to_string();
                let shown = super::masked_cell(name, &plain);
                if shown != plain {
                    *number = serde_json::Value::String(shown);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }
    match serde_json::from_str(text) {
        Ok(mut value) => {
            mask("", &mut value);
            value.to_string()
        }
        Err(_) => mask_text(text),
    }
}

fn shorten(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
    format!("{}…", &text[..end.unwrap_or_default()])
}
