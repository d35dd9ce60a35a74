//! Directory and policies as YAML documents: what an operator writes.
//!
//! Every fault of every document is reported at once, each with its path and
//! with what was expected there.

mod difference;
mod directory;
mod document;
mod endpoint;
mod expressions;
mod node;
mod people;
mod personal;
mod place;
mod policy;
mod quiet;
mod removal;
mod schedule;
mod wording;

use std::collections::BTreeMap;

pub use difference::Difference;

use serde_norway::Value;

use self::{node::Node, place::Place, policy::Calendars};
use super::{
    directory::Directory,
    oncall::Schedule,
    policy::{Policy, PolicySet},
    quiet::inhibition::Inhibition,
};

/// Most templates that are applied at once: each is tried some hundred times.
const TEMPLATES_AT_MOST: usize = 100;

/// Version of the document format.
pub const API_VERSION: &str = "orderwatch/v1";

/// One thing wrong with what was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {expected}")]
pub struct Fault {
    /// Where, such as `EscalationPolicy/default: spec.levels[0].delay`.
    pub path: String,
    /// What was expected, and what was found.
    pub expected: String,
}

/// Everything wrong with what was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("; "))]
pub struct Faults(pub Vec<Fault>);

/// Documents by kind and name, as applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    documents: BTreeMap<Key, Value>,
}

/// Kind and name of a document.
type Key = (String, String);

/// Where the templates of documents stand.
type Places = BTreeMap<Key, Place>;

impl Resources {
    /// Reads a stream of YAML documents, and checks what they say.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub fn parse(yaml: &str) -> Result<Self, Faults> {
        let (resources, places, mut faults) = Self::scan(yaml);
        if let Some(fault) = resources.too_many_expressions() {
            faults.push(fault);
            return Err(Faults(faults));
        }
        resources.check_expressions(&mut faults);
        if let Err(Faults(more)) = resources.policy_set(0) {
            faults.extend(more);
        }
        resources.check_templates(&places, &mut faults);
        resources.unless(faults)
    }

    /// Reads a stream of YAML documents that were checked before, such as sealed ones.
    ///
    /// # Errors
    ///
    /// They are no documents.
    pub fn read(yaml: &str) -> Result<Self, Faults> {
        let (resources, _, faults) = Self::scan(yaml);
        resources.unless(faults)
    }

    fn unless(self, faults: Vec<Fault>) -> Result<Self, Faults> {
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(Faults(faults))
        }
    }

    /// The documents, where the templates among them stand, and what is wrong.
    fn scan(yaml: &str) -> (Self, Places, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut keys = Vec::new();
        let mut documents = BTreeMap::new();
        for (index, document) in serde_norway::Deserializer::from_str(yaml).enumerate() {
            let mut found = None;
            match <Value as serde::Deserialize>::deserialize(document) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    found = document::key(index, &value, &mut faults);
                    if let Some(key) = found.clone()
                        && let Some(_) = documents.insert(key.clone(), value)
                    {
                        faults.push(Fault {
                            path: format!("documents[{index}]"),
                            expected: format!(
                                "expected each document once, but {}/{} comes twice",
                                key.0, key.1
                            ),
                        });
                    }
                }
                Err(error) => {
                    faults.push(Fault {
                        path: format!("documents[{index}]"),
                        expected: format!("expected YAML: {error}"),
                    });
                    break;
                }
            }
            keys.push(found);
        }
        (Self { documents }, places(yaml, keys), faults)
    }

    /// These, with the newly applied ones in the place of their namesakes.
    /// There is one directory: a new one replaces the old whatever its name.
    #[must_use]
    pub fn merged(mut self, applied: Self) -> Self {
        if applied
            .documents
            .keys()
            .any(|(kind, _)| kind == document::DIRECTORY)
        {
            self.documents
                .retain(|(kind, _), _| kind != document::DIRECTORY);
        }
        self.documents.extend(applied.documents);
        self
    }

    /// The set of policies that they say.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, references between them included.
    pub fn policy_set(&self, version: i64) -> Result<PolicySet, Faults> {
        let mut faults = Vec::new();
        let mut directory: Option<Directory> = None;
        let mut policies: Vec<Policy> = Vec::new();
        let mut schedules: BTreeMap<String, Schedule> = BTreeMap::new();
        let (mut windows, mut inhibitions) = (Vec::new(), Vec::new());
        let mut wordings = Vec::new();
        let calendars = self.calendars(&mut faults);
        for ((kind, name), value) in &self.documents {
            let root = Node::root(&format!("{kind}/{name}"), value);
            match kind.as_str() {
                document::DIRECTORY => {
                    let read = directory::directory(&root, &mut faults);
                    if directory.replace(read).is_some() {
                        root.fault(&mut faults, "expected one Directory, found another");
                    }
                }
                document::SCHEDULE => {
                    let read = schedule::schedule(name, &root, &mut faults);
                    schedules.extend(read.map(|schedule| (name.clone(), schedule)));
                }
                document::POLICY => {
                    policies.push(policy::policy(name, &root, &calendars, &mut faults));
                }
                document::WINDOW => windows.extend(quiet::window(name, &root, &mut faults)),
                document::INHIBITION => {
                    inhibitions.push(quiet::inhibition(name, &root, &mut faults));
                }
                document::TEMPLATE => {
                    wordings.extend(wording::wording(name, &root, &mut faults));
                }
                _ => {}
            }
        }
        let complete = directory.is_some();
        let mut directory = directory.unwrap_or_default();
        directory.schedules = schedules;
        if complete {
            self.check_names(&directory, &policies, &mut faults);
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        if policies.is_empty() {
            policies.push(Policy::built_in());
        }
        if inhibitions.is_empty() {
            inhibitions = Inhibition::built_in();
        }
        Ok(PolicySet {
            version,
            directory,
            policies,
            windows,
            inhibitions,
            wordings,
        })
    }

    /// Faults templates with which some ticket could not be told of. Those that were stored
    /// by another version of the service are not asked: the built-in ones stand in for them.
    fn check_templates(&self, places: &Places, faults: &mut Vec<Fault>) {
        let found = self.roots(document::TEMPLATE).count();
        if found > TEMPLATES_AT_MOST {
            faults.push(Fault {
                path: document::TEMPLATE.to_owned(),
                expected: format!("expected at most {TEMPLATES_AT_MOST} of them, found {found}"),
            });
            return;
        }
        for root in self.roots(document::TEMPLATE) {
            let name = root.name();
            let Some(wording) = wording::wording(&name, &root, &mut Vec::new()) else {
                continue;
            };
            let place = places.get(&(document::TEMPLATE.to_owned(), name));
            wording::check_template(&root, &wording, place, faults);
        }
    }

    /// Names that one document says of another.
    fn check_names(&self, directory: &Directory, policies: &[Policy], faults: &mut Vec<Fault>) {
        for root in self.roots(document::DIRECTORY) {
            directory::check_schedules(&root, directory, faults);
        }
        for root in self.roots(document::SCHEDULE) {
            schedule::check_people(&root, directory, faults);
        }
        policy::check_recipients(directory, policies, faults);
    }

    fn roots(&self, kind: &str) -> impl Iterator<Item = Node<'_>> {
        let of_kind = self.documents.iter().filter(move |((it, _), _)| it == kind);
        of_kind.map(|((kind, name), value)| Node::root(&format!("{kind}/{name}"), value))
    }

    fn calendars(&self, faults: &mut Vec<Fault>) -> Calendars {
        let calendars = self
            .documents
            .iter()
            .filter(|((kind, _), _)| kind == document::CALENDAR);
        calendars
            .filter_map(|((kind, name), value)| {
                let root = Node::root(&format!("{kind}/{name}"), value);
                Some((name.clone(), root.get("spec").working_time(name, faults)?))
            })
            .collect()
    }

    /// Whether nothing was applied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// As YAML, always the same for the same content.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let whole: Vec<String> = self
            .documents
            .values()
            .map(|value| serde_norway::to_string(value).unwrap_or_default())
            .collect();
        whole.join("---\n")
    }

    /// As YAML with contact points masked.
    #[must_use]
    pub fn to_masked_yaml(&self) -> String {
        self.masked().to_yaml()
    }
}

/// Where the templates of documents stand that follow each other in a text.
fn places(yaml: &str, keys: Vec<Option<Key>>) -> Places {
    if !keys
        .iter()
        .flatten()
        .any(|(kind, _)| kind == document::TEMPLATE)
    {
        return Places::new();
    }
    let places = place::of_texts(yaml, &["spec", "template"]);
    let found = keys.into_iter().zip(places);
    found.filter_map(|(key, place)| key.zip(place)).collect()
}

#[cfg(test)]
mod tests;
