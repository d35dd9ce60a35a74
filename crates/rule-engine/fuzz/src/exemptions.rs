//! Any bytes as a list of exemptions in CSV.

use super::judged;
use rule_engine::{RuleSet, Subject, documents, exemption_from_csv};

const RULE: &str = "---\napiVersion: orderwatch/v1\nkind: Rule\nmetadata: {name: late}\n\
    spec: {scenario: late, severity: low, title: {en: Late}, condition: has(order.paid_at)}\n";

/// Any bytes are answered; what passes is a document that a rule set takes, unless a condition in
/// it has faults.
pub fn exemptions(bytes: &[u8]) {
    let document = match exemption_from_csv("list", bytes) {
        Ok(document) => document,
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            // Every encoding has a line feed in each line of the text.
            let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
            for fault in faults {
                assert!(fault.line <= lines, "no such line: {fault}");
            }
            return;
        }
    };
    let pieces = documents::cut(&document);
    assert!(pieces.iter().all(|piece| piece.document.is_ok()));
    assert_eq!(pieces.len(), 1, "{document}");
    match RuleSet::parse(1, &format!("{document}{RULE}")) {
        Ok(rules) => {
            assert!(!rules.exemptions()[0].entries.is_empty());
            for entry in &rules.exemptions()[0].entries {
                if let Subject::Condition(condition) = &entry.subject {
                    assert!(document.contains("when"), "{}", condition.text());
                }
            }
            judged::keeps_its_promises(&rules);
        }
        Err(faults) => {
            for fault in &faults {
                assert!(fault.path.ends_with(".when"), "{fault}");
                assert!(fault.expression.is_some(), "{fault}");
            }
        }
    }
}
