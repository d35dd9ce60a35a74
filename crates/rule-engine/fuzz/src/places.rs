//! Faults point into the text that they are about.

use rule_engine::{Fault, Faults, RuleSet};

/// Every place is one of the text, or just past the end of a line of it.
pub(crate) fn lie_within(text: &str, faults: &[Fault]) {
    assert!(!faults.is_empty(), "refused without a reason");
    for fault in faults {
        let line = text.split('\n').nth(fault.line.wrapping_sub(1));
        let line = line.unwrap_or_else(|| panic!("no such line: {fault}"));
        let columns = 1..=line.chars().count() + 1;
        assert!(columns.contains(&fault.column), "no such column: {fault}");
        assert!(!fault.message.is_empty(), "a fault without words");
    }
}

/// Reads documents, of which `text` is the only one in the language that can have faults.
pub(crate) fn rules(documents: &str, text: &str) -> Option<RuleSet> {
    match RuleSet::parse(1, documents) {
        Ok(rules) => Some(rules),
        Err(faults) => {
            lie_within(text, &expressions(&faults));
            None
        }
    }
}

/// Faults of expressions, when there are no others.
fn expressions(faults: &Faults) -> Vec<Fault> {
    let faults = faults.iter();
    let of_expression = faults.map(|fault| match &fault.expression {
        Some(found) => found.clone(),
        None => panic!("not a fault of the expression: {fault}"),
    });
    of_expression.collect()
}
