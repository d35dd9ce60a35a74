//! Which rules can say something else under another rule set.

use std::collections::BTreeSet;

use rule_engine::RuleSet;
use serde_norway::Value;

use super::revision::{Fault, documents, title};

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
    ///
    /// # Errors
    ///
    /// When a text is no YAML.
    pub fn between(in_force: &str, text: &str, candidate: &RuleSet) -> Result<Self, Fault> {
        let (old, new) = (documents(in_force)?, documents(text)?);
        let mut affected = BTreeSet::new();
        let mut names = BTreeSet::new();
        for document in differing(&old, &new).chain(differing(&new, &old)) {
            match (kind(document), name(document)) {
                ("Rule", Some(name)) => {
                    affected.insert(name.to_owned());
                }
                ("Threshold" | "Calendar", Some(name)) => {
                    names.insert(name.to_owned());
                }
                ("Exemption", _) => match covered(document, candidate) {
                    Some(rules) => affected.extend(rules),
                    None => return Ok(Self::Everything),
                },
                ("Scenario" | "Gate" | "Example", _) => {}
                _ => return Ok(Self::Everything),
            }
        }
        let all: Vec<&Value> = old.iter().chain(&new).collect();
        affected.extend(naming(&all, names));
        Ok(Self::Rules(affected))
    }

    /// Returns whether a rule is among them.
    #[must_use]
    pub fn has(&self, rule: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Rules(rules) => rules.contains(rule),
        }
    }

    /// Leaves the other rules out of a text; none where that spares nothing.
    #[must_use]
    pub fn narrow(&self, text: &str) -> Option<String> {
        let all = documents(text).ok()?;
        let is_kept = |document: &&Value| {
            kind(document) != "Rule" || name(document).is_none_or(|name| self.has(name))
        };
        let kept: Vec<&Value> = all.iter().filter(is_kept).collect();
        if kept.len() == all.len() {
            return None;
        }
        let written = kept
            .iter()
            .map(|document| serde_norway::to_string(document).map(|text| format!("---\n{text}")));
        written.collect::<Result<String, _>>().ok()
    }
}

/// The documents of which the others have none that is the same.
fn differing<'d>(documents: &'d [Value], others: &'d [Value]) -> impl Iterator<Item = &'d Value> {
    documents
        .iter()
        .filter(|document| !others.contains(document))
}

/// The rules whose documents mention one of some names, perhaps through a table that does.
fn naming(documents: &[&Value], mut names: BTreeSet<String>) -> BTreeSet<String> {
    let texts: Vec<(&str, Option<&str>, String)> = documents
        .iter()
        .filter(|document| ["Rule", "Threshold"].contains(&kind(document)))
        .map(|document| {
            let text = serde_norway::to_string(document).unwrap_or_default();
            (kind(document), name(document), text)
        })
        .collect();
    let mut rules = BTreeSet::new();
    loop {
        let mentions = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
        let found: Vec<_> = texts.iter().filter(|(_, _, text)| mentions(text)).collect();
        let (known_rules, known_names) = (rules.len(), names.len());
        for (kind, name, _) in found {
            match (*kind, *name) {
                ("Rule", Some(name)) => rules.insert(name.to_owned()),
                (_, Some(name)) => names.insert(name.to_owned()),
                (_, None) => false,
            };
        }
        if (rules.len(), names.len()) == (known_rules, known_names) {
            return rules;
        }
    }
}

/// The rules that an exemption may cover; none means that it may cover every one.
fn covered(document: &Value, candidate: &RuleSet) -> Option<BTreeSet<String>> {
    let spec = document.get("spec")?;
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

fn kind(document: &Value) -> &str {
    document
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn name(document: &Value) -> Option<&str> {
    title(document).and(document.get("metadata")?.get("name")?.as_str())
}

#[cfg(test)]
mod tests {
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
        Affected::between(RULES, text, &candidate).unwrap()
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
        let narrowed = rules(&["unpaid"]).narrow(RULES).unwrap();
        let narrowed = RuleSet::parse(2, &narrowed).unwrap();
        assert_eq!(narrowed.rules().len(), 1);
        assert_eq!(Affected::Everything.narrow(RULES), None);
    }
}
