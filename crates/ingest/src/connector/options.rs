//! What a document tells a signer, filled in.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::http::Signed;
use super::{Connector, Scope};

/// The options of a signature by name; what is absent is left out.
#[derive(Debug, Default)]
pub(crate) struct Options<'s> {
    given: BTreeMap<&'s str, String>,
}

impl<'s> Options<'s> {
    /// Fills them in.
    pub(crate) fn of(
        connector: &Connector,
        sign: &'s Signed,
        scope: &Scope<'_>,
    ) -> Result<Self, String> {
        let mut options = Self::default();
        for (name, template) in &sign.options {
            if let Some(text) = connector.rendered(template, scope)? {
                options.given.insert(name, text);
            }
        }
        Ok(options)
    }

    /// Returns an option as it is.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    /// Returns an option, or nothing at all.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Reads an option.
    pub(crate) fn parsed<T>(&self, name: &str, default: &str) -> Result<T, String>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.get(name).unwrap_or(default);
        text.parse().map_err(|error| format!("{name}: {error}"))
    }
}
