//! The parts of a row as conditions in CEL, the only language there is beneath.

use crate::rule_set::fault::Faults;
use crate::rule_set::spec::{OneOrMany, RowSpec};

/// The conditions of a row, each with the key that it was written under.
pub(super) fn conditions(
    spec: &RowSpec,
    path: &str,
    resource: &str,
    faults: &mut Faults,
) -> Vec<(&'static str, String)> {
    let mut conditions = Vec::new();
    let of_order = [
        ("kind", "order.kind", &spec.kind),
        ("tier", "customer.tier", &spec.tier),
        ("warehouse", "order.warehouse", &spec.warehouse),
        ("region", "order.region", &spec.region),
    ];
    let any = [
        ("category", "lines.exists(l, l.category", &spec.category),
        ("carrier", "shipments.exists(s, s.carrier", &spec.carrier),
    ];
    let named = of_order.into_iter().chain(any);
    for (part, field, texts) in named {
        let Some(texts) = texts else { continue };
        if texts.texts().is_empty() {
            let path = format!("{path}.{part}");
            faults.add(resource, &path, "an empty list is never matched");
            continue;
        }
        let closing = if field.contains('(') { ")" } else { "" };
        conditions.push((part, format!("{field} {}{closing}", compared(texts))));
    }
    if let Some(amount) = spec.amount {
        let bound =
            |sign, bound: Option<f64>| bound.map(|bound| format!("order.amount {sign} {bound:?}"));
        let bounds = [bound(">=", amount.from), bound("<", amount.below)];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        let is_empty =
            matches!((amount.from, amount.below), (Some(from), Some(below)) if from >= below);
        if bounds.is_empty() || is_empty {
            let path = format!("{path}.amount");
            faults.add(
                resource,
                &path,
                "expected from, or below, or both with from less than below",
            );
        } else {
            conditions.push(("amount", bounds.join(" && ")));
        }
    }
    if let Some(when) = &spec.when {
        conditions.push(("when", when.clone()));
    }
    conditions
}

fn compared(texts: &OneOrMany) -> String {
    match texts.texts() {
        [text] => format!("== {}", quoted(text)),
        texts => {
            let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("in [{}]", quoted.join(", "))
        }
    }
}

/// A text as a literal of CEL.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text is no more than a field of a record, or `now`.
pub(super) fn is_path(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    text.chars().all(word)
}
