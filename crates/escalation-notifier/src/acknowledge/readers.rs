//! Who reads what a link came with, and may act by it.

use crate::domain::directory::{Directory, Language};

/// Whoever a message was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Readers {
    /// Endpoint or person.
    recipient: String,
    /// Language of who reads it.
    pub(super) language: Language,
    /// Who may act: whoever it was sent to, or reads that endpoint.
    pub(super) people: Vec<String>,
}

impl Readers {
    /// Readers of what was sent to a recipient; `None` when it has left the directory since.
    pub(super) fn of(recipient: &str, directory: &Directory) -> Option<Self> {
        let (language, people) = if directory.endpoints.contains_key(recipient) {
            let readers = directory.people.iter();
            let readers = readers.filter(|(_, it)| it.endpoints.iter().any(|it| it == recipient));
            let readers = readers.map(|(name, _)| name.clone()).collect();
            (directory.language_of_endpoint(recipient), readers)
        } else if directory.people.contains_key(recipient) {
            let language = directory.language_of_person(recipient);
            (language, vec![recipient.to_owned()])
        } else {
            return None;
        };
        Some(Self {
            recipient: recipient.to_owned(),
            language,
            people,
        })
    }

    /// Who acts: the only one who can have got the notice, else whoever of them
    /// says so; an endpoint that nobody is known to read acts itself.
    pub(super) fn actor(&self, pressed: &str) -> Option<String> {
        match self.people.as_slice() {
            [] => Some(format!("endpoint:{}", self.recipient)),
            [only] => Some(only.clone()),
            several => several.iter().find(|name| *name == pressed).cloned(),
        }
    }
}
