use proptest::prelude::*;

use super::*;
use crate::domain::ticket::Severity;

fn ticket() -> Ticket {
    Ticket {
        scenario: "customs-stuck".to_owned(),
        severity: Severity::named("High"),
        warehouse: "WH-E".to_owned(),
        region: "east".to_owned(),
        customer_tier: "vip".to_owned(),
        amount: "5000".parse().unwrap(),
        ..Ticket::default()
    }
}

fn holds(text: &str) -> bool {
    Matcher::parse(text).unwrap().matches(&ticket())
}

#[test]
fn each_operator_says_what_its_sign_says() {
    for text in [
        "warehouse = WH-E",
        "warehouse=\"WH-E\"",
        "warehouse != WH-N",
        "region in (east, \"north\")",
        "region not in (south, north)",
        "scenario =~ customs-.*",
        "scenario !~ customs",
        "severity >= high",
        "severity < CRITICAL",
        "severity = HIGH",
        "amount >= 5000.00",
        "amount = 5000.0",
        "amount <= 5000",
        "amount > 4999.99",
        "customer_tier in (vip)",
        "assignee = \"\"",
        "team != night",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "warehouse = wh-e",
        "region not in (east)",
        "scenario =~ customs",
        "scenario !~ customs-.*",
        "severity > high",
        "amount > 5000",
        "assignee != \"\"",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn what_is_no_matcher_is_told_what_was_expected_and_what_was_found() {
    for (text, expected) in [
        ("weather = rain", "found \"weather\""),
        ("warehouse", "expected one of =, !=, =~"),
        ("warehouse ~ x", "found \"~ x\""),
        ("warehouse =", "expected a value after the operator"),
        ("warehouse = \"x", "expected a value between quotes"),
        (
            "warehouse >= 3",
            "expected `amount` or `severity` before >=",
        ),
        ("amount = much", "expected an amount such as 5000"),
        ("amount >= much", "expected an amount such as 5000"),
        (
            "severity >= bad",
            "expected one of low, medium, high, critical",
        ),
        (
            "region in east",
            "expected values such as (a, b), found \"east\"",
        ),
        ("region in ()", "expected values such as (a, b)"),
        (
            "scenario =~ (",
            "expected a regular expression, found \"(\"",
        ),
        ("", "found \"\""),
    ] {
        let error = Matcher::parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn what_holds_of_no_ticket_or_takes_long_to_read_is_not_asked_for() {
    let asked = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|&it| it.to_owned()).collect();
        Matchers::parse(&texts).map_err(|wrong| format!("{wrong:?}"))
    };
    let doubled = asked(&["severity = high", "warehouse == WH-E"]).unwrap_err();
    assert!(doubled.starts_with("[(1, "), "{doubled}");
    assert!(
        doubled.contains("expected `warehouse = …`, found `==`"),
        "{doubled}"
    );
    assert!(asked(&["warehouse = \"=\"", "scenario =~ a==b"]).is_ok());
    let many = asked(&vec!["order_id =~ x"; 101]).unwrap_err();
    assert!(
        many.contains("expected at most 100 matchers, found 101"),
        "{many}"
    );
    let plain = ["order_id = =~"; 50];
    assert!(asked(&[&plain[..], &["order_id =~ x"; 10]].concat()).is_ok());
    let heavy = asked(&[&plain[..], &["order_id !~x"; 11]].concat()).unwrap_err();
    assert!(
        heavy.starts_with("[(60, ") && heavy.contains("at most 10 regular expressions"),
        "{heavy}"
    );
}

#[test]
fn all_of_none_hold_of_every_ticket() {
    assert!(Matchers::default().match_all(&ticket()));
    assert_eq!(Matchers::default().to_string(), "every ticket");
}

#[test]
fn a_matcher_holds_of_any_of_several_values_and_its_opposite_of_none() {
    let holds = |text: &str, sources: &[&str]| {
        let ticket = Ticket {
            late_sources: sources.iter().map(|&it| it.to_owned()).collect(),
            ..ticket()
        };
        Matcher::parse(text).unwrap().matches(&ticket)
    };
    let both = ["carrier", "erp"];
    assert!(holds("late_sources = erp", &both));
    assert!(!holds("late_sources != erp", &both));
    assert!(holds("late_sources not in (crm)", &both));
    assert!(!holds("late_sources !~ car.*", &both));
    assert!(!holds("late_sources = \"\"", &both));
    assert!(holds("late_sources = \"\"", &[]));
}

proptest! {
    /// Any text is read or refused, and a condition and its opposite never agree.
    #[test]
    fn an_operator_and_its_opposite_never_agree(
        label in prop::sample::select(Label::ALL.to_vec()),
        value in "[0-9]{1,8}",
    ) {
        for (one, opposite) in [("=", "!="), ("=~", "!~")] {
            let one = Matcher::parse(&format!("{label} {one} {value}")).unwrap();
            let opposite = Matcher::parse(&format!("{label} {opposite} {value}")).unwrap();
            prop_assert_ne!(one.matches(&ticket()), opposite.matches(&ticket()));
        }
    }

    #[test]
    fn no_text_is_too_strange_to_answer(text in ".{0,40}") {
        if let Ok(matcher) = Matcher::parse(&text) {
            prop_assert_eq!(Matcher::parse(&matcher.to_string()).unwrap(), matcher);
        }
    }
}
