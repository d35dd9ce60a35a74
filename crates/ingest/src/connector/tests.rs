use std::sync::Arc;

use order::{Catalogue, Span, Timestamp};
use serde_json::json;

use super::{
    Auth, Body, Connector, Meaning, Method, Origin, Pages, Position, Range, Scope, Seen, Start,
};
use crate::mapping::{Columns, Fault, Mapping, RawRecord};

const SHOP: &str = r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {name: shop}
spec:
  timezone: Asia/Shanghai
  parameters:
    shop: {default: example}
    region:
  secrets: [token, webhook]
  sources:
    - {name: shop-erp, system: erp, mode: stated, patience: 1h}
  http:
    url: https://${parameter.shop}.example.com/api
    headers: {X-Token: "${secret.token}"}
    auth: {basic: {user: "${parameter.shop}", password: "${secret.token}"}}
    sign: {by: jushuitan, secret: token}
    rate: 2/s
    concurrency: 4
    timeout: 10s
    max_body: 1MiB
    retries: 3
    answers:
      - {when: "body.code in [160, 199]", is: throttled}
      - {when: body.code != 0, is: failed, message: body.msg}
  datasets:
    - name: orders
      poll:
        post: /orders.json
        query: {limit: "250", from: "${rfc3339(from)}", after: "${token}"}
        json: {page: "${page}", size: 100, fixed: "100", deep: [{to: "${wall_text(to)}"}], after: "${token}"}
        records: body.orders
        pages: {by: page, first: 0, size: 100, last_first: true, total: body.total}
        cursor: instant(row.updated_at)
        start: 2026-01-01T00:00:00Z
        window: 1h
        overlap: 2m
        settle: 30s
        every: 5m
        jitter: 20%
      optional: [note]
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          fields: {paid_at: instant(row.paid_at), x_note: row.note}
    - name: pushed
      webhook:
        path: orders
        sign: {by: shopify, secret: webhook}
        records: "[body]"
        when: headers["x-topic"].startsWith("orders/")
        reconcile: orders
      facts_of: orders
    - name: changes
      query:
        database: erp
        sql: SELECT * FROM v WHERE version > $from ORDER BY version LIMIT $limit
        cursor: row.version
        start: 0
        limit: 500
      facts_of: orders
    - file: orders-*.csv
      facts_of: orders
"#;

fn parse(yaml: &str) -> Result<Connector, Vec<Fault>> {
    Connector::parse(yaml, Arc::new(Catalogue::standard()))
}

fn shop() -> Connector {
    parse(SHOP).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Tells the faults of the document with one text replaced by another.
fn told(from: &str, to: &str) -> String {
    assert!(SHOP.contains(from), "{from}");
    let faults = parse(&SHOP.replacen(from, to, 1)).map(drop).unwrap_err();
    let told = faults.iter().map(|fault| {
        let place = fault.place;
        format!(
            "{}:{} {} {} {}",
            place.line, place.column, fault.path, fault.message, fault.help
        )
    });
    told.collect::<Vec<_>>().join("\n")
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_document_says_who_is_asked_and_how() {
    let shop = shop();
    let http = shop.http().unwrap();
    assert!(matches!(http.auth, Some(Auth::Basic { .. })));
    assert_eq!(http.sign.as_ref().unwrap().by, "jushuitan");
    assert_eq!(http.rate.unwrap().requests, 2);
    assert_eq!((http.concurrency, http.retries), (4, 3));
    assert_eq!(http.timeout, Span::from_seconds(10));
    assert_eq!(http.max_body, 1 << 20);
    let meanings: Vec<_> = http.answers.iter().map(|answer| answer.meaning).collect();
    assert_eq!(meanings, [Meaning::Throttled, Meaning::Failed]);
    let parameters: Vec<_> = shop
        .parameters()
        .iter()
        .map(|one| one.default.as_deref())
        .collect();
    assert_eq!(parameters, [Some("example"), None]);
    let secrets: Vec<_> = shop.secrets().iter().map(|name| name.as_str()).collect();
    assert_eq!(secrets, ["token", "webhook", "erp"]);
}

#[test]
fn a_poll_says_what_is_asked_for() {
    let shop = shop();
    let Origin::Poll(poll) = &shop.feed("orders").unwrap().origin else {
        panic!("not a poll");
    };
    assert_eq!(poll.method, Method::Post);
    assert!(matches!(
        poll.pages,
        Pages::Numbered {
            first: 0,
            size: Some(100),
            last_first: true,
            ..
        }
    ));
    let start = Start::At(instant("2026-01-01T00:00:00Z"));
    let range = Range::Instants {
        start,
        window: Some(Span::from_hours(1)),
        overlap: Span::from_seconds(120),
        settle: Span::from_seconds(30),
    };
    assert_eq!(poll.range, range);
    assert_eq!(poll.schedule.every, Span::from_seconds(300));
    assert_eq!(poll.schedule.jitter, 20);
    let Origin::Query(query) = &shop.feed("changes").unwrap().origin else {
        panic!("not a query");
    };
    assert!(matches!(query.range, Range::Numbers { start: 0, .. }));
    assert_eq!(query.limit, 500);
    let Origin::Webhook(webhook) = &shop.feed("pushed").unwrap().origin else {
        panic!("not a webhook");
    };
    assert_eq!(webhook.reconcile.as_deref(), Some("orders"));
    assert_eq!(webhook.max_body, 1 << 20);
    assert_eq!(shop.warnings(), []);
}

#[test]
fn a_webhook_that_nothing_reconciles_is_warned_of() {
    let lonely = SHOP.replace("        reconcile: orders\n", "");
    let lonely = Connector::parse(&lonely, Arc::new(Catalogue::standard())).unwrap();
    let warnings = lonely.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].path, "spec.datasets[1].webhook");
    let told =
        "nothing reconciles webhook `orders`, although the poll of `orders` brings such facts";
    assert!(warnings[0].message.ends_with(told), "{warnings:?}");
    assert_eq!(warnings[0].help, "add `reconcile: orders`");
    let checked = crate::checked(Ok(&lonely), &[]);
    let warned: Vec<_> = checked.warnings.iter().map(|one| &one.path).collect();
    assert_eq!(warned, [&warnings[0].path]);
    assert_eq!(checked.diagnostics, []);
}

/// 顺丰 has no list; Shopify's brings shipments, but what it says is of another source.
#[test]
fn a_webhook_that_nothing_could_reconcile_is_warned_of_without_a_name() {
    for text in [
        include_str!("../../../../deploy/connectors/sf-express.yaml"),
        include_str!("../../../../deploy/connectors/shopify.yaml"),
    ] {
        let connector = Connector::parse(text, Arc::new(Catalogue::standard())).unwrap();
        let warnings = connector.warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(!warnings[0].message.contains("although"), "{warnings:?}");
        assert!(warnings[0].help.contains("NAME"), "{warnings:?}");
    }
}

#[test]
fn templates_are_filled_in_and_one_expression_alone_keeps_its_type() {
    let shop = shop();
    let (parameter, secret) = (json!({"shop": "acme"}), json!({"token": "s3cret"}));
    let scope = Scope::default()
        .json("parameter", &parameter)
        .json("secret", &secret)
        .with("from", Seen::Instant(instant("2026-06-01T00:00:00Z")))
        .with("to", Seen::Instant(instant("2026-06-01T01:00:00.5Z")))
        .with("page", Seen::Number(7))
        .with("token", Seen::Absent);
    let http = shop.http().unwrap();
    let url = shop.rendered(&http.url, &scope).unwrap();
    assert_eq!(url.as_deref(), Some("https://acme.example.com/api"));
    assert_eq!(http.headers[0].0, "x-token");
    let header = shop.rendered(&http.headers[0].1, &scope).unwrap();
    assert_eq!(header.as_deref(), Some("s3cret"));
    let Origin::Poll(poll) = &shop.feed("orders").unwrap().origin else {
        panic!("not a poll");
    };
    let query: Vec<_> = poll
        .query
        .iter()
        .map(|(_, template)| shop.rendered(template, &scope).unwrap())
        .collect();
    let from = "2026-06-01T00:00:00Z".to_owned();
    assert_eq!(query, [Some("250".to_owned()), Some(from), None]);
    let Some(Body::Json(leaf)) = &poll.body else {
        panic!("no JSON");
    };
    let sent =
        json!({"page": 7, "size": 100, "fixed": "100", "deep": [{"to": "2026-06-01 09:00:00"}]});
    assert_eq!(shop.rendered_leaf(leaf, &scope).unwrap(), sent);
}

#[test]
fn records_keep_the_digits_of_their_numbers() {
    let shop = shop();
    let Origin::Poll(poll) = &shop.feed("orders").unwrap().origin else {
        panic!("not a poll");
    };
    let body: serde_json::Value =
        serde_json::from_str(r#"{"orders": [{"id": 18446744073709551615, "blank": ""}]}"#).unwrap();
    let scope = Scope::default().json("body", &body);
    let records = shop.records(&poll.records, &scope).unwrap();
    assert_eq!(
        records[0].to_string(),
        r#"{"blank":"","id":18446744073709551615}"#
    );
    for (body, part) in [
        (
            json!({"orders": {}}),
            "expected a list of objects, found an object",
        ),
        (json!({"orders": [1]}), "found a number at index 0"),
        (json!({"data": []}), "there is no key `orders`"),
    ] {
        let scope = Scope::default().json("body", &body);
        let refused = shop.records(&poll.records, &scope).unwrap_err();
        assert!(refused.contains(part), "{refused}");
    }
    let body = json!({"orders": null});
    let scope = Scope::default().json("body", &body);
    assert!(shop.records(&poll.records, &scope).unwrap().is_empty());
}

#[test]
fn a_cursor_tells_how_new_a_record_is() {
    let shop = shop();
    let cursor = |dataset: &str| match &shop.feed(dataset).unwrap().origin {
        Origin::Poll(poll) => poll.cursor.clone().unwrap(),
        Origin::Query(query) => query.cursor.clone().unwrap(),
        Origin::Webhook(_) => panic!("no cursor"),
    };
    let record = json!({"updated_at": "2026-06-01T00:00:00Z", "version": 7});
    let position = shop.position(&cursor("orders"), &record).unwrap();
    assert_eq!(position, Position::Instant(instant("2026-06-01T00:00:00Z")));
    let position = shop.position(&cursor("changes"), &record).unwrap();
    assert_eq!(position, Position::Number(7));
    let refused = shop.position(&cursor("orders"), &json!({})).unwrap_err();
    assert!(
        refused.contains("there is no key `updated_at`"),
        "{refused}"
    );
    let refused = shop.position(&cursor("orders"), &json!({"updated_at": null}));
    assert!(refused.unwrap_err().contains("is empty"));
}

#[test]
fn answers_are_judged_by_status_headers_and_body() {
    let shop = shop();
    let body = json!({"code": 199, "msg": "slow down"});
    let scope = Scope::default().json("body", &body);
    let answers = &shop.http().unwrap().answers;
    assert!(shop.truth(&answers[0].when, &scope).unwrap());
    let message = answers[1].message.as_ref().unwrap();
    assert_eq!(
        shop.text(message, &scope).unwrap().as_deref(),
        Some("slow down")
    );
}

#[test]
fn a_key_that_a_fed_record_lacks_is_a_fault_unless_it_may() {
    let shop = shop();
    let columns = Columns {
        file: "orders",
        names: &[],
    };
    let reader = shop.mapping().reader(&columns, None).unwrap();
    let facts = |line: &str| reader.facts(RawRecord::Line(line.as_bytes()));
    let updated = "2026-06-01T00:00:00Z";
    let sound = facts(&format!(
        r#"{{"id": "o1", "updated_at": "{updated}", "paid_at": null}}"#
    ));
    let sound = sound.unwrap();
    let revision = instant(updated).micros();
    assert_eq!(
        sound[0].revision().0,
        revision,
        "the cursor is the revision"
    );
    let refused = facts(&format!(
        r#"{{"id": "o1", "updated_at": "{updated}", "payed_at": null}}"#
    ));
    let refused = refused.unwrap_err();
    assert_eq!(refused.field, "paid_at");
    assert!(
        refused.message.contains("there is no key `paid_at`"),
        "{refused}"
    );
}

#[test]
fn asking_whether_a_fed_record_has_a_key_is_no_fault() {
    let yaml = SHOP.replace(
        "paid_at: instant(row.paid_at)",
        "paid_at: 'has(row.paid_at) ? instant(row.paid_at) : null'",
    );
    let shop = parse(&yaml).unwrap();
    let columns = Columns {
        file: "orders",
        names: &[],
    };
    let reader = shop.mapping().reader(&columns, None).unwrap();
    let line = br#"{"id": "o1", "updated_at": "2026-06-01T00:00:00Z"}"#;
    assert_eq!(reader.facts(RawRecord::Line(line)).unwrap().len(), 1);
}

#[test]
fn a_connector_is_a_mapping_whose_feeds_need_no_file() {
    let mapping = Mapping::parse(SHOP, Arc::new(Catalogue::standard())).unwrap();
    let fed: Vec<_> = mapping
        .datasets()
        .iter()
        .map(|one| (one.file(), one.is_fed()))
        .collect();
    let expected = [
        ("orders", true),
        ("pushed", true),
        ("changes", true),
        ("orders-*.csv", false),
    ];
    assert_eq!(fed, expected);
    let checked = crate::checked(Ok(&shop()), &[]);
    let files: Vec<_> = checked
        .datasets
        .iter()
        .map(|one| one.file.as_str())
        .collect();
    assert_eq!(files, ["orders-*.csv"]);
}

#[test]
fn every_refusal_names_its_place() {
    let mut missing = Vec::new();
    for (from, to, expected) in [
        ("by: jushuitan", "by: jushuitang", "spec.http.sign.by"),
        (
            "by: jushuitan",
            "by: jushuitang",
            "did you mean `jushuitan`?",
        ),
        (
            "{by: jushuitan, secret: token}",
            "{by: jushuitan, app: x}",
            "spec.http.sign.app signer `jushuitan` is not told `app`",
        ),
        (
            "rate: 2/s",
            "rate: 2",
            "17:11 spec.http.rate expected a rate such as 2/s",
        ),
        (
            "rate: 2/s",
            "rat: 2/s",
            "17:5 spec.http.rat there is no key `rat` here did you mean `rate`?",
        ),
        (
            "concurrency: 4",
            "concurrency: 0",
            "18:5 spec.http.concurrency 0 is not within 1 to 64",
        ),
        (
            "timeout: 10s",
            "timeout: soon",
            "19:14 spec.http.timeout `soon` is not a span of time",
        ),
        (
            "timeout: 10s",
            "timeout: 1h",
            "19:5 spec.http.timeout 1h is not within 1s to 10m",
        ),
        (
            "max_body: 1MiB",
            "max_body: 1MB",
            "20:15 spec.http.max_body expected a size such as 512KiB",
        ),
        (
            "is: throttled",
            "is: throtled",
            "23:47 spec.http.answers[0].is `throtled` is not what an answer can be did you mean `throttled`?",
        ),
        (
            "body.code in",
            "bdy.code in",
            "spec.http.answers[0].when there is no variable `bdy` did you mean `body`?",
        ),
        (
            "url: https://${parameter.shop}.",
            "url: https://${parameter.shp}.",
            "13:30 spec.http.url there is no parameter `shp` among spec.parameters did you mean `shop`?",
        ),
        (
            "url: https://",
            "url: ftp://",
            "13:10 spec.http.url expected a URL with https://",
        ),
        (
            "\"${secret.token}\"}\n    auth",
            "\"${secret.tokn}\"}\n    auth",
            "14:34 spec.http.headers.X-Token there is no secret `tokn` among spec.secrets did you mean `token`?",
        ),
        ("X-Token:", "X Token:", "is not the name of a header"),
        (
            "${rfc3339(from)}",
            "${rfc3339(form)}",
            "spec.datasets[0].poll.query.from there is no variable `form` did you mean `from`?",
        ),
        (
            "${rfc3339(from)}",
            "${rfc3399(from)}",
            "there is no function `rfc3399` did you mean `rfc3339`?",
        ),
        (
            "${rfc3339(from)}",
            "${rfc3339(from)",
            "`${` is never closed",
        ),
        (
            "${wall_text(to)}",
            "${wall_text(too)}",
            "spec.datasets[0].poll.json.deep[0].to there is no variable `too`",
        ),
        (
            "shop: {default: example}",
            "Shop: {default: example}",
            "7:5 spec.parameters.Shop `Shop` is not a name",
        ),
        (
            "secrets: [token, webhook]",
            "secrets: [token, token]",
            "9:20 spec.secrets[1] secret `token` is given twice",
        ),
        (
            "post: /orders.json",
            "post: orders.json",
            "spec.datasets[0].poll.post expected a path that begins with `/`",
        ),
        (
            "post: /orders.json",
            "get: /orders.json",
            "spec.datasets[0].poll.json `json` is sent by post only",
        ),
        (
            "        post: /orders.json\n",
            "",
            "spec.datasets[0].poll expected either get or post",
        ),
        (
            "by: page,",
            "by: pages,",
            "spec.datasets[0].poll.pages.by `pages` is not a way from page to page did you mean `page`?",
        ),
        (
            "by: page, first: 0, size: 100",
            "by: link, first: 0",
            "`first` means nothing for pages by link",
        ),
        (
            ", total: body.total",
            "",
            "spec.datasets[0].poll.pages.total the last page is not known without `total`",
        ),
        (
            "size: 100, last_first",
            "size: 0, last_first",
            "spec.datasets[0].poll.pages.size 0 is not within 1 to 100000",
        ),
        (
            "instant(row.updated_at)",
            "instant(rw.updated_at)",
            "there is no variable `rw`",
        ),
        (
            "start: 2026-01-01T00:00:00Z",
            "start: 2026-01-01",
            "`2026-01-01` is not an instant",
        ),
        (
            "window: 1h",
            "window: 2m",
            "spec.datasets[0].poll.window must be longer than twice the overlap of 2m",
        ),
        (
            "every: 5m",
            "every: 1s",
            "38:9 spec.datasets[0].poll.every 1s is not within 5s to 7d",
        ),
        (
            "jitter: 20%",
            "jitter: 20",
            "spec.datasets[0].poll.jitter expected a share from 0% to 100%",
        ),
        (
            "start: 0\n",
            "start: 0\n        window: 1h\n",
            "`window` means nothing where the cursor is a number",
        ),
        (
            "database: erp",
            "database: ERP",
            "spec.datasets[2].query.database `ERP` is not a name",
        ),
        (
            "> $from",
            "> $form",
            "spec.datasets[2].query.sql there is no placeholder `$form` did you mean `from`?",
        ),
        ("> $from", "> 0", "as it has no `$from`"),
        (
            "SELECT * FROM v WHERE",
            "DELETE FROM v WHERE",
            "expected a statement that begins with SELECT",
        ),
        (
            "path: orders\n",
            "path: Orders\n",
            "spec.datasets[1].webhook.path `Orders` is not a path",
        ),
        (
            "secret: webhook}",
            "secret: webhok}",
            "spec.datasets[1].webhook.sign.secret there is no secret `webhok` among spec.secrets did you mean `webhook`?",
        ),
        (
            "sign: {by: shopify, secret: webhook}",
            "sign: {secret: webhook}",
            "spec.datasets[1].webhook.sign.by key `by` is missing",
        ),
        (
            "sign: {by: shopify, secret: webhook}",
            "sign: {by: shopfy, secret: webhook}",
            "spec.datasets[1].webhook.sign.by there is no webhook signer `shopfy` did you mean `shopify`?",
        ),
        (
            "sign: {by: shopify, secret: webhook}",
            "sign: {by: shopify}",
            "spec.datasets[1].webhook.sign.secret key `secret` is missing",
        ),
        (
            "sign: {by: shopify, secret: webhook}",
            "sign: {by: hmac, secret: webhook, heder: X-Sign}",
            "spec.datasets[1].webhook.sign.heder signer `hmac` is not told `heder` did you mean `header`?",
        ),
        (
            "path: orders\n",
            "path: orders\n        max_body: 17MiB\n",
            "spec.datasets[1].webhook.max_body expected 1KiB to 16MiB",
        ),
        (
            "reconcile: orders",
            "reconcile: order",
            "spec.datasets[1].webhook.reconcile there is no dataset `order` that a poll or query feeds did you mean `orders`?",
        ),
        (
            "facts_of: orders\n    - name: changes",
            "facts_of: order\n    - name: changes",
            "spec.datasets[1].facts_of there is no dataset `order` with facts of its own did you mean `orders`?",
        ),
        (
            "- name: pushed",
            "- name: orders",
            "dataset `orders` is given twice",
        ),
        ("- name: pushed", "- name: Pushed", "`Pushed` is not a name"),
        (
            "- name: pushed",
            "- name: pushed\n      format: csv",
            "`format` is for files only",
        ),
        (
            "- name: pushed",
            "- file: pushed",
            "fed by one thing, found file and webhook",
        ),
        (
            "      facts_of: orders\n    - name: changes",
            "      facts:\n        - {source: shop-erp, kind: order, id: row.id}\n    - name: changes",
            "spec.datasets[1].facts[0].revision key `revision` is missing",
        ),
        (
            "auth: {basic: {user: \"${parameter.shop}\", password: \"${secret.token}\"}}",
            "auth: {}",
            "15:11 spec.http.auth expected either basic or oauth2",
        ),
        (
            "body.orders",
            "body.orders[",
            "spec.datasets[0].poll.records not CEL",
        ),
    ] {
        let told = told(from, to);
        if !told.contains(expected) {
            missing.push(format!("{to}\nmissing: {expected}\ntold:\n{told}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_poll_needs_to_know_whom_it_asks() {
    let begin = SHOP.find("  http:").unwrap();
    let end = SHOP.find("  datasets:").unwrap();
    let yaml = format!("{}{}", &SHOP[..begin], &SHOP[end..]);
    let faults = parse(&yaml).map(drop).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert_eq!(faults[0].path, "spec.http");
    assert_eq!(faults[0].place.line, 14);
}

#[test]
fn a_dollar_and_brace_of_their_own_are_written_with_two_dollars() {
    let yaml = SHOP.replace("limit: \"250\"", "limit: \"$${250} ${ {'a': '}'}['a'] }\"");
    let shop = parse(&yaml).unwrap();
    let Origin::Poll(poll) = &shop.feed("orders").unwrap().origin else {
        panic!("not a poll");
    };
    let filled = shop.rendered(&poll.query[0].1, &Scope::default()).unwrap();
    assert_eq!(filled.as_deref(), Some("${250} }"));
}

#[test]
fn what_a_record_brings_along_becomes_records_of_its_own() {
    let records = |expression: &str, body: serde_json::Value| {
        let shop = SHOP.replace(
            "records: body.orders",
            &format!("records: >-\n          {expression}"),
        );
        let shop = parse(&shop).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let Origin::Poll(poll) = &shop.feed("orders").unwrap().origin else {
            panic!("not a poll");
        };
        shop.records(&poll.records, &Scope::default().json("body", &body))
    };
    let lines = "flat(body.orders.map(o, [o] + o.lines.map(l, {\"line\": l, \"of\": o.id})))";
    let body = json!({"orders": [{"id": 1, "lines": [{"n": 1}]}, {"id": 2, "lines": []}]});
    let flat = json!([
        {"id": 1, "lines": [{"n": 1}]},
        {"line": {"n": 1}, "of": 1},
        {"id": 2, "lines": []},
    ]);
    assert_eq!(records(lines, body).unwrap(), *flat.as_array().unwrap());
    assert_eq!(
        records("[from_json(body.param)]", json!({"param": r#"{"a":[1]}"#})).unwrap(),
        [json!({"a": [1]})]
    );
    let told = records("[from_json(body.param)]", json!({"param": "Erika"})).unwrap_err();
    assert_eq!(told, "the text is not JSON at column 1");
    let told = records("flat(body.orders)", json!({"orders": [1]})).unwrap_err();
    assert!(told.contains("expected lists in the list"), "{told}");
}
