//! What expressions say, construct by construct, without an order.

mod limits;

use order::{Span, Timestamp};
use rule_engine::{ConstantValue, evaluate_constant};
use std::collections::BTreeMap;

fn evaluate(text: &str) -> Option<ConstantValue> {
    evaluate_constant(text, &BTreeMap::new()).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

#[track_caller]
fn holds(texts: &[&str]) {
    for text in texts {
        assert_eq!(evaluate(text), Some(ConstantValue::Bool(true)), "{text}");
    }
}

#[track_caller]
fn unknown(texts: &[&str]) {
    for text in texts {
        assert_eq!(evaluate(text), None, "{text}");
    }
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let faults = evaluate_constant(text, &BTreeMap::new()).expect_err(text);
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    assert!(
        faults[0].to_string().contains(message),
        "{text}: {}",
        faults[0]
    );
}

#[test]
fn texts_are_put_one_after_the_other() {
    holds(&["'a' + 'b' + '' == 'ab'", "size('华' + '东') == 2"]);
    refused("'a' - 'b'", "no operator -");
    refused("'a' + 1", "no operator +");
}

#[test]
fn lists_are_equal_when_their_elements_are() {
    holds(&[
        "[1, 2] == [1, 2]",
        "[1, 2] != [2, 1]",
        "[1] != [1, 1]",
        "[1, 2] == [1.0, 2.0]",
        "[] == [] && [] != ['a']",
        "['a', 'b'].map(x, x + x) == ['aa', 'bb']",
    ]);
    unknown(&["[1 / 0] == [1]", "[1] != [1, 1 / 0]"]);
    refused("[1] == ['a']", "cannot be compared");
    refused("[1] < [2]", "not a single value");
    refused("lines == lines", "map records to one of their fields first");
}

#[test]
fn lists_are_joined_and_chosen_between() {
    holds(&[
        "[1] + [2, 3] == [1, 2, 3]",
        "[] + [1] + [] == [1]",
        "size([1] + [2]) == 2",
        "3 in [1] + [3]",
        "([1] + [2]).exists(x, x == 2)",
        "(true ? [1] : []) == [1]",
        "[1, 2].filter(x, x > 1) + [5] == [2, 5]",
    ]);
    unknown(&["(1 / 0 > 1 ? [1] : [2]).size() == 1", "1 in [1] + [1 / 0]"]);
    refused("[1] + ['a']", "elements of a list differ in type");
    refused("true ? [1] : ['a']", "elements of a list differ in type");
}

#[test]
fn lists_of_values_are_indexed_from_zero_and_records_are_not() {
    holds(&[
        "[7, 8][0] == 7",
        "['a', 'b'][1] == 'b'",
        "[true][0]",
        "[[1][0]][0] == 1",
    ]);
    unknown(&[
        "[7][1]",
        "[7][-1]",
        "[7, 1 / 0][0]",
        "[7][1 / 0]",
        "order.tags[0]",
    ]);
    refused("lines[0].sku", "records have no order");
    refused("lines.map(l, l.sku)[0]", "records have no order");
    refused("[1][0.0]", "expected int");
    refused("[][0]", "an empty list has no element");
}

#[test]
fn macros_over_an_empty_literal_take_any_type_that_makes_sense() {
    holds(&[
        "[].exists(x, x > 1) == false",
        "[].all(x, x.startsWith('a'))",
        "[].map(x, x / 2.0) == []",
        "[].filter(t, t.getHours() > 1) == []",
    ]);
    refused("[].exists(x, x.foo)", "field `foo`");
}

#[test]
fn macros_have_their_other_spellings() {
    holds(&[
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "[1, 2, 3].existsOne(x, x == 2)",
        "[1, 2, 3].exists_one(x, x == 2)",
    ]);
}

#[test]
fn instants_show_their_parts_in_a_zone() {
    let at = "timestamp('2026-02-28T23:59:58.123456Z')";
    for (accessor, expected) in [
        ("getFullYear()", 2026),
        ("getMonth()", 1),
        ("getDate()", 28),
        ("getDayOfMonth()", 27),
        ("getDayOfWeek()", 6),
        ("getDayOfYear()", 58),
        ("getHours()", 23),
        ("getMinutes()", 59),
        ("getSeconds()", 58),
        ("getMilliseconds()", 123),
        ("getHours('Asia/Shanghai')", 7),
        ("getDate('Asia/Shanghai')", 1),
        ("getMonth('+08:00')", 2),
        ("getDayOfWeek('08:00')", 0),
        ("getMinutes('-09:30')", 29),
    ] {
        let text = format!("{at}.{accessor}");
        assert_eq!(
            evaluate(&text),
            Some(ConstantValue::Int(expected)),
            "{text}"
        );
    }
    refused("timestamp(0).getHours('Asia/Shangai')", "a time zone");
    refused("timestamp(0).getHours('25:00')", "a time zone");
    refused("timestamp(0).getHours('+08')", "a time zone");
    refused("now.getHours() > 3", "`now` runs");
    refused("'a'.getHours()", "expected timestamp");
}

#[test]
fn spans_are_counted_in_units() {
    holds(&[
        "duration('1d1h').getHours() == 25",
        "duration('-90s').getMinutes() == -1",
        "duration('90s').getSeconds() == 90",
        "duration('1500ms').getMilliseconds() == 500",
    ]);
    refused("duration('1d').getFullYear()", "wrong type");
    refused("duration('1d').getHours('UTC')", "wrong type");
}

#[test]
fn instants_and_spans_are_made_of_other_values() {
    let epoch = ConstantValue::Timestamp(Timestamp::from_seconds(0));
    assert_eq!(evaluate("timestamp(0)"), Some(epoch));
    let day = ConstantValue::Duration(Span::from_hours(24));
    assert_eq!(evaluate("duration('1' + 'd')"), Some(day));
    holds(&[
        "int(timestamp('1969-12-31T23:59:59.5Z')) == -1",
        "timestamp('2026-11-11T' + '00:00:00Z') == timestamp('2026-11-11T08:00:00+08:00')",
        "timestamp(timestamp(5)) == timestamp(5)",
        "string(timestamp('2026-11-11T00:00:00.100Z')) == '2026-11-11T00:00:00.1Z'",
        "string(duration('1h0.5s')) == '3600.5s'",
        "string(duration('-1d')) == '-86400s'",
    ]);
    unknown(&[
        "timestamp('next ' + 'week')",
        "duration('2 ' + 'days')",
        "timestamp(253402300800)",
        "timestamp(9223372036854775807)",
        "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
        "timestamp('0001-01-01T00:00:00Z') - duration('1us')",
        "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
        "duration('106000d') + duration('106000d')",
    ]);
    refused("duration('107000d')", "a span");
    refused("timestamp('0000-01-01T00:00:00Z')", "an instant");
}

#[test]
fn bools_are_read_from_texts_and_have_an_order() {
    holds(&[
        "bool('t') && bool('TRUE') && bool('1')",
        "!bool('False')",
        "false < true",
    ]);
    unknown(&["bool('yes')", "bool('tRUE')"]);
    refused("bool(1)", "cannot be converted to bool");
}

#[test]
fn not_a_number_differs_from_everything() {
    holds(&[
        "0.0 / 0.0 != 0.0 / 0.0",
        "!(0.0 / 0.0 == 1)",
        "!(0.0 / 0.0 < 1.0) && !(0.0 / 0.0 >= 1.0)",
        "1.0 / 0.0 > 9223372036854775807",
    ]);
}

#[test]
fn errors_are_unknown_and_absorbed_only_by_what_decides() {
    holds(&[
        "true || 1 / 0 > 1",
        "1 / 0 > 1 || true",
        "!(1 / 0 > 1 && false)",
        "[0, 1].exists(x, 2 / x == 2)",
        "true ? true : 1 / 0 > 1",
    ]);
    unknown(&[
        "1 / 0 > 1 && true",
        "1 % 0",
        "9223372036854775807 + 1",
        "-(-9223372036854775808)",
        "int(1e99)",
        "int('one')",
        "[0, 1].exists_one(x, 2 / x == 2)",
        "[0, 1].map(x, 2 / x)",
        "1 / 0 > 1 ? 1 : 1",
    ]);
}

#[test]
fn names_are_bound_to_constants() {
    let list = vec![ConstantValue::Int(3), ConstantValue::Int(4)];
    let bindings = BTreeMap::from([
        ("x".to_owned(), ConstantValue::Double(1.5)),
        ("list".to_owned(), ConstantValue::List(list.clone())),
        (
            "mixed".to_owned(),
            ConstantValue::List(vec![list[0].clone(), ConstantValue::Bool(true)]),
        ),
    ]);
    let evaluate = |text| evaluate_constant(text, &bindings);
    assert_eq!(evaluate("x * 2.0"), Ok(Some(ConstantValue::Double(3.0))));
    assert_eq!(evaluate("list"), Ok(Some(ConstantValue::List(list))));
    assert_eq!(
        evaluate("list[1] - list[0]"),
        Ok(Some(ConstantValue::Int(1)))
    );
    assert!(evaluate("mixed").is_err());
    assert!(evaluate("y").is_err());
}

#[test]
fn what_rules_do_without_is_refused_with_what_to_do_instead() {
    refused("uint(1) == 1", "there are no unsigned numbers");
    refused("bytes('a') == 'a'", "there are no bytes");
    refused("type(1) == 1", "every value has one type");
    refused("dyn(1) == 1.0", "ints compare with doubles");
    refused("'a'.matches('a' + 'b')", "compiled once");
}
