mod property;
mod rows;
mod vendor;

use std::sync::Arc;

use order::{Catalogue, Span, Timestamp};
use serde_json::{Value as Json, json};

use super::window::{Seen, Window};
use super::{
    Answered, Broken, Checkpoint, Effect, Event, FailureKind, Installation, Jitter, Notice, Page,
    Payload, Polling, Querying, Request, State, Task,
};
use crate::connector::{Connector, Origin, Position, Range};

/// A connector with one poll; `more` are further lines of it, `http` of the section.
pub(super) fn connector(http: &str, more: &str) -> Connector {
    let yaml = format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: UTC
  secrets: [key]
  sources: [{{name: shop-erp, system: erp}}]
  http:
    url: https://shop.example/api
    headers: {{x-key: "${{secret.key}}"}}
{http}
  datasets:
    - name: orders
      poll:
        post: /orders
        records: body.orders
        settle: 10s
{more}
      facts:
        - {{source: shop-erp, kind: order, id: row.id, revision: 1}}
"#
    );
    Connector::parse(&yaml, Arc::new(Catalogue::standard()))
        .unwrap_or_else(|faults| panic!("{faults:#?}\n{yaml}"))
}

pub(super) fn installation() -> Installation {
    Installation {
        parameters: json!({}),
        secrets: json!({"key": "tops3cret"}),
    }
}

pub(super) fn task<'c>(connector: &'c Connector, installation: &'c Installation) -> Task<'c> {
    match &connector.feeds()[0].origin {
        Origin::Poll(poll) => Task::Poll(Polling {
            connector,
            poll,
            http: connector.http().unwrap(),
            installation,
        }),
        Origin::Query(query) => Task::Query(Querying { connector, query }),
        Origin::Webhook(_) => panic!("nobody asks for it"),
    }
}

const INSTANTS: &str = "        cursor: epoch_s(row.at)\n        start: 1h\n        overlap: 20s";
const NUMBERS: &str = "        cursor: row.version\n        start: 0";

fn now() -> Timestamp {
    "2026-11-11T12:00:00Z".parse().unwrap()
}

fn answer(body: &Json) -> Answered {
    answered(200, &[], &body.to_string())
}

fn answered(status: u16, headers: &[(&str, &str)], body: &str) -> Answered {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Answered {
        status,
        headers: headers.iter().map(header).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// Drives a machine with a clock that stands still.
struct Run<'c> {
    task: Task<'c>,
    state: State,
    now: Timestamp,
}

impl<'c> Run<'c> {
    fn begin(task: Task<'c>, checkpoint: Option<Checkpoint>) -> (Self, Effect) {
        let mut run = Self {
            task,
            state: State::default(),
            now: now(),
        };
        let effect = run.step(Event::Begun {
            checkpoint,
            until: None,
            now: run.now,
        });
        (run, effect)
    }

    fn step(&mut self, event: Event) -> Effect {
        let (state, effect) = std::mem::take(&mut self.state).next(&self.task, event);
        self.state = state;
        effect
    }

    fn answer(&mut self, answer: Answered) -> Effect {
        self.step(Event::Answered {
            answer,
            now: self.now,
            jitter: Jitter::new(1.0),
        })
    }

    fn broken(&mut self, cause: Broken) -> Effect {
        self.step(Event::Broken {
            cause,
            now: self.now,
            jitter: Jitter::new(1.0),
        })
    }

    fn journalled(&mut self) -> Effect {
        self.step(Event::Journalled { now: self.now })
    }

    fn resumed(&mut self) -> Effect {
        self.step(Event::Resumed { now: self.now })
    }
}

fn asked(effect: Effect) -> Request {
    match effect {
        Effect::Ask(request) => *request,
        other => panic!("expected a request, found {other:?}"),
    }
}

fn delivered(effect: Effect) -> Page {
    match effect {
        Effect::Deliver(page) => page,
        other => panic!("expected a page, found {other:?}"),
    }
}

fn failed(effect: Effect) -> super::Failure {
    match effect {
        Effect::Fail(failure) => failure,
        other => panic!("expected a failure, found {other:?}"),
    }
}

fn orders(ids: &[i64]) -> Json {
    let order = |id: &i64| json!({"id": id, "at": 1_794_398_400 + id, "version": id});
    json!({"orders": ids.iter().map(order).collect::<Vec<_>>()})
}

#[test]
fn a_request_is_written_with_everything_filled_in_and_never_shown() {
    let shop = connector(
        "    auth: {basic: {user: me, password: \"${secret.key}\"}}",
        &format!(
            "{INSTANTS}\n        query: {{from: \"${{rfc3339(from)}}\", to: \"${{epoch_s(to)}}\", after: \"${{token}}\"}}"
        ),
    );
    let installation = installation();
    let (_, effect) = Run::begin(task(&shop, &installation), None);
    let request = asked(effect);
    assert_eq!(
        request.url.as_str(),
        "https://shop.example/api/orders?from=2026-11-11T11%3A00%3A00Z&to=1794398420"
    );
    assert_eq!(
        request.headers,
        [("x-key".to_owned(), "tops3cret".to_owned())]
    );
    assert!(request.credentials.is_some());
    let shown = format!("{request:?} {installation:?} {:?}", request.credentials);
    assert!(!shown.contains("tops3cret"), "{shown}");
    assert!(!shown.contains("from="), "{shown}");
}

#[test]
fn a_form_is_written_in_its_order() {
    let more = format!(
        "{INSTANTS}\n        form: {{b: \"1\", a: \"${{json({{'y': 1, 'x': [from]}})}}\"}}"
    );
    let yaml = more.replacen("cursor", "url: https://other.example\n        cursor", 1);
    let shop = connector("", &yaml);
    let installation = installation();
    let (_, effect) = Run::begin(task(&shop, &installation), None);
    let request = asked(effect);
    assert_eq!(request.url.host_str(), Some("other.example"));
    let form = vec![
        ("b".to_owned(), "1".to_owned()),
        (
            "a".to_owned(),
            r#"{"x":["2026-11-11T11:00:00Z"],"y":1}"#.to_owned(),
        ),
    ];
    assert_eq!(request.payload, Some(Payload::Form(form)));
}

#[test]
fn a_complete_run_moves_the_checkpoint_and_states_the_watermark() {
    let shop = connector("", INSTANTS);
    let installation = installation();
    let (mut run, effect) = Run::begin(task(&shop, &installation), None);
    asked(effect);
    let page = delivered(run.answer(answer(&orders(&[1, 2]))));
    assert_eq!(page.records.len(), 2);
    let conclusion = page.conclusion.unwrap();
    let through = now() - Span::from_seconds(10);
    assert_eq!(conclusion.checkpoint.through, through);
    assert_eq!(conclusion.watermark, Some(through));
    assert_eq!(conclusion.notice, None);
    assert!(matches!(run.journalled(), Effect::Finish));
}

#[test]
fn a_vendor_that_needs_no_time_to_settle_is_complete_until_the_last_whole_second() {
    let shop = connector("", INSTANTS);
    let Origin::Poll(poll) = &shop.feeds()[0].origin else {
        panic!("a poll");
    };
    for settle in [0, 500_000, 10_000_000] {
        let mut range = poll.range.clone();
        let Range::Instants { settle: known, .. } = &mut range else {
            panic!("instants");
        };
        *known = Span::from_micros(settle);
        let began = now() + Span::from_micros(700_000);
        let window = Window::after(&range, None, None, began);
        let conclusion = window.conclusion(&range, None, Seen::default());
        let mut through = began - Span::from_micros(settle.max(700_000));
        if settle <= 700_000 {
            // The window ends there, and a vendor whose clock is ahead lists it in the next.
            through = through - Span::from_micros(1);
        }
        assert_eq!(conclusion.watermark, Some(through), "settle {settle}");
        assert!(window.to.unwrap() >= through);
    }
}

#[test]
fn an_outage_is_caught_up_with_window_by_window_and_no_watermark_before_its_end() {
    let shop = connector("", &format!("{INSTANTS}\n        window: 1h"));
    let installation = installation();
    let checkpoint = Checkpoint {
        through: now() - Span::from_hours(3),
        number: None,
    };
    let (mut run, mut effect) = Run::begin(task(&shop, &installation), Some(checkpoint));
    let (mut windows, mut last) = (Vec::new(), checkpoint.through);
    loop {
        asked(effect);
        let page = delivered(run.answer(answer(&orders(&[]))));
        let conclusion = page.conclusion.unwrap();
        assert!(conclusion.checkpoint.through > last);
        last = conclusion.checkpoint.through;
        windows.push((page.window, conclusion.watermark));
        effect = run.journalled();
        if matches!(effect, Effect::Finish) {
            break;
        }
    }
    assert_eq!(windows.len(), 4);
    for pair in windows.windows(2) {
        let (Some(Position::Instant(from)), Some(to)) = (pair[1].0.from, pair[0].0.to) else {
            panic!("no bounds");
        };
        assert!(from < to, "windows overlap");
        assert_eq!(pair[0].1, None);
    }
    assert_eq!(windows[3].1, Some(now() - Span::from_seconds(10)));
}

#[test]
fn numbers_go_on_from_the_highest_that_was_seen() {
    let shop = connector(
        "",
        &format!("{NUMBERS}\n        query: {{after: \"${{from}}\"}}"),
    );
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let conclusion = delivered(run.answer(answer(&orders(&[3, 9, 5]))))
        .conclusion
        .unwrap();
    assert_eq!(conclusion.checkpoint.number, Some(9));
    assert!(conclusion.watermark.is_some());
    let (_, effect) = Run::begin(task(&shop, &installation), Some(conclusion.checkpoint));
    assert_eq!(asked(effect).url.query(), Some("after=9"));
}

#[test]
fn a_cursor_that_went_back_moves_no_checkpoint_back_and_is_reported() {
    let shop = connector("", NUMBERS);
    let installation = installation();
    let checkpoint = Checkpoint {
        through: now() + Span::from_hours(1),
        number: Some(100),
    };
    let (mut run, _) = Run::begin(task(&shop, &installation), Some(checkpoint));
    let conclusion = delivered(run.answer(answer(&orders(&[7, 8]))))
        .conclusion
        .unwrap();
    assert_eq!(conclusion.checkpoint, checkpoint);
    let expected = Notice::Backwards {
        found: Position::Number(7),
        asked: Position::Number(100),
    };
    assert_eq!(conclusion.notice, Some(expected));
}

#[test]
fn ten_thousand_records_of_one_instant_are_all_read() {
    for pages in ["{by: page, size: 500}", "{by: offset, size: 500}"] {
        let shop = connector("", &format!("{INSTANTS}\n        pages: {pages}"));
        let installation = installation();
        let (mut run, mut effect) = Run::begin(task(&shop, &installation), None);
        let (mut read, mut page_number) = (0, 0);
        loop {
            match effect {
                Effect::Ask(_) => {
                    let begin = page_number * 500;
                    let ids: Vec<i64> = (begin..(begin + 500).min(10_000)).collect();
                    let order = |id: &i64| json!({"id": id, "at": 1_794_398_400});
                    let list: Vec<_> = ids.iter().map(order).collect();
                    page_number += 1;
                    effect = run.answer(answer(&json!({"orders": list})));
                }
                Effect::Deliver(page) => {
                    read += page.records.len();
                    effect = run.journalled();
                }
                Effect::Finish => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(read, 10_000, "{pages}");
    }
}

#[test]
fn the_same_page_for_ever_ends_the_run_without_a_watermark() {
    let shop = connector(
        "",
        &format!("{INSTANTS}\n        pages: {{by: page, size: 2}}"),
    );
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let page = delivered(run.answer(answer(&orders(&[1, 2]))));
    assert_eq!(page.conclusion, None);
    asked(run.journalled());
    let failure = failed(run.answer(answer(&orders(&[1, 2]))));
    assert_eq!(failure.kind, FailureKind::Loop);
    assert!(
        failure.message.contains("answer 2 of the window"),
        "{failure}"
    );
}

#[test]
fn a_token_that_was_used_before_ends_the_run() {
    let shop = connector(
        "",
        &format!("{INSTANTS}\n        pages: {{by: cursor, next: body.next}}"),
    );
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let mut body = orders(&[1]);
    body["next"] = json!("t1");
    delivered(run.answer(answer(&body)));
    asked(run.journalled());
    let mut body = orders(&[2]);
    body["next"] = json!("t1");
    assert_eq!(failed(run.answer(answer(&body))).kind, FailureKind::Loop);
}

#[test]
fn links_are_followed_within_the_origin_and_an_empty_page_does_not_end_them() {
    let shop = connector("", &format!("{INSTANTS}\n        pages: {{by: link}}"));
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let body = orders(&[]).to_string();
    let next = [("link", "</api/orders?page_info=abc>; rel=\"next\"")];
    let request = asked(run.answer(answered(200, &next, &body)));
    assert_eq!(
        request.url.as_str(),
        "https://shop.example/api/orders?page_info=abc"
    );
    let away = [("link", "<https://evil.example/x>; rel=\"next\"")];
    let failure = failed(run.answer(answered(200, &away, &orders(&[1]).to_string())));
    assert_eq!(failure.kind, FailureKind::Link);
}

#[test]
fn the_last_page_is_read_first_where_the_document_says_so() {
    let pages = "{by: page, first: 0, size: 2, last_first: true, total: body.total}";
    let shop = connector(
        "",
        &format!("{INSTANTS}\n        query: {{p: \"${{page}}\"}}\n        pages: {pages}"),
    );
    let installation = installation();
    let (mut run, effect) = Run::begin(task(&shop, &installation), None);
    assert_eq!(asked(effect).url.query(), Some("p=0"));
    let mut body = orders(&[1, 2]);
    body["total"] = json!(5);
    assert_eq!(asked(run.answer(answer(&body))).url.query(), Some("p=2"));
    let page = delivered(run.answer(answer(&orders(&[5]))));
    assert_eq!(page.conclusion, None);
    assert_eq!(asked(run.journalled()).url.query(), Some("p=1"));
    delivered(run.answer(answer(&orders(&[3, 4]))));
    assert_eq!(asked(run.journalled()).url.query(), Some("p=0"));
    let page = delivered(run.answer(answer(&orders(&[1, 2]))));
    assert!(page.conclusion.is_some());
}

#[test]
fn a_list_with_too_many_pages_is_refused() {
    let shop = connector(
        "",
        &format!("{INSTANTS}\n        pages: {{by: page, size: 1, most: 2}}"),
    );
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    delivered(run.answer(answer(&orders(&[1]))));
    asked(run.journalled());
    let failure = failed(run.answer(answer(&orders(&[2]))));
    assert_eq!(failure.kind, FailureKind::Pages);
}

#[test]
fn throttling_is_waited_for_as_long_as_the_vendor_says() {
    let shop = connector("    retries: 2", INSTANTS);
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let waits = |effect: Effect| match effect {
        Effect::Wait { until, because } => (until.since(now()).micros() / 1_000_000, because.kind),
        other => panic!("{other:?}"),
    };
    let told = answered(429, &[("retry-after", "90")], "");
    assert_eq!(waits(run.answer(told)), (90, FailureKind::Throttled));
    asked(run.resumed());
    let date = answered(503, &[("retry-after", "Wed, 11 Nov 2026 12:02:00 GMT")], "");
    assert_eq!(waits(run.answer(date)), (120, FailureKind::Unavailable));
    asked(run.resumed());
    let failure = failed(run.broken(Broken::Timeout(Span::from_seconds(30))));
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("after 3 tries"), "{failure}");
}

#[test]
fn a_vendor_that_wants_more_patience_than_a_run_has_ends_it() {
    let shop = connector("", INSTANTS);
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let failure = failed(run.answer(answered(429, &[("retry-after", "3600")], "")));
    assert_eq!(failure.not_before, Some(now() + Span::from_hours(1)));
}

#[test]
fn an_error_inside_a_200_is_an_error() {
    let http = "    answers:\n      - {when: body.code == 199, is: throttled}\n      - {when: body.code != 0, is: failed, message: body.msg}";
    let shop = connector(http, INSTANTS);
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let slow = answer(&json!({"code": 199}));
    assert!(matches!(run.answer(slow), Effect::Wait { .. }));
    asked(run.resumed());
    let failure = failed(run.answer(answer(
        &json!({"code": 110, "msg": "address 13812345678 tops3cret"}),
    )));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(
        failure.message.contains("address 138****5678 [key]"),
        "{failure}"
    );
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let failure = match run.answer(answer(&json!({"orders": []}))) {
        Effect::Wait { because, .. } => because,
        other => panic!("{other:?}"),
    };
    assert!(
        failure
            .message
            .contains("spec.http.answers[0].when: there is no key `code`"),
        "{failure}"
    );
}

#[test]
fn what_the_vendor_will_refuse_again_is_not_tried_again() {
    let shop = connector("", INSTANTS);
    let installation = installation();
    for (status, kind) in [
        (400, FailureKind::Refused),
        (301, FailureKind::Refused),
        (401, FailureKind::Unauthorized),
    ] {
        let (mut run, _) = Run::begin(task(&shop, &installation), None);
        let failure = failed(run.answer(answered(status, &[], "no")));
        assert_eq!(failure.kind, kind);
    }
}

#[test]
fn a_token_is_renewed_once() {
    let http = "    auth: {oauth2: {token_url: https://shop.example/token, client_id: me, client_secret: \"${secret.key}\"}}";
    let shop = connector(http, INSTANTS);
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    assert!(matches!(run.answer(answered(401, &[], "")), Effect::Renew));
    asked(run.resumed());
    let failure = failed(run.answer(answered(401, &[], "")));
    assert_eq!(failure.kind, FailureKind::Unauthorized);
}

#[test]
fn an_answer_that_is_cut_or_unlike_the_document_is_precise() {
    let shop = connector("    retries: 0", INSTANTS);
    let installation = installation();
    for (body, part) in [
        (
            r#"{"orders": [{"id": 1"#,
            "cut off at line 1, column 20 of 20 bytes",
        ),
        ("<html>", "not JSON at line 1"),
        (
            r#"{"data": []}"#,
            "spec.datasets[0].poll.records: there is no key `orders`",
        ),
        (
            r#"{"orders": 5}"#,
            "expected a list of objects, found a number",
        ),
    ] {
        let (mut run, _) = Run::begin(task(&shop, &installation), None);
        let failure = failed(run.answer(answered(200, &[], body)));
        assert_eq!(failure.kind, FailureKind::Answer);
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[test]
fn a_record_without_its_cursor_is_delivered_with_the_reason() {
    let shop = connector("", INSTANTS);
    let installation = installation();
    let (mut run, _) = Run::begin(task(&shop, &installation), None);
    let page = delivered(run.answer(answer(&json!({"orders": [{"id": 1}]}))));
    let fault = page.records[0].fault.as_deref().unwrap();
    assert_eq!(fault, "`cursor`: there is no key `at`");
}
