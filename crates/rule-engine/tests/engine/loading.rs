//! Rule sets from documents.

use crate::support::{RESOURCES, rule_document, rule_set};
use rule_engine::RuleSet;

#[test]
fn every_fault_of_every_document_is_told_with_its_path() {
    let yaml = r#"
apiVersion: orderwatch/v2
kind: Rule
metadata: {name: late}
spec: {scenario: s, severity: high, title: {en: Late}, condition: "order.x_gift && order.payed"}
---
apiVersion: orderwatch/v1
kind: Rulez
metadata: {name: late}
spec: {}
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: Late One}
spec: {scenario: s, severity: urgent, title: {en: Late}, condition: "true"}
---
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: t}
spec: {type: duration, rows: [{when: "order.kind == 3", value: soon}], default: 3}
---
apiVersion: orderwatch/v1
kind: FieldCatalogue
metadata: {name: f}
spec: {fields: [{entity: order, name: gift, type: bool, system: erp, meaning: {en: Gift}}]}
---
apiVersion: orderwatch/v1
kind: Calendar
metadata: {name: c}
spec: {timeZone: UTC, weekly: {}}
"#;
    let told: Vec<String> = RuleSet::parse(1, yaml)
        .unwrap_err()
        .iter()
        .map(|fault| format!("{} {}", fault.resource, fault.path))
        .collect();
    assert_eq!(
        told,
        [
            "Rule/late apiVersion",
            "Rulez/late kind",
            "Rule/Late One metadata.name",
            "Rule/Late One spec.severity",
            "FieldCatalogue/f spec.fields[0]",
            "Calendar/c spec",
            "Threshold/t spec.rows[0].when",
            "Threshold/t spec.rows[0].value",
            "Threshold/t spec.default",
            "Rule/late spec.condition",
            "Rule/late spec.condition",
        ]
    );
}

#[test]
fn the_digest_is_of_the_content_not_of_the_layout() {
    let (a, b) = (rule_document("a", "true"), rule_document("b", "false"));
    let digest = |documents: &[&str]| {
        RuleSet::parse(1, &documents.concat())
            .unwrap()
            .digest()
            .to_owned()
    };
    assert_eq!(
        digest(&[RESOURCES, &a, &b]),
        digest(&[&b, "---\n# a remark\n", &a, RESOURCES])
    );
    assert_ne!(
        digest(&[RESOURCES, &a, &b]),
        digest(&[RESOURCES, &a, &rule_document("b", "true")])
    );
}

#[test]
fn a_declared_field_can_be_read_and_waits_for_its_system() {
    let yaml = format!(
        "apiVersion: orderwatch/v1\nkind: FieldCatalogue\nmetadata: {{name: own}}\nspec: {{fields: \
         [{{entity: order, name: x_gift, type: bool, system: crm, meaning: {{en: Gift, zh: 礼品}}}}]}}\n{}",
        rule_document("gift", "order.x_gift")
    );
    let rule_set = RuleSet::parse(1, &yaml).unwrap();
    assert_eq!(rule_set.rule("gift").unwrap().gate().to_string(), "crm");
}

#[test]
fn broken_yaml_is_told_with_its_place() {
    let told = RuleSet::parse(1, "kind: [").unwrap_err().to_string();
    assert!(told.starts_with("document 1 yaml:"), "{told}");
    assert!(told.contains("line"), "{told}");
}

#[test]
fn gates_are_listed_once() {
    let rule_set =
        rule_set(&["has(order.paid_at)", "has(order.kind)", "stock.size() > 0"]).unwrap();
    assert_eq!(rule_set.gates().len(), 2);
}

#[test]
fn a_calendar_whose_holidays_end_soon_is_warned_of() {
    let yaml = "apiVersion: orderwatch/v1\nkind: Calendar\nmetadata: {name: desk}\nspec: {timeZone: \
                Asia/Shanghai, include: [cn], weekly: {monday: ['09:00-18:00']}}\n";
    let rule_set = RuleSet::parse(1, yaml).unwrap();
    let told = |now: &str| rule_set.outdated(now.parse().unwrap());
    assert_eq!(told("2026-06-01T00:00:00+08:00"), []);
    let told = told("2026-11-27T00:00:00+08:00");
    assert_eq!(told[0].resource, "Calendar/desk");
    assert!(told[0].message.contains("known through 2026-12-31"));
}
