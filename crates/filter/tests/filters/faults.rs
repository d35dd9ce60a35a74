//! What is wrong with a filter, and where.

use filter::{Fault, Field, Filter, Schema};

use crate::items::schema;

/// The message of a refusal, with its column.
fn refusal(text: &str) -> String {
    Filter::parse(text, &schema()).unwrap_err().to_string()
}

fn assert_refused(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(refusal(text), *expected, "{text}");
    }
}

#[test]
fn syntax_is_refused_where_it_ends_to_make_sense() {
    assert_refused(&[
        (
            "note =",
            "column 7: expected a value, a function or `(`, found the end",
        ),
        (
            "note = a AND",
            "column 13: expected a comparison, a word or `(`, found the end",
        ),
        (
            "OR note = a",
            "column 1: expected a comparison, a word or `(`, found `OR`",
        ),
        (
            "(刷新 OR b",
            "column 9: expected `AND`, `OR`, a space or `)`, found the end",
        ),
        (
            "刷新 )",
            "column 4: expected `AND`, `OR`, a space or the end, found `)`",
        ),
        (
            "note = = a",
            "column 8: expected a value, a function or `(`, found `=`",
        ),
        (
            "note = \"a",
            "column 8: the string that begins here has no end",
        ),
        (
            r#"note = "刷\d""#,
            r#"column 10: `\d` is no escape: there are \" \' \\ \* \n \r \t"#,
        ),
        (
            "attributes. k = a",
            "column 13: expected a name right after the dot, found `k`",
        ),
        (
            "- note = a",
            "column 3: expected what `-` negates, without a space, found `note`",
        ),
        (
            "note ! a",
            "column 6: expected a name or a value, found `!`",
        ),
        (
            "note = a\0",
            "column 9: text cannot hold the character U+0000",
        ),
        ("NOT(overdue)", "column 1: a space must follow `NOT`"),
        (
            "overdue AND(overdue)",
            "column 9: a space must follow `AND`",
        ),
        (
            "now() < due_at",
            "column 1: expected a field on the left, found the function `now`",
        ),
        (
            "note = (a OR order = b)",
            "column 20: expected values only within the brackets of a comparison, found `=`",
        ),
    ]);
}

#[test]
fn unknown_names_are_told_with_those_there_are_the_most_alike_first() {
    assert_refused(&[
        (
            "note = a AND dueat < now()",
            "column 14: unknown field `dueat`: there are due_at, note, state, order, amount, ticket, \
             tags, waited, overdue, priority, attributes",
        ),
        (
            "state = Waitng",
            "column 9: `state` is never `Waitng`: there are waiting, open, done",
        ),
        (
            "state = OPEN",
            "column 9: `state` is never `OPEN`: there are open, done, waiting",
        ),
        (
            "due_at < agoo(\"2h\")",
            "column 10: unknown function `agoo`: there are ago, now, in, me",
        ),
        (
            "note.text = a",
            "column 6: `note` is text: it has no `text`",
        ),
        (
            "attributes.a.b = x",
            "column 12: `attributes` is a map of text: it has no `a.b`; quote a key with dots, such \
             as map.\"a.b\"",
        ),
    ]);
}

#[test]
fn values_are_refused_where_they_are_not_of_the_fields_kind() {
    let instant = "an instant such as 2026-11-11T00:00:00+08:00, `now()`, `ago(\"2h\")` or \
                   `in(\"2h\")`";
    assert_refused(&[
        (
            "priority > many",
            "column 12: `priority` is compared with a number such as 42 or 2.5e3, found `many`",
        ),
        (
            "waited > 20",
            "column 10: `waited` is compared with a duration such as 90s, 1.5h or 7d, found `20`",
        ),
        (
            "due_at < (in(\"1h\") OR 2026-11-11)",
            &format!("column 23: `due_at` is compared with {instant}, found `2026-11-11`"),
        ),
        (
            "due_at < me()",
            &format!("column 10: `due_at` is compared with {instant}, found `me()`"),
        ),
        (
            "note = now()",
            "column 8: `note` is compared with text or `me()`, found an instant",
        ),
        (
            "overdue = yes",
            "column 11: `overdue` is compared with `true` or `false`, found `yes`",
        ),
        (
            "ticket = 7",
            "column 10: `ticket` is compared with a UUID, found `7`",
        ),
        (
            "due_at < ago(2)",
            "column 14: `ago` takes one duration, such as \"2h\"",
        ),
        (
            "due_at < ago()",
            "column 10: `ago` takes one duration, such as \"2h\"",
        ),
        ("due_at < now(1)", "column 14: `now` takes nothing"),
        (
            "due_at > now() now()",
            "column 16: expected a comparison, found an instant alone",
        ),
    ]);
}

#[test]
fn a_field_is_asked_as_its_kind_can_be() {
    assert_refused(&[
        (
            "tags = a",
            "column 6: `tags` is a list of text: it is asked with `:`, not with `=`",
        ),
        (
            "overdue < true",
            "column 9: `overdue` is true or false: it is asked with `=`, `!=` and `:`, not with `<`",
        ),
        (
            "state >= open",
            "column 7: `state` is one of open, waiting, done: it is asked with `=`, `!=` and `:`, \
             not with `>=`",
        ),
    ]);
}

#[test]
fn words_alone_need_fields_to_be_looked_for_in() {
    let schema = Schema::new([Field::text("note", "note")]);
    let refused = Filter::parse("note = a b", &schema).unwrap_err();
    assert_eq!((refused.byte, refused.fault), (9, Fault::NotSearched));
}

#[test]
fn a_message_repeats_no_more_than_it_must() {
    let long = "x".repeat(5_000);
    for text in [
        format!("state = {long}"),
        format!("{long} = 1"),
        format!("{long}() = 1"),
        format!("due_at < {long}"),
        format!("a \"{long}\".\"b\"\"{long}\""),
        format!("note.{long} = 1"),
    ] {
        let message = refusal(&text);
        assert!(message.len() < 400, "{message}");
    }
}
