//! The bounds of expressions: whatever is beyond is refused by name, and costs nothing.

use crate::support::rule_set;
use rule_engine::{ConstantValue, evaluate_constant};
use std::collections::BTreeMap;

fn answer(text: &str) -> Result<Option<ConstantValue>, String> {
    evaluate_constant(text, &BTreeMap::new()).map_err(|faults| faults[0].to_string())
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let Err(fault) = answer(text) else {
        panic!("passes: {}", &text[..text.len().min(80)]);
    };
    assert!(fault.contains(message), "{fault}");
}

#[test]
fn long_texts_are_refused() {
    refused(
        &format!("'{}' == ''", "a".repeat(64 * 1024)),
        "longer than 65536 bytes",
    );
    refused(
        &format!("[{}]", "1,".repeat(15_000)),
        "made of more than 20000 names",
    );
    refused(
        &format!("[{}1]", "1,".repeat(1_000)),
        "a list of more than 1000 elements",
    );
    assert!(answer(&format!("[{}1]", "1,".repeat(999))).is_ok());
}

#[test]
fn nothing_is_nested_deeply_however_it_is_written() {
    let many = |piece: &str| piece.repeat(3_000);
    for text in [
        format!("{}1", many("-")),
        format!("{}true", many("!")),
        format!("1{}", many(" + 1")),
        format!("'a'{}", many(" + 'a'")),
        format!("{}1{}", many("("), many(")")),
        format!("{}1{}", many("["), many("]")),
        format!("[1]{}", many("[0]")),
        format!("order{}", many(".a")),
        format!("true{}", many(" ? true : true")),
        format!("true{}", many(" == true")),
        format!("{}1{}", "int(".repeat(4_000), ")".repeat(4_000)),
        format!("[1]{}", ".filter(x,true)".repeat(2_000)),
        format!("{}1{}", "(1 + ".repeat(70), " + 1)".repeat(70)),
    ] {
        refused(&text, "nested deeper than 80");
    }
}

#[test]
fn what_stands_beside_each_other_is_not_nested() {
    assert!(
        rule_set(&[&format!(
            "true{}",
            " && order.line_count + 1 > 2".repeat(500)
        )])
        .is_ok()
    );
    assert!(rule_set(&[&format!("false{}", " || (true && false)".repeat(500))]).is_ok());
    assert!(answer(&format!("{}1{}", "(".repeat(79), ")".repeat(79))).is_ok());
}

#[test]
fn macros_that_multiply_are_refused_by_what_they_cost() {
    let numbers = format!("[{}1]", "1,".repeat(999));
    refused(
        &format!("{numbers}.exists(x, {numbers}.exists(y, {numbers}.exists(z, x + y == z)))"),
        "more than 2000000",
    );
    let faults = rule_set(&[
        "lines.all(a, lines.all(b, lines.all(c, lines.all(d, lines.size() > \
                             size(a.sku + b.sku + c.sku + d.sku)))))",
    ])
    .expect_err("four lists within each other and one more");
    assert!(faults.to_string().contains("steps"), "{faults}");
    refused(
        "[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, true)))))",
        "macros are nested deeper than 4",
    );
}

#[test]
fn texts_that_double_are_unknown_before_they_are_large() {
    let doubling = ".map(x, x + x)".repeat(20);
    assert_eq!(
        answer(&format!("size(['0123456789']{doubling}[0]) > 1")),
        Ok(None)
    );
}

#[test]
fn large_patterns_are_refused() {
    refused(
        &format!("'a'.matches('{}')", "a".repeat(1_001)),
        "a pattern",
    );
    refused("'a'.matches('((a{100}){100}){100}')", "a pattern");
    for usual in ["^[0-9]{13}$", "^SF\\\\d{12}$", "\\\\w+@\\\\w+", "退款|退货"] {
        assert!(
            answer(&format!("'a'.matches('{usual}')")).is_ok(),
            "{usual}"
        );
    }
    let many = "order.kind.matches('a') || ".repeat(1_001) + "true";
    let faults = rule_set(&[&many]).expect_err("more patterns than there may be");
    assert!(
        faults.to_string().contains("at most 1000 patterns"),
        "{faults}"
    );
}
