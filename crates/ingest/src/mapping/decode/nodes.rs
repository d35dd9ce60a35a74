//! Reading the nodes of a document, whatever they are about.

use super::super::document::{Content, Entry, Node};
use super::super::expression::{self, Expression};
use super::super::fault::{Fault, Place, nearest};
use super::super::vocabulary::Vocabulary;
use super::Decoder;

/// The entries of one mapping node, by key.
pub(crate) struct Entries<'d> {
    pub(crate) path: String,
    pub(crate) place: Place,
    entries: &'d [Entry],
}

impl Decoder<'_> {
    pub(crate) fn report(
        &mut self,
        path: &str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.faults
            .push(Fault::new(path, place, message).help(help));
    }

    pub(crate) fn wrong(&mut self, path: &str, node: &Node, expected: &str) {
        let message = format!("expected {expected}, found {}", node.content.describe());
        self.report(path, node.place, message, "");
    }

    pub(crate) fn entries<'d>(
        &mut self,
        node: &'d Node,
        path: &str,
        known: &[&str],
    ) -> Option<Entries<'d>> {
        let Content::Mapping(entries) = &node.content else {
            self.wrong(path, node, "a mapping");
            return None;
        };
        for entry in entries
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
        {
            let help = nearest(&entry.key, known.iter().copied());
            let message = format!("there is no key `{}` here", entry.key);
            self.report(&join(path, &entry.key), entry.place, message, help);
        }
        Some(Entries {
            path: path.to_owned(),
            place: node.place,
            entries,
        })
    }

    pub(crate) fn required<'d>(&mut self, entries: &Entries<'d>, key: &str) -> Option<&'d Node> {
        match entries.get(key) {
            Some(entry) => Some(&entry.node),
            None => {
                let message = format!("key `{key}` is missing");
                self.report(&entries.path_of(key), entries.place, message, "");
                None
            }
        }
    }

    pub(crate) fn text(&mut self, entries: &Entries<'_>, key: &str) -> Option<(String, Place)> {
        let node = self.required(entries, key)?;
        self.node_text(node, &entries.path_of(key))
    }

    pub(crate) fn optional_text(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
    ) -> Option<(String, Place)> {
        let entry = entries.get(key)?;
        self.node_text(&entry.node, &entries.path_of(key))
    }

    pub(crate) fn node_text(&mut self, node: &Node, path: &str) -> Option<(String, Place)> {
        match &node.content {
            Content::Scalar {
                text, text_place, ..
            } => Some((text.clone(), *text_place)),
            _ => {
                self.wrong(path, node, "a text");
                None
            }
        }
    }

    pub(crate) fn constant(&mut self, entries: &Entries<'_>, key: &str, expected: &str) {
        if let Some((found, place)) = self.text(entries, key)
            && found != expected
        {
            let message = format!("expected {expected}, found {found}");
            self.report(&entries.path_of(key), place, message, "");
        }
    }

    /// Reads one of a few names; the first is meant where none is given.
    pub(crate) fn choice<T: Copy, const N: usize>(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        choices: [T; N],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        if entries.get(key).is_none() {
            return Some(choices[0]);
        }
        let (text, place) = self.optional_text(entries, key)?;
        let found = choices.into_iter().find(|choice| name(*choice) == text);
        if found.is_none() {
            let names = choices.map(name).join(" or ");
            let message = format!("`{text}` is not a {key}: expected {names}");
            self.report(&entries.path_of(key), place, message, "");
        }
        found
    }

    pub(crate) fn list<T>(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        mut item: impl FnMut(&mut Self, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = self.required(entries, key) else {
            return Vec::new();
        };
        let path = entries.path_of(key);
        match &node.content {
            Content::Sequence(nodes) if !nodes.is_empty() => {
                let items = nodes.iter().enumerate();
                items
                    .filter_map(|(index, node)| item(self, node, &format!("{path}[{index}]")))
                    .collect()
            }
            _ => {
                self.wrong(&path, node, "a list with at least one item");
                Vec::new()
            }
        }
    }

    pub(crate) fn required_expression(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Option<Expression> {
        let node = self.required(entries, key)?;
        self.compiled(node, &entries.path_of(key), vocabulary)
    }

    /// Reads an expression that may be left out: the outer none says that it was, the inner
    /// one that it is not sound.
    pub(crate) fn expression(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Option<Option<Expression>> {
        let entry = entries.get(key)?;
        Some(self.compiled(&entry.node, &entries.path_of(key), vocabulary))
    }

    pub(crate) fn compiled(
        &mut self,
        node: &Node,
        path: &str,
        vocabulary: &Vocabulary<'_>,
    ) -> Option<Expression> {
        let (text, place) = self.node_text(node, path)?;
        match expression::compile(&text, place, path, vocabulary) {
            Ok(expression) => Some(expression),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }
}

impl<'d> Entries<'d> {
    pub(crate) fn get(&self, key: &str) -> Option<&'d Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
