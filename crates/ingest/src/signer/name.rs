//! What is said of a name that nobody knows.

/// A name was asked for that is not there, or that says too little.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownName {
    /// There is nothing of that name.
    #[error("there is no {what} `{name}`; there are {}", .known.join(", "))]
    Unknown {
        /// What was looked for, as in "webhook signer".
        what: &'static str,
        /// Name that was asked for.
        name: String,
        /// All names that there are.
        known: &'static [&'static str],
    },
    /// The signer is a family: without parameters it says nothing.
    #[error("`{name}` needs parameters")]
    NeedsParameters {
        /// Name of the family.
        name: &'static str,
    },
}

impl UnknownName {
    pub(super) fn new(what: &'static str, name: &str, known: &'static [&'static str]) -> Self {
        Self::Unknown {
            what,
            name: name.to_owned(),
            known,
        }
    }
}
