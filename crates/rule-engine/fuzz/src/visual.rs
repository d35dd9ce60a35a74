//! Any JSON as a visual rule.

use super::judged;
use order::Catalogue;
use rule_engine::{RuleSet, visual as visual_rule};
use serde_json::{Value, json};
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::standard);

/// Any JSON is answered; what a tree becomes is a condition, as cel's own parser reads it, and a
/// rule of the tree is the rule of that condition.
pub fn visual(bytes: &[u8]) {
    let Ok(tree) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let condition = match visual_rule::compile(&tree, &CATALOGUE) {
        Ok(condition) => condition,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            return;
        }
    };
    let parsed = cel::parser::PrattParser::new().parse(&condition);
    assert!(parsed.is_ok(), "{condition}: {parsed:?}");
    let written = rule(&json!({ "condition": condition }));
    let drawn = rule(&json!({ "visual": tree }));
    match (written, drawn) {
        (Ok(written), Ok(drawn)) => {
            assert_eq!(written.rules()[0].condition(), drawn.rules()[0].condition());
            judged::keeps_its_promises(&drawn);
        }
        // It may name what is not there, or be too much.
        (Err(_), Err(_)) => {}
        (written, drawn) => panic!("{:?} {:?}", written.err(), drawn.err()),
    }
}

fn rule(says: &Value) -> Result<RuleSet, rule_engine::Faults> {
    let mut spec = json!({"scenario": "s", "severity": "low", "title": {"en": "T"}});
    for (name, value) in says.as_object().into_iter().flatten() {
        spec[name] = value.clone();
    }
    let resources = [
        json!({"apiVersion": "orderwatch/v1", "kind": "Threshold", "metadata": {"name": "t"},
            "spec": {"type": "duration", "rows": [{"kind": "presale", "value": "12h"}], "default": "24h"}}),
        json!({"apiVersion": "orderwatch/v1", "kind": "Calendar", "metadata": {"name": "c"},
            "spec": {"timeZone": "UTC", "weekly": {"monday": ["09:00-18:00"]}}}),
        json!({"apiVersion": "orderwatch/v1", "kind": "Rule", "metadata": {"name": "r"}, "spec": spec}),
    ];
    let text = resources.map(|document| format!("---\n{document}\n"));
    RuleSet::parse(1, &text.concat())
}
