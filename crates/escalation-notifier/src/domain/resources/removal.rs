//! Documents are taken back.

use serde_norway::{Mapping, Value};

use super::{Fault, Faults, Resources, document};

impl Resources {
    /// These without some, by kind and name.
    ///
    /// # Errors
    ///
    /// Those that are not there, and what names somebody of a Directory that would go.
    pub fn without(mut self, names: &[(String, String)]) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        for name in names {
            if self.documents.remove(name).is_none() {
                faults.push(self.not_there(name));
            } else if name.0 == document::DIRECTORY {
                faults.extend(self.names_of(names));
            }
        }
        self.unless(faults)
    }

    /// What these, without others, name of a Directory: policies may come before the Directory
    /// that they need, so that only one with nobody in it has them checked.
    fn names_of(&self, others: &[(String, String)]) -> Vec<Fault> {
        let mut bare = self.clone();
        bare.documents.retain(|key, _| !others.contains(key));
        let nobody = Value::Mapping(Mapping::new());
        let directory = (document::DIRECTORY.to_owned(), "none".to_owned());
        bare.documents.insert(directory, nobody);
        bare.policy_set(0)
            .err()
            .map_or_else(Vec::new, |Faults(faults)| faults)
    }

    fn not_there(&self, (kind, name): &(String, String)) -> Fault {
        let of_kind = self.documents.keys().filter(|(other, _)| other == kind);
        let there: Vec<&str> = of_kind.map(|(_, name)| name.as_str()).collect();
        let found = match there.as_slice() {
            [] => "but there is none of this kind".to_owned(),
            there => format!("of this kind there are {}", there.join(", ")),
        };
        Fault {
            path: format!("{kind}/{name}"),
            expected: format!("expected a document that is in force, {found}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
{apiVersion: orderwatch/v1, kind: EscalationPolicy, metadata: {name: calm}, spec: {levels: []}}
---
{apiVersion: orderwatch/v1, kind: EscalationPolicy, metadata: {name: loud}, spec: {levels: []}}
";

    #[test]
    fn a_document_that_is_not_there_is_told_which_are() {
        let policy = |name: &str| ("EscalationPolicy".to_owned(), name.to_owned());
        let resources = Resources::parse(TWO).unwrap();
        let one = resources.clone().without(&[policy("calm")]).unwrap();
        assert_eq!(one.policy_set(1).unwrap().policies.len(), 1);
        let wrong = one.without(&[policy("clam")]).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "EscalationPolicy/clam: expected a document that is in force, of this kind there are loud"
        );
    }

    const NAMED: &str = "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  endpoints:
    pager: {vendor: pagerduty, secret: env:PAGER}
  people: {ann: {}}
  teams: {night: {members: [ann], lead: ann}}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: nights}
spec:
  timeZone: UTC
  layers: [{name: week, starts: 2026-01-05T09:00, turn: weekly, people: [ann]}]
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner, 'schedule:nights'], channel: email}
    - {delay: 1h, recipients: ['team:night', 'endpoint:pager'], channel: email}
  overdue: {recipients: ['person:ann'], channel: email}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: roles}
spec:
  levels: [{delay: 0s, recipients: [warehouse-owner, fallback], channel: email}]
";

    fn document(kind: &str, name: &str) -> (String, String) {
        (kind.to_owned(), name.to_owned())
    }

    #[test]
    fn a_directory_that_others_name_somebody_of_stays() {
        let resources = Resources::parse(NAMED).unwrap();
        let main = document("Directory", "main");
        let Faults(faults) = resources
            .clone()
            .without(std::slice::from_ref(&main))
            .unwrap_err();
        let mut found: Vec<String> = faults.iter().map(Fault::to_string).collect();
        let mut expected = [
            "EscalationPolicy/default: spec.levels[1].recipients: expected a team of the Directory's spec.teams, found \"team:night\"",
            "EscalationPolicy/default: spec.levels[1].recipients: expected an endpoint of a group or a system of the Directory's spec.endpoints, found \"endpoint:pager\"",
            "EscalationPolicy/default: spec.overdue.recipients: expected a person of the Directory's spec.people, found \"person:ann\"",
            "OnCallSchedule/nights: spec.layers[0].people[0]: expected a person of the Directory's spec.people, found \"ann\"",
        ];
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        // What goes with it names nobody any more, whichever is said first.
        let policy = document("EscalationPolicy", "default");
        let schedule = document("OnCallSchedule", "nights");
        let left = resources.without(&[main, policy, schedule]).unwrap();
        assert_eq!(left.policy_set(1).unwrap().policies.len(), 1);
    }
}
