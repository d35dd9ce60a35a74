//! The scenarios that are shipped do what their worked examples say, and examples are read with
//! precise faults.

use order::Catalogue;
use rule_engine::RuleSet;
use rule_engine::example::{self, Example, gaps};
use std::fs;
use std::path::{Path, PathBuf};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    files.sort();
    files
}

/// The documents of a folder's files as one text, those of procedures and examples apart.
fn texts(folder: &Path) -> (String, String) {
    let (mut rules, mut examples) = (String::new(), String::new());
    for file in yaml_files(folder) {
        let text = format!("---\n{}\n", fs::read_to_string(&file).unwrap());
        match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("sop") => {}
            Some("examples") => examples.push_str(&text),
            _ => rules.push_str(&text),
        }
    }
    (rules, examples)
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(DEPLOY).join("scenarios")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

fn calendars() -> String {
    texts(&Path::new(DEPLOY).join("calendars")).0
}

/// Every scenario with what they share, as one rule set.
pub(crate) fn shipped() -> String {
    let all: String = folders().iter().map(|folder| texts(folder).0).collect();
    calendars() + &all
}

fn read(folder: &Path) -> (RuleSet, Vec<Example>) {
    let (rules, examples) = texts(folder);
    let place = folder.display();
    let rule_set = RuleSet::parse(1, &(calendars() + &rules))
        .unwrap_or_else(|faults| panic!("{place}: {faults}"));
    let examples = example::read(&examples, rule_set.catalogue())
        .unwrap_or_else(|faults| panic!("{place}: {faults:#?}"));
    (rule_set, examples)
}

#[test]
fn every_worked_example_of_a_shipped_scenario_holds() {
    let mut told = Vec::new();
    let mut held = 0;
    for folder in folders() {
        let (rule_set, examples) = read(&folder);
        for example in &examples {
            held += 1;
            for difference in example.differences(&rule_set) {
                told.push(format!(
                    "{} {}: {difference}",
                    folder.display(),
                    example.name
                ));
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(held >= 16 * 4, "only {held} examples");
}

#[test]
fn the_examples_of_a_shipped_scenario_show_every_rule_opening_clearing_and_keeping_still() {
    for folder in folders() {
        let (rule_set, examples) = read(&folder);
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert_eq!(gaps(&rule_set, &examples), [], "{name}");
        assert!(rule_set.rules().iter().all(|rule| rule.scenario() == name));
        for example in &examples {
            assert!(!example.description_en.is_empty(), "{}", example.name);
            assert!(!example.description_zh.is_ascii(), "{}", example.name);
        }
    }
}

#[test]
fn all_shipped_scenarios_make_one_rule_set() {
    let rule_set = RuleSet::parse(1, &shipped());
    let rule_set = rule_set.unwrap_or_else(|faults| panic!("{faults}"));
    assert!(rule_set.rules().len() > 20, "{}", rule_set.rules().len());
    assert!(
        rule_set
            .rules()
            .iter()
            .all(|rule| !rule.title_zh().is_ascii())
    );
    // Calendars that no rule counts by are there to be chosen.
    let warnings = rule_set.warnings().iter();
    let warnings: Vec<_> = warnings
        .filter(|warning| !warning.resource.starts_with("Calendar/"))
        .map(ToString::to_string)
        .collect();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn every_fault_of_an_example_is_told_with_its_path() {
    let yaml = r#"
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: passed-over}
---
apiVersion: orderwatch/v1
kind: Example
metadata: {name: wrong}
spec:
  until: 2026-11-22 00:00
  facts:
    - {kind: order, id: "1", attributes: {payed_at: 2026-11-20T10:00:00+08:00, amount: "12", paid_at: yesterday}}
    - {kind: parcel, id: "2"}
    - {kind: line, id: "3", order: "9", attributes: {quantity: -1}}
    - {kind: customer, id: "4", attributes: {tier: vip}}
  expect:
    - {rule: late, opened: soon}
---
apiVersion: orderwatch/v1
kind: Example
metadata: {name: misspelt}
spec: {untill: 2026-11-22T00:00:00+08:00, facts: []}
---
apiVersion: orderwatch/v1
kind: Example
metadata: {name: too-early}
spec:
  until: 2026-11-22T00:00:00+08:00
  facts: [{kind: shipment, id: "1", order: "2", attributes: {scans: [2026-11-22T00:00:00+08:00, 3]}}]
  expect: [{rule: late, opened: 2026-11-22T00:00:00+08:00}]
"#;
    let faults = example::read(yaml, &Catalogue::standard()).unwrap_err();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        ("Example/wrong spec.until", "RFC 3339"),
        ("Example/wrong spec.facts", "one order, found `1` and `9`"),
        (
            "Example/wrong spec.facts[0].attributes.amount",
            "expected an amount such as 199.5, found \"12\"",
        ),
        (
            "Example/wrong spec.facts[0].attributes.paid_at",
            "expected an instant with its offset",
        ),
        (
            "Example/wrong spec.facts[0].attributes.payed_at",
            "did you mean `paid_at`?",
        ),
        ("Example/wrong spec.facts[1].kind", "`parcel` is not a kind"),
        ("Example/wrong spec.facts[2]", "must name the order"),
        ("Example/wrong spec.facts", "customer is not joined"),
        (
            "Example/wrong spec.expect[0].opened",
            "`soon` is not an instant",
        ),
        ("Example/misspelt spec", "untill"),
        (
            "Example/too-early spec.facts[0].attributes.scans",
            "expected a list of instants",
        ),
        (
            "Example/too-early spec.expect[0].opened",
            "only past the instant",
        ),
    ];
    assert_eq!(told.len(), expected.len(), "{}", told.join("\n"));
    for (told, (place, message)) in told.iter().zip(expected) {
        assert!(
            told.starts_with(place) && told.contains(message),
            "{told}\nis not {place} … {message}"
        );
    }
}

#[test]
fn differences_say_what_was_expected_and_what_was_found() {
    let rules = crate::support::rule_document(
        "late",
        "elapsed(order.paid_at) > duration(\"1h\") && !has(order.cancelled_at)",
    );
    let rule_set = RuleSet::parse(1, &rules).unwrap();
    let told = |expect: &str| {
        let yaml = format!(
            "apiVersion: orderwatch/v1\nkind: Example\nmetadata: {{name: e}}\nspec:\n  \
             until: 2026-11-20T00:00:00Z\n  facts: [{{kind: order, id: \"1\", \
             attributes: {{paid_at: 2026-11-11T10:00:00Z}}}}]\n  expect: [{expect}]\n"
        );
        let examples = example::read(&yaml, rule_set.catalogue()).unwrap();
        let differences = examples[0].differences(&rule_set);
        differences
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("{rule: late, opened: 2026-11-11T11:00:00Z}"),
        Vec::<String>::new()
    );
    assert_eq!(
        told("{rule: late, opened: 2026-11-11T10:30:00Z}"),
        ["expected late opened 2026-11-11T10:30:00Z, open; \
          found late opened 2026-11-11T11:00:00Z, open (30m later)"]
    );
    assert_eq!(
        told(""),
        ["not expected: late opened 2026-11-11T11:00:00Z, open"]
    );
    assert_eq!(
        told(
            "{rule: late, opened: 2026-11-11T11:00:00Z}, {rule: lost, opened: 2026-11-12T11:00:00Z, cleared: 2026-11-13T11:00:00Z}"
        ),
        ["not found: lost opened 2026-11-12T11:00:00Z, cleared 2026-11-13T11:00:00Z"]
    );
}

#[test]
fn what_no_example_shows_is_told() {
    let rules = crate::support::rule_document("late", "has(order.paid_at)");
    let rule_set = RuleSet::parse(1, &rules).unwrap();
    let told: Vec<_> = gaps(&rule_set, &[])
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "there are 0 examples, at least 4 are needed",
            "no example expects an exception of late",
            "no example expects nothing at all",
        ]
    );
}
