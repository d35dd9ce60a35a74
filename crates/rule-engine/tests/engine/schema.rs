//! The published schema is that of the code, and accepts what the parser does.

use crate::support::{RESOURCES, rule_document};
use boon::{Compiler, SchemaIndex, Schemas};
use rule_engine::{RuleSet, schema};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Set to any value, the file is written anew.
const UPDATE: &str = "ORDERWATCH_UPDATE_SCHEMA";

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

#[test]
fn the_published_file_is_the_schema_of_the_code() {
    let file = deploy().join("schema/orderwatch.schema.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        published == text,
        "{} is not the schema of the code; run this test with {UPDATE}=1",
        file.display()
    );
}

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource("schema.json", schema()).unwrap();
        let index = compiler.compile("schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, document: &str) -> bool {
        documents(document)
            .iter()
            .all(|document| self.schemas.validate(document, self.index).is_ok())
    }
}

fn documents(text: &str) -> Vec<Value> {
    serde_norway::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|document| !document.is_null())
        .collect()
}

fn document(kind: &str, spec: &str) -> String {
    format!("---\napiVersion: orderwatch/v1\nkind: {kind}\nmetadata: {{name: n}}\nspec: {spec}\n")
}

#[test]
fn what_the_parser_accepts_the_schema_accepts() {
    let validator = Validator::new();
    let mut texts = vec![
        RESOURCES.to_owned(),
        rule_document("r", "has(order.kind)"),
        document(
            "Rule",
            "{scenario: s, severity: low, mode: shadow, title: {en: T, zh: 题}, visual: {combinator: and, rules: [{field: order.kind, operator: \"=\", value: a}]}}",
        ),
        document(
            "Threshold",
            "{type: double, default: 1, rows: [{kind: a, amount: {below: 3}, value: 1.5, note: n}, {region: [a, b], expression: order.amount}]}",
        ),
        document(
            "Threshold",
            "{type: duration, default: {expression: order.ship_by - order.paid_at, otherwise: 2d}, campaigns: [{name: c, from: 2026-11-10T20:00:00+08:00, until: 2026-11-14T00:00:00+08:00, by: now, priority: 3, default: 2d}]}",
        ),
        document(
            "Exemption",
            "{reason: r, owner: o, expires: 2026-11-10T20:00:00+08:00, scenarios: [s], entries: [{order: \"1\"}, {when: has(order.kind), reason: x, rules: []}]}",
        ),
        document(
            "Scenario",
            "{title: {en: T}, description: {en: D, zh: 述}, department: d, sop: p, texts: {customer: {en: C}}}",
        ),
        document("Gate", "{sample: last-50, maxMissed: 5, maxFalse: 10}"),
        document(
            "Calendar",
            "{timeZone: Asia/Shanghai, weekly: {monday: [\"09:00-12:00\"]}, holidays: [2026-10-01..2026-10-07], workdays: {\"2026-10-10\": monday}}",
        ),
        document(
            "FieldCatalogue",
            "{fields: [{entity: order, name: x_gift, type: bool, system: crm, meaning: {en: Gift}}]}",
        ),
    ];
    texts.push(crate::scenarios::shipped());
    for text in texts {
        let parsed = RuleSet::parse(1, &text);
        assert!(parsed.is_ok(), "{text}\n{}", parsed.unwrap_err());
        assert!(validator.accepts(&text), "{text}");
    }
}

#[test]
fn what_the_schema_refuses_the_parser_refuses() {
    let validator = Validator::new();
    for text in [
        document("Rulez", "{}"),
        document("Rule", "{scenario: s, severity: low, title: {en: T}}"),
        document(
            "Rule",
            "{scenario: s, severity: urgent, title: {en: T}, condition: \"true\"}",
        ),
        document(
            "Rule",
            "{scenario: s, severity: low, mode: off, title: {en: T}, condition: \"true\"}",
        ),
        document(
            "Rule",
            "{scenario: s, severity: low, title: {zh: T}, condition: \"true\"}",
        ),
        document(
            "Rule",
            "{scenario: s, severity: low, title: {en: T}, condition: \"true\", visual: {combinator: and, rules: []}}",
        ),
        document(
            "Rule",
            "{scenario: s, severity: low, title: {en: T}, condition: \"true\", when: x}",
        ),
        document("Threshold", "{type: duration}"),
        document("Threshold", "{type: span, default: 1}"),
        document("Threshold", "{type: int, default: 1, rows: [{kind: a}]}"),
        document(
            "Threshold",
            "{type: int, default: 1, rows: [{kind: [], value: 1}]}",
        ),
        document(
            "Threshold",
            "{type: int, default: 1, rows: [{kind: a, value: 1, expression: \"1\"}]}",
        ),
        document(
            "Threshold",
            "{type: int, default: 1, rows: [{amount: {}, value: 1}]}",
        ),
        document("Threshold", "{type: int, default: {expression: \"1\"}}"),
        document(
            "Threshold",
            "{type: int, default: 1, campaigns: [{name: c, from: 2026-11-10, until: 2026-11-14T00:00:00Z, default: 1}]}",
        ),
        document(
            "Threshold",
            "{type: int, default: 1, campaigns: [{name: c, from: 2026-11-10T00:00:00Z, until: 2026-11-14T00:00:00Z}]}",
        ),
        document(
            "Exemption",
            "{reason: r, owner: o, expires: 2027-01-01T00:00:00Z, entries: []}",
        ),
        document(
            "Exemption",
            "{reason: r, owner: o, expires: 2027-01-01T00:00:00Z, entries: [{}]}",
        ),
        document(
            "Exemption",
            "{reason: r, owner: o, expires: 2027-01-01T00:00:00Z, entries: [{order: a, sku: b}]}",
        ),
        document(
            "Exemption",
            "{reason: r, owner: o, expires: tomorrow, entries: [{order: a}]}",
        ),
        document("Scenario", "{department: d}"),
        document("Gate", "{sample: s}"),
        document("Gate", "{sample: s, maxMissed: -1}"),
        document("Calendar", "{weekly: {}}"),
        document(
            "FieldCatalogue",
            "{fields: [{entity: orders, name: x_a, type: bool, system: crm, meaning: {en: A}}]}",
        ),
        document(
            "FieldCatalogue",
            "{fields: [{entity: order, name: x_a, type: boolean, system: crm, meaning: {en: A}}]}",
        ),
        rule_document("Upper", "true"),
        rule_document("r", "true").replace("orderwatch/v1", "orderwatch/v2"),
        rule_document("r", "true").replace("metadata: {name: r}", "metadata: {name: r, label: x}"),
    ] {
        assert!(!validator.accepts(&text), "{text}");
        assert!(RuleSet::parse(1, &text).is_err(), "{text}");
    }
}
