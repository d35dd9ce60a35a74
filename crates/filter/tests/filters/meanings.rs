//! What filters mean, case by case, and the SQL that they become.

use chrono::TimeDelta;
use filter::{Bind, Environment, Field, Filter, Schema};

use crate::items::{Item, noon, schema};

/// Noon, and Wang asks.
fn here() -> Environment<'static> {
    Environment {
        now: noon(),
        me: Some("wang"),
    }
}

/// An item without a value but its order.
fn bare_item() -> Item {
    Item {
        order: "SO-1".to_owned(),
        ..Item::default()
    }
}

fn passes(text: &str, item: &Item) -> bool {
    let filter = Filter::parse(text, &schema()).unwrap();
    filter.matches(item, &here())
}

fn sql(text: &str) -> (String, Vec<Bind>) {
    let sql = Filter::parse(text, &schema()).unwrap().sql(&here());
    (sql.text(1), sql.binds().cloned().collect())
}

#[test]
fn a_missing_value_passes_no_comparison_and_every_negation_of_one() {
    let nothing = bare_item();
    for text in [
        "note = a",
        "note != a",
        "note:a",
        "priority < 1",
        "overdue",
        "overdue = false",
    ] {
        assert!(!passes(text, &nothing), "{text}");
        assert!(passes(&format!("NOT {text}"), &nothing), "{text}");
        assert!(passes(&format!("-{text}"), &nothing), "{text}");
    }
    assert!(passes("note = null", &nothing));
    assert!(!passes("note:* OR note != null", &nothing));
}

#[test]
fn a_relative_instant_moves_with_the_present() {
    let item = Item {
        due_at: Some(noon()),
        ..bare_item()
    };
    let filter = Filter::parse("due_at < in(\"2h\")", &schema()).unwrap();
    let hours_ago = |hours| Environment {
        now: noon() - TimeDelta::hours(hours),
        me: None,
    };
    assert!(filter.matches(&item, &hours_ago(1)));
    assert!(!filter.matches(&item, &hours_ago(2)));
}

#[test]
fn the_present_is_told_in_microseconds_as_instants_of_rows_are() {
    let item = Item {
        due_at: Some(noon()),
        ..Item::default()
    };
    let environment = Environment {
        now: noon() + TimeDelta::nanoseconds(999),
        me: None,
    };
    let filter = Filter::parse("due_at = now()", &schema()).unwrap();
    assert!(filter.matches(&item, &environment));
}

#[test]
fn a_blank_filter_lets_every_row_pass() {
    let filter = Filter::parse(" \n", &schema()).unwrap();
    assert!(filter.is_empty());
    assert!(filter.matches(&bare_item(), &here()));
    assert_eq!(filter.sql(&here()).text(1), "true");
}

#[test]
fn what_somebody_wrote_is_bound_and_never_becomes_sql() {
    let hostile = "x'); drop table items; --";
    let text = format!(
        "note = \"{hostile}\" note:\"{hostile}\" note = \"{hostile}*\" \"{hostile}\" \
         tags:\"{hostile}\" tags:\"{hostile}*\" attributes.\"{hostile}\" = \"{hostile}\" \
         attributes.\"{hostile}\":* attributes:\"{hostile}\""
    );
    let (text, binds) = sql(&text);
    assert!(!text.contains("drop"), "{text}");
    assert_eq!(binds.len(), 11);
}

#[test]
fn sql_is_plain_enough_for_indexes() {
    assert_eq!(
        sql("state = open AND (due_at < now() OR NOT note = me())"),
        (
            "((i.state) = $1::text and ((i.due_at) < $2::timestamptz \
             or ((i.note) = $3::text) is not true))"
                .to_owned(),
            vec![
                Bind::Text("open".to_owned()),
                Bind::Instant(noon()),
                Bind::Text("wang".to_owned()),
            ],
        )
    );
    assert_eq!(
        sql("note = \"50%_*\" overdue"),
        (
            "((i.note) like $1::text and (i.overdue))".to_owned(),
            vec![Bind::Text("50\\%\\_%".to_owned())],
        )
    );
}

#[test]
fn placeholders_are_numbered_from_where_the_caller_is() {
    let filter = Filter::parse("priority = 1 priority = 1.5", &schema()).unwrap();
    assert_eq!(
        filter.sql(&here()).text(4),
        "((i.priority) = $4::bigint and (i.priority) = $5::double precision)"
    );
}

#[test]
fn a_value_of_another_kind_than_the_fields_counts_as_absent() {
    struct Wrong;
    impl filter::Row for Wrong {
        fn value(&self, _: &str) -> Option<filter::Value<'_>> {
            Some(filter::Value::Integer(1))
        }
    }
    for text in [
        "note = a",
        "note != a",
        "overdue",
        "tags:a",
        "attributes.k = a",
        "note:a",
    ] {
        let filter = Filter::parse(text, &schema()).unwrap();
        assert!(!filter.matches(&Wrong, &here()), "{text}");
    }
}

#[test]
fn names_may_be_paths_and_the_longest_counts() {
    let schema = Schema::new([
        Field::map("customer", "c.labels"),
        Field::map("customer.labels", "c.more"),
        Field::text("customer.name", "c.name"),
    ]);
    let sql = |text: &str| {
        let filter = Filter::parse(text, &schema).unwrap();
        filter.sql(&here()).text(1)
    };
    assert_eq!(sql("customer.name = a"), "(c.name) = $1::text");
    assert_eq!(
        sql("customer.k = a"),
        "((c.labels) ->> $1::text) = $2::text"
    );
    assert_eq!(sql("customer.labels.k:*"), "(c.more) ? $1::text");
}

#[test]
fn has_asks_text_for_a_part_and_an_entry_for_the_whole() {
    let item = Item {
        order: "SO-17".to_owned(),
        attributes: Some([("order".to_owned(), "SO-17".to_owned())].into()),
        ..Item::default()
    };
    assert!(passes("order:so", &item));
    assert!(!passes("attributes.order:SO", &item));
    assert!(passes("attributes.order:SO-17 attributes.order:SO*", &item));
}

#[test]
#[should_panic(expected = "two fields are named `a`")]
fn a_name_is_declared_once() {
    let field = || Field::text("a", "a");
    let _ = Schema::new([field(), field()]);
}
