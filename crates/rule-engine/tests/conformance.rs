//! The runner of conformance cases, held by cases of our own in the same format.

#[path = "../examples/cel_conformance/applicability.rs"]
mod applicability;
#[path = "../examples/cel_conformance/suite.rs"]
mod suite;
#[path = "../examples/cel_conformance/textproto.rs"]
mod textproto;

use applicability::Reason;
use suite::Verdict;

const CASES: &str = include_str!("conformance/own.textproto");

#[test]
fn every_case_comes_out_as_its_section_says() {
    let cases = suite::read(CASES).unwrap();
    assert_eq!(cases.len(), 35);
    for case in &cases {
        let (section, name) = case.name.split_once('/').unwrap();
        let verdict = suite::run(case);
        let as_said = match section {
            "passes" => verdict == Verdict::Passed,
            "is_refused" => verdict == Verdict::Refused,
            "fails" => matches!(verdict, Verdict::Failed(_)),
            "does_not_apply" => {
                matches!(&verdict, Verdict::NotApplicable(reason) if format!("{reason:?}") == name)
            }
            other => panic!("{other}"),
        };
        assert!(
            as_said,
            "{}: `{}` came to {verdict:?}",
            case.name, case.expression
        );
    }
}

#[test]
fn what_a_case_needs_is_seen_before_it_is_run() {
    let cases = suite::read(CASES).unwrap();
    let unchecked = cases.iter().find(|case| case.unchecked).unwrap();
    assert_eq!(applicability::reason(unchecked), Some(Reason::Unchecked));
}

#[test]
fn broken_texts_are_told_with_their_line() {
    for (text, told) in [
        (
            "name: \"a\"\nsection {",
            "line 2: expected the end of a message",
        ),
        ("name: \"a\n", "line 2: expected the end of a quoted text"),
        ("name: '\\q'", "line 1: expected an escape"),
        ("\n= 3", "line 2: expected the name of a field"),
        ("name: '\\ud800'", "line 1: expected a code point"),
    ] {
        assert_eq!(textproto::parse(text).unwrap_err().to_string(), told);
    }
}

#[test]
fn the_text_format_is_read_with_its_liberties() {
    let message = textproto::parse(
        "a { b: 1; b: -2.5e3, } a < b: [3, 4] > # a comment\n\
         c: 'one' \"\\x20two\\n\\101\\u4e1c\" [some.name/of.Type] { d: inf }",
    )
    .unwrap();
    let words: Vec<_> = message
        .messages("a")
        .flat_map(|inner| inner.all("b"))
        .map(|value| format!("{value:?}"))
        .collect();
    assert_eq!(
        words,
        [
            "Word(\"1\")",
            "Word(\"-2.5e3\")",
            "Word(\"3\")",
            "Word(\"4\")"
        ]
    );
    assert_eq!(message.text("c").as_deref(), Some("one two\nA东"));
    let extension = message.message("some.name/of.Type").unwrap();
    assert_eq!(extension.word("d"), Some("inf"));
}
