//! Which rules can say something else under another rule set.

use std::collections::BTreeSet;

use rule_engine::RuleSet;
use rule_engine::documents::{Document, Documents, Key};
use serde_norway::Value;

use super::change::{Difference, differences};

/// The rules of a candidate that can say something else than those in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Affected {
    /// All of them.
    Everything,
    /// These, by name; also rules that are only in force, or only in the candidate.
    Rules(BTreeSet<String>),
}

impl Affected {
    /// Compares two rule sets by their documents. A rule is told apart when its own
    /// document differs, or one of a table or calendar that it may name, or one of an
    /// exemption that may cover it: in doubt it is.
    #[must_use]
    pub fn between(in_force: &Documents, after: &Documents, candidate: &RuleSet) -> Self {
        let mut affected = BTreeSet::new();
        let mut names = BTreeSet::new();
        for change in differences(in_force, after).filter(Difference::is_change) {
            let name = change.key.name().to_owned();
            match change.key.kind() {
                "Rule" => {
                    affected.insert(name);
                }
                "Threshold" | "Calendar" => {
                    names.insert(name);
                }
                "Exemption" => {
                    for document in change.before.iter().chain(&change.after) {
                        match covered(document, candidate) {
                            Some(rules) => affected.extend(rules),
                            None => return Self::Everything,
                        }
                    }
                }
                "Scenario" | "Gate" | "Example" => {}
                _ => return Self::Everything,
            }
        }
        affected.extend(naming(in_force.values().chain(after.values()), names));
        Self::Rules(affected)
    }

    /// Returns whether a rule is among them.
    #[must_use]
    pub fn has(&self, rule: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Rules(rules) => rules.contains(rule),
        }
    }

    /// Leaves the other rules out of the documents; none where that spares nothing.
    #[must_use]
    pub fn narrow(&self, documents: &Documents) -> Option<Documents> {
        let mut kept = documents.clone();
        kept.retain(|key, _| key.kind() != "Rule" || self.has(key.name()));
        (kept.len() < documents.len()).then_some(kept)
    }
}

/// The rules whose documents mention one of some names, perhaps through a table that does.
fn naming<'d>(
    documents: impl Iterator<Item = &'d Document>,
    mut names: BTreeSet<String>,
) -> BTreeSet<String> {
    let texts: Vec<(&Key, String)> = documents
        .filter(|document| ["Rule", "Threshold"].contains(&document.key().kind()))
        .map(|document| (document.key(), says(document)))
        .collect();
    let mut rules = BTreeSet::new();
    loop {
        let mentions = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
        let found: Vec<&Key> = texts
            .iter()
            .filter(|(_, text)| mentions(text))
            .map(|(key, _)| *key)
            .collect();
        let (known_rules, known_names) = (rules.len(), names.len());
        for key in found {
            let name = key.name().to_owned();
            match key.kind() {
                "Rule" => rules.insert(name),
                _ => names.insert(name),
            };
        }
        if (rules.len(), names.len()) == (known_rules, known_names) {
            return rules;
        }
    }
}

/// What a document says, written in one way.
fn says(document: &Document) -> String {
    let content: Result<Value, _> = serde_norway::from_str(document.text());
    let written = content.and_then(|content| serde_norway::to_string(&content));
    written.unwrap_or_else(|_| document.text().to_owned())
}

/// The rules that an exemption may cover; none means that it may cover every one.
fn covered(document: &Document, candidate: &RuleSet) -> Option<BTreeSet<String>> {
    let content: Value = serde_norway::from_str(document.text()).ok()?;
    let spec = content.get("spec")?;
    let entries = spec.get("entries").and_then(Value::as_sequence);
    let entries = entries.map_or(&[][..], Vec::as_slice);
    let own = scope(spec);
    // An entry whose own scope names nothing covers everything.
    let is_scoped = |entry: &Value| {
        ["rules", "scenarios"]
            .iter()
            .any(|key| entry.get(*key).is_some())
    };
    if entries
        .iter()
        .any(|entry| is_scoped(entry) && scope(entry).is_none())
    {
        return None;
    }
    if own.is_none() && (entries.is_empty() || entries.iter().any(|entry| scope(entry).is_none())) {
        return None;
    }
    let mut rules = BTreeSet::new();
    for (names, scenarios) in own.into_iter().chain(entries.iter().filter_map(scope)) {
        let in_scenario = candidate
            .rules()
            .iter()
            .filter(|rule| scenarios.contains(rule.scenario()));
        rules.extend(in_scenario.map(|rule| rule.name().to_owned()));
        rules.extend(names);
    }
    Some(rules)
}

/// The rules and the scenarios that a scope names; none when it names neither.
fn scope(of: &Value) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let list = |key: &str| -> BTreeSet<String> {
        let names = of.get(key).and_then(Value::as_sequence);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    let (rules, scenarios) = (list("rules"), list("scenarios"));
    (!rules.is_empty() || !scenarios.is_empty()).then_some((rules, scenarios))
}

#[cfg(test)]
mod tests {
    use rule_engine::documents::{join, split};

    use super::*;

    const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec: {type: duration, rows: [{when: order.kind == "vip", value: 12h}], default: 24h}
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  scenario: late
  severity: high
  title: {en: late}
  condition: elapsed(order.paid_at) > threshold("ship-within")
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: unpaid}
spec:
  scenario: unpaid
  severity: low
  title: {en: unpaid}
  condition: elapsed(order.created_at) > duration("48h") && !has(order.paid_at)
"#;

    fn affected(text: &str) -> Affected {
        let candidate = RuleSet::parse(2, text).unwrap();
        Affected::between(&split(RULES).unwrap(), &split(text).unwrap(), &candidate)
    }

    fn rules(names: &[&str]) -> Affected {
        Affected::Rules(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_rule_is_affected_by_its_own_text_and_by_the_tables_that_it_names() {
        assert_eq!(affected(RULES), rules(&[]));
        assert_eq!(affected(&RULES.replace("48h", "36h")), rules(&["unpaid"]));
        assert_eq!(affected(&RULES.replace("12h", "6h")), rules(&["late"]));
    }

    #[test]
    fn a_rule_that_goes_or_comes_is_affected() {
        let without = RULES.split("---").take(2).collect::<Vec<_>>().join("---");
        assert_eq!(affected(&without), rules(&["unpaid"]));
        let renamed = RULES.replace("name: unpaid", "name: not-paid");
        assert_eq!(affected(&renamed), rules(&["not-paid", "unpaid"]));
    }

    #[test]
    fn what_the_fields_mean_affects_everything() {
        let catalogue = "---\napiVersion: orderwatch/v1\nkind: FieldCatalogue\nmetadata: {name: own}\n\
            spec: {fields: [{entity: order, name: x_gift, type: bool, system: crm, meaning: {en: gift}}]}\n";
        assert_eq!(
            affected(&format!("{RULES}{catalogue}")),
            Affected::Everything
        );
    }

    #[test]
    fn the_other_rules_are_left_out_and_their_tables_stay() {
        let narrowed = rules(&["unpaid"]).narrow(&split(RULES).unwrap()).unwrap();
        let narrowed = RuleSet::parse(2, &join(narrowed.values())).unwrap();
        assert_eq!(narrowed.rules().len(), 1);
        assert_eq!(Affected::Everything.narrow(&split(RULES).unwrap()), None);
    }
}
