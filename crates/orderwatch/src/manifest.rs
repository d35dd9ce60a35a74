//! Applied YAML: many documents in many files, told apart by kind and name.

mod document;
mod reading;

pub(crate) use document::{Document, Kind, Named, Owner, Removable, join};
#[cfg(test)]
pub(crate) use reading::split;
pub(crate) use reading::split_text;
pub(crate) use reading::{holds_documents, read};
