//! Reading single values: spans, sizes, numbers, templates.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use order::Span;

use super::super::quantity::Quantity;
use super::super::template::Template;
use crate::mapping::decode::{Decoder, Entries};
use crate::mapping::document::{Content, Entry, Node};
use crate::mapping::vocabulary::Vocabulary;
use crate::mapping::{Place, nearest};

impl Decoder<'_> {
    /// Reads a text as what it stands for; its own error says what is wrong.
    pub(super) fn parsed<T>(&mut self, path: &str, text: &str, place: Place) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = text.parse::<T>();
        parsed
            .map_err(|error| self.report(path, place, error.to_string(), ""))
            .ok()
    }

    /// Returns the entries of a mapping whose keys anybody may choose.
    pub(super) fn mapping_of<'d>(
        &mut self,
        node: &'d Node,
        path: &str,
        expected: &str,
    ) -> Option<&'d [Entry]> {
        match &node.content {
            Content::Mapping(entries) => Some(entries),
            _ => {
                self.wrong(path, node, expected);
                None
            }
        }
    }

    /// Reads a quantity that may be left out.
    pub(super) fn quantity<T: Quantity>(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
    ) -> Option<Option<T>> {
        if entries.get(key).is_none() {
            return Some(None);
        }
        let (text, place) = self.optional_text(entries, key)?;
        let read = T::read(text.trim());
        if read.is_none() {
            let message = format!("expected {}, found `{text}`", T::EXPECTED);
            self.report(&entries.path_of(key), place, message, "");
        }
        read.map(Some)
    }

    /// Reads a whole number within bounds; the default where it is left out.
    pub(super) fn number(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        default: i64,
        bounds: RangeInclusive<i64>,
    ) -> Option<i64> {
        let number = self.quantity(entries, key)?.unwrap_or(default);
        self.within(entries, key, number, bounds)
    }

    /// Reads a span of time within bounds; the default where it is left out.
    pub(super) fn spanned(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        default: Span,
        bounds: RangeInclusive<Span>,
    ) -> Option<Span> {
        match self.optional_span(entries, key, bounds)? {
            None => Some(default),
            Some(span) => Some(span),
        }
    }

    /// Reads a span of time within bounds, which may be left out.
    pub(super) fn optional_span(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        bounds: RangeInclusive<Span>,
    ) -> Option<Option<Span>> {
        if entries.get(key).is_none() {
            return Some(None);
        }
        let (text, place) = self.optional_text(entries, key)?;
        let span = self.span(&entries.path_of(key), &text, place)?;
        self.within(entries, key, span, bounds).map(Some)
    }

    pub(super) fn within<T: PartialOrd + Display>(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        value: T,
        bounds: RangeInclusive<T>,
    ) -> Option<T> {
        if bounds.contains(&value) {
            return Some(value);
        }
        let (least, most) = bounds.into_inner();
        let place = entries.get(key).map_or(entries.place, |entry| entry.place);
        let message = format!("{value} is not within {least} to {most}");
        self.report(&entries.path_of(key), place, message, "");
        None
    }

    /// Runs something with the names that are known at a place.
    pub(super) fn vocabulary<'v>(
        variables: &'v [&'v str],
        parameters: &'v [String],
        secrets: &'v [String],
    ) -> Vocabulary<'v> {
        Vocabulary {
            variables,
            parameters,
            secrets,
        }
    }

    pub(super) fn template(
        &mut self,
        node: &Node,
        path: &str,
        variables: &[&str],
    ) -> Option<Template> {
        let (text, place) = self.node_text(node, path)?;
        let vocabulary = Self::vocabulary(variables, &self.parameters, &self.secrets);
        match Template::compile(&text, place, path, &vocabulary) {
            Ok(template) => Some(template),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    pub(super) fn required_template(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        variables: &[&str],
    ) -> Option<Template> {
        let node = self.required(entries, key)?;
        self.template(node, &entries.path_of(key), variables)
    }

    /// Reads a template that may be left out: the outer none says that it is not sound.
    pub(super) fn optional_template(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        variables: &[&str],
    ) -> Option<Option<Template>> {
        match entries.get(key) {
            None => Some(None),
            Some(entry) => self
                .template(&entry.node, &entries.path_of(key), variables)
                .map(Some),
        }
    }

    /// Reads names with a template each.
    pub(super) fn templates(
        &mut self,
        entries: &Entries<'_>,
        key: &str,
        variables: &[&str],
    ) -> Vec<(String, Template)> {
        let Some(entry) = entries.get(key) else {
            return Vec::new();
        };
        let path = entries.path_of(key);
        let told = self.mapping_of(&entry.node, &path, "a mapping of names to texts");
        let mut templates = Vec::new();
        for entry in told.unwrap_or_default() {
            let path = format!("{path}.{}", entry.key);
            if let Some(template) = self.template(&entry.node, &path, variables) {
                templates.push((entry.key.clone(), template));
            }
        }
        templates
    }

    /// Reads headers; their names are told apart in lower case.
    pub(super) fn headers(
        &mut self,
        entries: &Entries<'_>,
        variables: &[&str],
    ) -> Vec<(String, Template)> {
        let headers = self.templates(entries, "headers", variables);
        let place = entries
            .get("headers")
            .map_or(entries.place, |entry| entry.place);
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        for (name, _) in &headers {
            if name.is_empty() || !name.chars().all(token) {
                let message = format!("`{name}` is not the name of a header");
                self.report(&entries.path_of("headers"), place, message, "");
            }
        }
        let lower = |(name, template): (String, Template)| (name.to_ascii_lowercase(), template);
        headers.into_iter().map(lower).collect()
    }

    /// Reads the name of a declared secret.
    pub(super) fn secret<T: FromStr>(
        &mut self,
        path: &str,
        (text, place): (String, Place),
    ) -> Option<T> {
        if !self.secrets.contains(&text) {
            let help = nearest(&text, self.secrets.iter().map(String::as_str));
            let message = format!("there is no secret `{text}` among spec.secrets");
            self.report(path, place, message, help);
            return None;
        }
        text.parse().ok()
    }

    /// A URL must say how it is reached, unless that is filled in.
    pub(super) fn reachable(&mut self, template: &Template, node: &Node, path: &str) {
        let beginning = template.beginning();
        let schemes = ["https://", "http://"];
        if beginning.is_empty() && !template.is_constant() {
            return;
        }
        if !schemes.iter().any(|scheme| beginning.starts_with(scheme)) {
            let message = format!("expected a URL with https://, found `{beginning}`");
            self.report(path, node.place, message, "");
        }
    }
}
