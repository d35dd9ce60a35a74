use std::sync::Arc;

use order::{Catalogue, Timestamp};
use serde_json::json;

use super::super::{Effect, Event, FailureKind, Record, Select};
use super::{Run, delivered, failed, installation, now, task};
use crate::connector::{Connector, Position};

/// A connector with one query of at most three rows; `more` are further lines of it.
pub(super) fn queried(sql: &str, more: &str) -> Connector {
    let yaml = format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: UTC
  sources: [{{name: shop-erp, system: erp}}]
  datasets:
    - name: orders
      query:
        database: erp
        sql: {sql}
        limit: 3
        settle: 10s
{more}
      facts:
        - {{source: shop-erp, kind: order, id: row.id, revision: 1}}
"#
    );
    Connector::parse(&yaml, Arc::new(Catalogue::standard()))
        .unwrap_or_else(|faults| panic!("{faults:#?}\n{yaml}"))
}

const SQL: &str = "SELECT * FROM v WHERE at >= $from AND at < $to ORDER BY at, id LIMIT $limit";
const INSTANTS: &str = "        cursor: epoch_s(row.at)\n        start: 1h\n        overlap: 0s";

/// Rows (id, seconds after the beginning of the window).
fn rows(list: &[(i64, i64)]) -> Event {
    let begin = now().micros() / 1_000_000 - 3_600;
    let record = |(id, at): &(i64, i64)| Record {
        value: json!({"id": id, "at": begin + at}),
        fault: None,
    };
    Event::Selected {
        rows: list.iter().map(record).collect(),
        now: now(),
    }
}

fn selected(effect: Effect) -> Select {
    match effect {
        Effect::Select(select) => select,
        other => panic!("expected a statement, found {other:?}"),
    }
}

fn ids(page: &super::Page) -> Vec<i64> {
    let id = |record: &Record| record.value["id"].as_i64().unwrap();
    page.records.iter().map(id).collect()
}

fn at(seconds: i64) -> Option<Position> {
    let begin = now().micros() - 3_600_000_000;
    Some(Position::Instant(Timestamp::from_micros(
        begin + seconds * 1_000_000,
    )))
}

#[test]
fn a_full_answer_is_followed_by_one_from_the_last_cursor_that_is_read_whole() {
    let (shop, installation) = (queried(SQL, INSTANTS), installation());
    let (mut run, effect) = Run::begin(task(&shop, &installation), None);
    let first = selected(effect);
    assert_eq!((first.from, first.to, first.limit), (at(0), Some(now()), 3));
    let page = delivered(run.step(rows(&[(1, 10), (2, 20), (3, 30)])));
    assert_eq!((ids(&page), page.number), (vec![1, 2, 3], 1));
    assert_eq!(page.conclusion, None);
    let next = selected(run.journalled());
    assert_eq!((next.from, next.limit), (at(20), 3));
    let page = delivered(run.step(rows(&[(2, 20), (3, 30)])));
    assert_eq!(ids(&page), [0; 0], "what was read is not read twice");
    let concluded = page.conclusion.unwrap();
    assert_eq!(
        concluded.watermark,
        Some(now() - order::Span::from_seconds(10))
    );
    assert!(matches!(run.journalled(), Effect::Finish));
}

#[test]
fn more_rows_of_one_cursor_than_an_answer_holds_are_asked_for_with_a_higher_limit() {
    let (shop, installation) = (queried(SQL, INSTANTS), installation());
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let tie: Vec<(i64, i64)> = (0..7).map(|id| (id, 10)).collect();
    let page = delivered(run.step(rows(&tie[..3])));
    assert_eq!(ids(&page), [0, 1, 2]);
    let next = selected(run.journalled());
    assert_eq!((next.from, next.limit), (at(0), 6));
    delivered(run.step(rows(&tie[..6])));
    assert_eq!(selected(run.journalled()).limit, 12);
    let mut rest = tie;
    rest.extend([(7, 20), (8, 20), (9, 30), (10, 30), (11, 40)]);
    let page = delivered(run.step(rows(&rest)));
    assert_eq!(ids(&page), [6, 7, 8, 9, 10, 11]);
    let next = selected(run.journalled());
    assert_eq!((next.from, next.limit), (at(30), 3), "as before");
}

#[test]
fn rows_that_are_not_in_the_order_of_their_cursor_end_the_run() {
    let (shop, installation) = (queried(SQL, INSTANTS), installation());
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let failure = failed(run.step(rows(&[(1, 20), (2, 10)])));
    assert_eq!(failure.kind, FailureKind::Rows);
    assert!(failure.message.contains("order the rows"), "{failure}");
}

#[test]
fn a_cursor_that_counts_otherwise_than_the_window_ends_the_run() {
    let numbers = "        cursor: epoch_s(row.at)\n        start: 0";
    let sql = "SELECT * FROM v WHERE at >= $from LIMIT $limit";
    let (shop, installation) = (queried(sql, numbers), installation());
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let failure = failed(run.step(rows(&[(1, 20)])));
    assert!(failure.message.contains("both be numbers"), "{failure}");
}

#[test]
fn a_list_without_a_cursor_must_fit_into_one_answer() {
    let (shop, installation) = (queried("SELECT * FROM v LIMIT $limit", ""), installation());
    let (mut run, effect) = Run::begin(task(&shop, &installation), None);
    assert_eq!(selected(effect).from, None);
    let failure = failed(run.step(rows(&[(1, 1), (2, 1), (3, 1)])));
    assert!(failure.message.contains("raise `limit`"), "{failure}");
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let page = delivered(run.step(rows(&[(1, 1), (2, 1)])));
    assert!(page.conclusion.unwrap().watermark.is_some());
}
