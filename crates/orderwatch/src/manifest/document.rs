//! One document.

use std::fmt;
use std::str::FromStr;

use crate::server::Service;

/// What a document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Rule,
    Threshold,
    Calendar,
    FieldCatalogue,
    Exemption,
    Scenario,
    Gate,
    Sop,
    Team,
    Directory,
    EscalationPolicy,
    OnCallSchedule,
    MaintenanceWindow,
    Inhibition,
    MessageTemplate,
    Connector,
    Fixture,
    Example,
}

/// Who keeps documents of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// One of the services.
    Service(Service),
    /// Nobody: it is given along with each command that reads it.
    File,
}

impl Kind {
    const ALL: [Kind; 18] = [
        Kind::Rule,
        Kind::Threshold,
        Kind::Calendar,
        Kind::FieldCatalogue,
        Kind::Exemption,
        Kind::Scenario,
        Kind::Gate,
        Kind::Sop,
        Kind::Team,
        Kind::Directory,
        Kind::EscalationPolicy,
        Kind::OnCallSchedule,
        Kind::MaintenanceWindow,
        Kind::Inhibition,
        Kind::MessageTemplate,
        Kind::Connector,
        Kind::Fixture,
        Kind::Example,
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

    /// Finds a kind by a word as people type it.
    fn typed(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(word))
            .map_or_else(|| Self::of(word), Ok)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Rule => "Rule",
            Kind::Threshold => "Threshold",
            Kind::Calendar => "Calendar",
            Kind::FieldCatalogue => "FieldCatalogue",
            Kind::Exemption => "Exemption",
            Kind::Scenario => "Scenario",
            Kind::Gate => "Gate",
            Kind::Sop => "Sop",
            Kind::Team => "Team",
            Kind::Directory => "Directory",
            Kind::EscalationPolicy => "EscalationPolicy",
            Kind::OnCallSchedule => "OnCallSchedule",
            Kind::MaintenanceWindow => "MaintenanceWindow",
            Kind::Inhibition => "Inhibition",
            Kind::MessageTemplate => "MessageTemplate",
            Kind::Connector => "Connector",
            Kind::Fixture => "Fixture",
            Kind::Example => "Example",
        }
    }

    pub(crate) fn owner(self) -> Owner {
        match self {
            Kind::Rule
            | Kind::Threshold
            | Kind::Calendar
            | Kind::FieldCatalogue
            | Kind::Exemption
            | Kind::Scenario
            | Kind::Gate => Owner::Service(Service::RuleEvaluation),
            Kind::Sop | Kind::Team => Owner::Service(Service::Ticketing),
            Kind::Directory
            | Kind::EscalationPolicy
            | Kind::OnCallSchedule
            | Kind::MaintenanceWindow
            | Kind::Inhibition
            | Kind::MessageTemplate => Owner::Service(Service::EscalationNotifier),
            Kind::Connector | Kind::Fixture | Kind::Example => Owner::File,
        }
    }
}

/// A resource as people name it, such as `rule/shipping-delay`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

/// A resource that can be taken back: part of a rule set, or of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removable(pub(crate) Named);

impl FromStr for Removable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Named::of(text)?;
        match named.kind.owner() {
            Owner::Service(Service::RuleEvaluation | Service::EscalationNotifier) => {
                Ok(Self(named))
            }
            _ => Err(format!("{} cannot be deleted so", named.kind.word())),
        }
    }
}

impl Named {
    /// A resource of any kind.
    fn of(text: &str) -> Result<Self, String> {
        let (kind, name) = text
            .split_once('/')
            .filter(|(_, name)| !name.is_empty())
            .ok_or_else(|| format!("{text:?} is no KIND/NAME, such as rule/shipping-delay"))?;
        let kind = Kind::typed(kind)?;
        let name = name.to_owned();
        Ok(Self { kind, name })
    }
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::of(text)?;
        if named.kind.owner() != Owner::Service(Service::RuleEvaluation) {
            return Err(format!("{} is no part of a rule set", named.kind.word()));
        }
        Ok(named)
    }
}

/// One document with its text as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) text: String,
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
        text.push_str(&document.text);
        if !document.text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_in_any_case_and_only_if_a_rule_set_has_it() {
        let named = "rule/late".parse::<Named>().unwrap();
        assert_eq!((named.kind, named.name.as_str()), (Kind::Rule, "late"));
        let named = "FieldCatalogue/own".parse::<Named>().unwrap();
        assert_eq!(named.kind, Kind::FieldCatalogue);
        let removable = "messagetemplate/short".parse::<Removable>().unwrap();
        assert_eq!(removable.0.kind, Kind::MessageTemplate);
        assert!("sop/chase".parse::<Removable>().is_err());
        for wrong in ["late", "rule/", "sop/chase", "rul/late"] {
            assert!(wrong.parse::<Named>().is_err(), "{wrong}");
        }
    }
}
