//! One record as expressions see it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use cel::common::types::{CelNull, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::objects::{Key, Map};

use super::expression::{ROW, ROW_IF_PRESENT};
use super::reader::Reader;

/// What a record holds, decoded.
pub(super) enum Cells<'r> {
    Texts(Vec<Cow<'r, str>>),
    Json(serde_json::Map<String, serde_json::Value>),
}

/// A record as expressions see it.
pub(super) struct Row<'r> {
    pub(super) reader: &'r Reader<'r>,
    pub(super) cells: Cells<'r>,
}

impl Row<'_> {
    /// Returns whether a column holds nothing.
    pub(super) fn is_blank(&self, column: &str) -> bool {
        match &self.cells {
            Cells::Texts(texts) => self
                .reader
                .index
                .get(column)
                .is_none_or(|index| texts[*index].trim().is_empty()),
            Cells::Json(object) => match object.get(column) {
                None | Some(serde_json::Value::Null) => true,
                Some(serde_json::Value::String(text)) => text.trim().is_empty(),
                Some(_) => false,
            },
        }
    }

    /// Answers none for a key that a record of a feed must have and lacks, so that the
    /// interpreter reports it.
    fn column<'b>(&'b self, column: &str, is_asked: bool) -> Option<CowVal<'b, 'b>> {
        match &self.cells {
            Cells::Texts(texts) => {
                let text = &texts[*self.reader.index.get(column)?];
                Some(if text.trim().is_empty() {
                    CowVal::owned(CelNull)
                } else {
                    CowVal::owned(CelString::from(text.as_ref()))
                })
            }
            Cells::Json(object) => {
                if !self.reader.named.contains(column) {
                    return None;
                }
                Some(match object.get(column) {
                    None if !is_asked && !self.reader.dataset.may_lack(column) => return None,
                    None => CowVal::owned(CelNull),
                    Some(serde_json::Value::String(text)) if !text.trim().is_empty() => {
                        CowVal::owned(CelString::from(text.as_str()))
                    }
                    Some(value) => owned(from_json(value)),
                })
            }
        }
    }

    fn whole(&self) -> cel::Value {
        let entries: HashMap<Key, cel::Value> = match &self.cells {
            Cells::Texts(texts) => self
                .reader
                .index
                .iter()
                .map(|(name, index)| (Key::from(name.clone()), blank_to_null(&texts[*index])))
                .collect(),
            Cells::Json(object) => object
                .iter()
                .map(|(name, value)| (Key::from(name.clone()), from_json(value)))
                .collect(),
        };
        cel::Value::Map(Map {
            map: Arc::new(entries),
        })
    }
}

impl VariableResolver for Row<'_> {
    /// Answers `row.x` for the columns there are, so that no map is built for each record,
    /// and `row` itself where an expression walks through it.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if variable == ROW {
            return Some(owned(self.whole()));
        }
        match variable.split_once('.')? {
            (ROW, column) => self.column(column, false),
            (ROW_IF_PRESENT, column) => self.column(column, true),
            _ => None,
        }
    }
}

pub(crate) fn owned<'b>(value: cel::Value) -> CowVal<'b, 'b> {
    let boxed: Result<Box<dyn Val>, _> = value.try_into();
    boxed.map_or_else(|_| CowVal::owned(CelNull), CowVal::Owned)
}

fn blank_to_null(text: &str) -> cel::Value {
    if text.trim().is_empty() {
        cel::Value::Null
    } else {
        cel::Value::String(Arc::new(text.to_owned()))
    }
}

pub(crate) fn from_json(value: &serde_json::Value) -> cel::Value {
    use serde_json::Value as Json;

    match value {
        Json::Null => cel::Value::Null,
        Json::Bool(truth) => cel::Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => cel::Value::Int(whole),
            None => cel::Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => blank_to_null(text),
        Json::Array(items) => cel::Value::List(Arc::new(items.iter().map(from_json).collect())),
        Json::Object(object) => {
            let entries = object
                .iter()
                .map(|(name, value)| (Key::from(name.clone()), from_json(value)));
            cel::Value::Map(Map {
                map: Arc::new(entries.collect()),
            })
        }
    }
}
