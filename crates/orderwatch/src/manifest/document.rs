//! One document.

use std::fmt;

use serde_norway::Value;

use crate::server::Service;

/// What a document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Rule,
    Threshold,
    Calendar,
    FieldCatalogue,
    Exemption,
    Sop,
    Directory,
    EscalationPolicy,
    Connector,
}

/// Who keeps documents of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// One of the services.
    Service(Service),
    /// Nobody: it is given along with each import.
    File,
}

impl Kind {
    const ALL: [Kind; 9] = [
        Kind::Rule,
        Kind::Threshold,
        Kind::Calendar,
        Kind::FieldCatalogue,
        Kind::Exemption,
        Kind::Sop,
        Kind::Directory,
        Kind::EscalationPolicy,
        Kind::Connector,
    ];

    /// Finds a kind by the word that a document uses.
    pub(crate) fn of(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| {
                let words: Vec<&str> = Self::ALL.into_iter().map(Self::word).collect();
                format!("no such kind: {word:?}; the kinds are {}", words.join(", "))
            })
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Rule => "Rule",
            Kind::Threshold => "Threshold",
            Kind::Calendar => "Calendar",
            Kind::FieldCatalogue => "FieldCatalogue",
            Kind::Exemption => "Exemption",
            Kind::Sop => "Sop",
            Kind::Directory => "Directory",
            Kind::EscalationPolicy => "EscalationPolicy",
            Kind::Connector => "Connector",
        }
    }

    pub(crate) fn owner(self) -> Owner {
        match self {
            Kind::Rule
            | Kind::Threshold
            | Kind::Calendar
            | Kind::FieldCatalogue
            | Kind::Exemption => Owner::Service(Service::RuleEvaluation),
            Kind::Sop => Owner::Service(Service::Ticketing),
            Kind::Directory | Kind::EscalationPolicy => Owner::Service(Service::EscalationNotifier),
            Kind::Connector => Owner::File,
        }
    }
}

/// One document with its text as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) text: String,
    /// What the text says, for comparing.
    pub(crate) content: Value,
    /// File and line, for messages.
    pub(crate) place: String,
}

impl Document {
    /// Whether two documents describe the same thing, perhaps differently.
    pub(crate) fn is_of(&self, other: &Document) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}/{}",
            self.kind.word().to_lowercase(),
            self.name
        )
    }
}

/// Writes documents as one YAML text.
pub(crate) fn join<'a>(documents: impl IntoIterator<Item = &'a Document>) -> String {
    let mut text = String::new();
    for document in documents {
        text.push_str("---\n");
        text.push_str(document.text.trim_matches('\n'));
        text.push('\n');
    }
    text
}
