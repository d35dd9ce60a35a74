//! Faults of conditions: their places, types, nearest names and remedies.

use crate::support::rule_set;
use proptest::prelude::*;
use rule_engine::Fault;

fn faults(condition: &str) -> Vec<Fault> {
    match rule_set(&[condition]) {
        Ok(_) => panic!("passes: {condition}"),
        Err(faults) => faults
            .iter()
            .map(|fault| fault.expression.clone().unwrap())
            .collect(),
    }
}

fn fault(condition: &str) -> Fault {
    let faults = faults(condition);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].clone()
}

#[test]
fn an_unknown_field_is_pointed_at_with_the_nearest_name() {
    let fault = fault("has(order.amount) &&\n  elapsed(order.payed_at) > duration(\"1d\")");
    assert_eq!((fault.line, fault.column), (2, 17));
    assert_eq!(fault.message, "an order has no field `payed_at`");
    assert_eq!(fault.nearest.as_deref(), Some("paid_at"));
}

#[test]
fn a_wrong_type_tells_what_was_expected_and_found() {
    let fault = fault("order.amount > \"100\"");
    assert_eq!((fault.line, fault.column), (1, 16));
    assert_eq!(fault.expected.as_deref(), Some("double"));
    assert_eq!(fault.found.as_deref(), Some("string"));
}

#[test]
fn columns_count_characters_not_bytes() {
    let fault = fault("order.region == \"华东\" && order.kind == 3");
    assert_eq!((fault.line, fault.column), (1, 39));
}

#[test]
fn every_fault_of_a_conjunction_is_told() {
    let faults = faults("order.foo == 1 && nope && threshold(\"ship-in\") > 1 && order.kind");
    let places: Vec<_> = faults.iter().map(|fault| fault.column).collect();
    assert_eq!(places, [7, 19, 37, 55]);
}

#[test]
fn unknown_thresholds_calendars_and_functions_are_named() {
    let threshold = fault("elapsed(order.paid_at) > threshold(\"ship-withn\")");
    assert_eq!(threshold.message, "unknown threshold `ship-withn`");
    assert_eq!(threshold.nearest.as_deref(), Some("ship-within"));
    let calendar = fault("elapsed(order.paid_at, \"warehous\") > duration(\"2h\")");
    assert_eq!(
        (calendar.column, calendar.nearest.as_deref()),
        (24, Some("warehouse"))
    );
    let function = fault("order.kind.startWith(\"p\")");
    assert_eq!(
        (function.column, function.nearest.as_deref()),
        (12, Some("startsWith"))
    );
}

#[test]
fn durations_have_a_day_unit_and_say_so_when_misspelt() {
    assert!(rule_set(&["elapsed(order.paid_at) > duration(\"2d\")"]).is_ok());
    let fault = fault("elapsed(order.paid_at) > duration(\"2 days\")");
    assert_eq!(
        (fault.column, fault.found.as_deref()),
        (35, Some("\"2 days\""))
    );
    assert!(fault.help.unwrap().contains("2d"));
}

#[test]
fn the_clock_runs_only_in_comparisons_with_what_does_not() {
    for (condition, column) in [
        ("now == order.paid_at", 5),
        ("now > now - duration(\"1h\")", 5),
        ("(now - order.paid_at) in [duration(\"1h\")]", 2),
        ("int(now) > 3", 5),
        ("[now].size() > 0", 2),
        (
            "(has(order.paid_at) ? now : order.ship_by) > order.created_at",
            23,
        ),
        ("elapsed(now) > duration(\"1h\")", 9),
    ] {
        let fault = fault(condition);
        assert_eq!(fault.column, column, "{condition}: {fault}");
        assert!(fault.help.is_some(), "{condition}: {fault}");
    }
}

#[test]
fn what_the_language_lacks_is_refused_at_its_place() {
    for (condition, column, message) in [
        (
            "order.paid_at == null",
            18,
            "null is not supported in rules",
        ),
        (
            "lines[0].sku == \"a\"",
            6,
            "indexing records is not supported in rules",
        ),
        (
            "order.line_count == 3u",
            21,
            "unsigned numbers are not supported in rules",
        ),
        (
            "{\"a\": 1}.size() > 0",
            1,
            "map literals are not supported in rules",
        ),
        ("lines.sku == \"a\"", 7, "field `sku` of a list"),
        ("order == customer", 1, "not a single value"),
    ] {
        let fault = fault(condition);
        assert_eq!(
            (fault.column, fault.message.as_str()),
            (column, message),
            "{condition}"
        );
    }
}

#[test]
fn syntax_errors_have_a_place_and_no_token_lists() {
    let fault = fault("order.amount > 100.0 && (has(order.paid_at)");
    assert_eq!((fault.line, fault.column), (1, 44));
    assert!(fault.message.contains("')'"), "{fault}");
}

#[test]
fn mixed_arithmetic_says_how_to_mend_it() {
    let fault = fault("order.amount + 1 > 3.0");
    assert_eq!(
        (fault.column, fault.found.as_deref()),
        (14, Some("double + int"))
    );
    assert_eq!(
        fault.help.as_deref(),
        Some("write 1.0 instead of 1, or convert with double(…)")
    );
}

#[test]
fn a_condition_is_a_bool() {
    let fault = fault("order.amount");
    assert_eq!(
        (fault.expected.as_deref(), fault.found.as_deref()),
        (Some("bool"), Some("double"))
    );
}

#[test]
fn the_gate_is_every_system_that_is_read() {
    let gate = |condition: &str| {
        rule_set(&[condition]).unwrap().rules()[0]
            .gate()
            .to_string()
    };
    assert_eq!(
        gate("shipments.size() == 0 && has(order.paid_at)"),
        "erp+logistics"
    );
    assert_eq!(
        gate("elapsed(order.paid_at) > threshold(\"ship-within\")"),
        "erp+crm"
    );
    assert_eq!(gate("stock.exists(s, s.on_hand < 1)"), "warehouse");
}

/// Pieces of conditions, right and wrong.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "order",
        ".",
        "paid_at",
        "lines",
        "exists",
        "(",
        ")",
        "x",
        ",",
        "&&",
        "||",
        "!",
        "?",
        ":",
        "[",
        "]",
        "now",
        ">",
        "<=",
        "==",
        "-",
        "+",
        "1",
        "2.5",
        "\"华东\"",
        "has",
        "elapsed",
        "threshold",
        "duration",
        "\"2d\"",
        "in",
        "null",
        "{",
        "}",
        "//",
        "\n",
        "'",
        "map",
        "filter",
        "size",
        "matches",
        "\\",
        "`",
        "é",
    ]);
    prop::collection::vec(known, 0..14).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_with_places_inside_it(text in prop_oneof![pieces(), any::<String>()]) {
        let Err(faults) = rule_set(&[&text]) else { return Ok(()) };
        for fault in faults.iter().filter_map(|fault| fault.expression.as_ref()) {
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert!((1..=lines.len()).contains(&fault.line), "{fault} in {text:?}");
            let width = lines[fault.line - 1].chars().count();
            prop_assert!((1..=width + 1).contains(&fault.column), "{fault} in {text:?}");
        }
    }
}
