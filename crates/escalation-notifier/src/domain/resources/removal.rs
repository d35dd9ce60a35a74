//! Documents are taken back.

use super::{Fault, Faults, Resources};

impl Resources {
    /// These without some, by kind and name.
    ///
    /// # Errors
    ///
    /// Those that are not there.
    pub fn without(mut self, names: &[(String, String)]) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        for name in names {
            if self.documents.remove(name).is_none() {
                faults.push(self.not_there(name));
            }
        }
        self.unless(faults)
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
}
