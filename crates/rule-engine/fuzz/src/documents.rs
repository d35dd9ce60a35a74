//! Any text as documents.

use super::judged;
use rule_engine::documents::{self, Documents};
use rule_engine::{RuleSet, example};

/// Any text is answered; what is cut out of it and joined again says what it said.
pub fn documents(text: &str) {
    let ends = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    let lines = text.split(ends).count();
    for piece in documents::cut(text) {
        assert!((1..=lines).contains(&piece.line), "no line {}", piece.line);
        match piece.document {
            Err(documents::Fault::Unreadable { line, .. }) => {
                assert!((1..=lines + 1).contains(&line), "no line {line}");
            }
            Err(_) => {}
            Ok(document) => {
                let alone = documents::split(document.text());
                let alone = alone.unwrap_or_else(|faults| panic!("{faults:?}"));
                assert_eq!(alone.get(document.key()), Some(&document));
            }
        }
    }
    let split = documents::split(text);
    let parsed = RuleSet::parse(1, text);
    if let Ok(split) = &split {
        joins_to_the_same(split, parsed.as_ref().ok());
    }
    if let Ok(rules) = &parsed {
        assert!(split.is_ok(), "a rule set of what are no documents");
        judged::keeps_its_promises(rules);
        if let Ok(examples) = example::read(text, rules.catalogue()) {
            for example in &examples {
                let _ = example.differences(rules);
            }
            let _ = example::gaps(rules, &examples);
        }
    }
}

fn joins_to_the_same(split: &Documents, rules: Option<&RuleSet>) {
    let joined = documents::join(split.values());
    let again = documents::split(&joined).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(&again, split, "{joined}");
    if let Some(rules) = rules {
        let again = RuleSet::parse(1, &joined).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(again.digest(), rules.digest(), "{joined}");
        assert_eq!(again.warnings(), rules.warnings());
    }
}
