//! One record as expressions see it.

use std::borrow::Cow;
use std::collections::HashMap;

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString,
};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use serde_json::{Map, Value as Json};

use super::expression::{ROW, ROW_IF_PRESENT};
use super::reader::Reader;

/// What a record holds, decoded.
pub(super) enum Cells<'r> {
    Texts(Vec<Cow<'r, str>>),
    Json(Map<String, Json>),
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
                None | Some(Json::Null) => true,
                Some(Json::String(text)) => text.trim().is_empty(),
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
                Some(CowVal::Owned(from_text(text)))
            }
            Cells::Json(object) => {
                if !self.reader.named.contains(column) {
                    return None;
                }
                Some(match object.get(column) {
                    None if !is_asked && !self.reader.dataset.may_lack(column) => return None,
                    None => CowVal::owned(CelNull),
                    Some(value) => CowVal::Owned(from_json(value)),
                })
            }
        }
    }

    fn whole(&self) -> Box<dyn Val + '_> {
        let entries: HashMap<_, _> = match &self.cells {
            Cells::Texts(texts) => self
                .reader
                .index
                .iter()
                .map(|(name, index)| (CelMapKey::from(name.as_str()), from_text(&texts[*index])))
                .collect(),
            Cells::Json(object) => entries(object).collect(),
        };
        Box::new(CelMap::from(entries))
    }
}

impl VariableResolver for Row<'_> {
    /// Answers `row.x` for the columns there are, so that no map is built for each record,
    /// and `row` itself where an expression walks through it.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if variable == ROW {
            return Some(CowVal::Owned(self.whole()));
        }
        match variable.split_once('.')? {
            (ROW, column) => self.column(column, false),
            (ROW_IF_PRESENT, column) => self.column(column, true),
            _ => None,
        }
    }
}

/// A text as expressions see it: blank is absent.
pub(crate) fn from_text(text: &str) -> Box<dyn Val + '_> {
    if text.trim().is_empty() {
        Box::new(CelNull)
    } else {
        Box::new(CelString::from(text))
    }
}

/// JSON as expressions see it; its keys and texts stay where they are.
pub(crate) fn from_json(value: &Json) -> Box<dyn Val + '_> {
    match value {
        Json::Null => Box::new(CelNull),
        Json::Bool(truth) => Box::new(CelBool::from(*truth)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Box::new(CelInt::from(whole)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Json::String(text) => from_text(text),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(from_json).collect();
            Box::new(CelList::from(items))
        }
        Json::Object(object) => {
            let entries: HashMap<_, _> = entries(object).collect();
            Box::new(CelMap::from(entries))
        }
    }
}

fn entries<'j>(
    object: &'j Map<String, Json>,
) -> impl Iterator<Item = (CelMapKey<'j>, Box<dyn Val + 'j>)> {
    object
        .iter()
        .map(|(name, value)| (CelMapKey::from(name.as_str()), from_json(value)))
}
