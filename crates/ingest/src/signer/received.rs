//! A webhook as it came in.

use super::refused::Refused;

/// A webhook as it came in, before anybody has read its body.
///
/// It cannot be printed: its body holds personal data and its headers a signature.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Method in capitals, as `POST`.
    pub method: &'a str,
    /// Whole URL that the sender called, as it knows it: scheme, host, path and query.
    /// Behind a proxy that is the configured public address, not what the proxy called.
    pub url: &'a str,
    /// Its headers.
    pub headers: Headers<'a>,
    /// Its body, byte for byte.
    pub body: &'a [u8],
}

/// Headers in the order in which they came; names in any case, values as bytes.
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a [(&'a str, &'a [u8])]);

impl<'a> Headers<'a> {
    /// Headers from names and values.
    #[must_use]
    pub fn new(pairs: &'a [(&'a str, &'a [u8])]) -> Self {
        Self(pairs)
    }

    /// The value of a header that must be there once.
    ///
    /// # Errors
    ///
    /// When it is missing, or there twice: nobody knows which one the sender signed with.
    pub(super) fn one(self, name: &str) -> Result<&'a [u8], Refused> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            (None, _) => Err(Refused::HeaderMissing(name.to_owned())),
            (Some(_), Some(_)) => Err(Refused::HeaderRepeated(name.to_owned())),
        }
    }

    /// Whether a header is there at all.
    pub(super) fn is_there(self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |pair: &&(&str, &[u8])| pair.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(named).map(|pair| pair.1)
    }
}
