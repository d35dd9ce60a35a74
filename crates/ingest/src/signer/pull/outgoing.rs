//! A request before it is sent.

/// A request before it is sent, as plain data: nothing is encoded yet.
///
/// It cannot be printed: its pairs and headers may hold tokens.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Method in capitals.
    pub method: String,
    /// URL without its query.
    pub url: String,
    /// Pairs of the query.
    pub query: Vec<(String, String)>,
    /// Pairs of the form; without a form, none.
    pub form: Vec<(String, String)>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body; without one, or with a form, empty.
    pub body: Vec<u8>,
}

/// What a request needs to be signed. It cannot be printed: a salt may be among it.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Additions {
    /// Pairs of the query.
    pub query: Vec<(String, String)>,
    /// Pairs of the form.
    pub form: Vec<(String, String)>,
    /// Headers.
    pub headers: Vec<(String, String)>,
}

impl Additions {
    /// Puts them into the request, in place of what has the same key.
    pub fn apply(self, request: &mut Outgoing) {
        put(&mut request.query, self.query, |a, b| a == b);
        put(&mut request.form, self.form, |a, b| a == b);
        put(
            &mut request.headers,
            self.headers,
            str::eq_ignore_ascii_case,
        );
    }
}

fn put(
    pairs: &mut Vec<(String, String)>,
    added: Vec<(String, String)>,
    same: fn(&str, &str) -> bool,
) {
    pairs.retain(|(key, _)| !added.iter().any(|(new, _)| same(new, key)));
    pairs.extend(added);
}
