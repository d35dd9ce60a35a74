use order::{Fact, Timestamp, Value};
use rule_engine::RuleSet;
use rule_engine::backtest::{Backtest, History, Label, Options, Sweep, Target};

use super::*;
use crate::backtest::checks::Check;
use crate::backtest::outcome::{HistorySummary, RefusedRecord};
use crate::output::Detailed;

const HOSTILE: &str = r#"<script>alert("1")</script>&'"#;

const RULES: &str = r#"
apiVersion: orderwatch/v1
kind: Threshold
metadata: {name: ship-within}
spec: {type: duration, default: 24h}
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: late}
spec:
  scenario: shipping
  severity: high
  title: {en: 'Late <b>', zh: 迟}
  condition: elapsed(order.paid_at) > threshold("ship-within") && order.channel != "<i>"
---
apiVersion: orderwatch/v1
kind: Rule
metadata: {name: rich}
spec: {scenario: money, severity: low, title: {en: Rich}, condition: order.amount > 1.0}
"#;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_seconds(1_794_355_200 + hours * 3_600)
}

fn order(id: &str, paid: i64) -> Fact {
    Fact::new(
        "erp".parse().unwrap(),
        order::EntityKind::Order,
        id.parse().unwrap(),
        None,
        order::Revision(1),
        vec![
            ("paid_at".into(), Value::Timestamp(at(paid))),
            ("channel".into(), Value::text(HOSTILE)),
        ],
    )
    .unwrap()
}

fn label(id: &str, is_exception: bool, note: &str) -> Label {
    Label {
        order_id: id.parse().unwrap(),
        target: Target::Rule("late".to_owned()),
        is_exception,
        at: is_exception.then(|| at(30)),
        note: note.to_owned(),
    }
}

fn outcome(labels: &[Label]) -> Outcome {
    let rules = RuleSet::parse(1, RULES).unwrap();
    let mut history = History::new();
    for (id, paid) in [(HOSTILE, 0), ("late", 10), ("quick", 90), ("订单", 20)] {
        history.merge(order(id, paid));
    }
    let sweep = Sweep::of("ship-within=12h..72h/12h", RULES, None).unwrap();
    let backtest = Backtest::new(&rules, labels, Options::through(at(100)))
        .unwrap()
        .sweeping(vec![sweep]);
    Outcome {
        rules_from: "rules/<u>".to_owned(),
        history: HistorySummary {
            quarantined: 1,
            first_quarantined: vec![RefusedRecord {
                dataset: "orders.csv".to_owned(),
                line: 7,
                field: "amount".to_owned(),
                error: format!("`amount`: {HOSTILE}"),
                sample: HOSTILE.to_owned(),
            }],
            ..HistorySummary::default()
        },
        checks: vec![Check {
            check: "max-missed",
            limit: 0.0,
            reached: Some(1.0),
            passed: false,
            told: "missed orders: 1, 0 allowed (--max-missed)".to_owned(),
        }],
        exceptions: None,
        report: backtest.run(&history, &|_| {}),
    }
}

fn labelled() -> Outcome {
    outcome(&[
        label(HOSTILE, false, HOSTILE),
        label("late", true, ""),
        label("quick", true, "customer called"),
        label("订单", true, ""),
        label("elsewhere<", true, ""),
    ])
}

/// Every tag closed in the order in which it was opened; answers the names of all tags.
fn tags(html: &str) -> Vec<String> {
    const EMPTY: [&str; 1] = ["meta"];
    let body = html.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let mut rest = body;
    while let Some(begin) = rest.find('<') {
        assert!(!rest[..begin].contains('>'), "{}", &rest[..begin]);
        let end = begin + rest[begin..].find('>').unwrap();
        let tag = &rest[begin + 1..end];
        assert!(!tag.contains('<'), "{tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split_whitespace().next().unwrap().to_owned();
        let closed = tag.ends_with('/') || EMPTY.contains(&name.as_str());
        if name == "style" {
            rest = &rest[rest.find("</style>").unwrap()..];
        }
        if !closed {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn the_page_is_whole_and_nothing_from_outside_gets_into_its_markup() {
    for language in [PageLanguage::En, PageLanguage::Zh] {
        let html = page(&labelled(), language).unwrap();
        let tags = tags(&html);
        for tag in ["script", "b>", "i>", "u>", "img", "link", "iframe"] {
            assert!(!tags.iter().any(|name| name == tag), "{tag}");
        }
        assert!(!html.contains("<script"));
        assert!(html.contains("&lt;script&gt;"));
        assert!(tags.iter().filter(|tag| *tag == "svg").count() >= 4);
    }
}

#[test]
fn the_page_fetches_nothing() {
    let html = page(&labelled(), PageLanguage::En).unwrap();
    for word in ["http://", "https://", "url(", "@import", "src=", "href="] {
        assert!(!html.contains(word), "{word}");
    }
}

#[test]
fn every_missed_and_false_order_is_there_with_its_explanation() {
    let html = page(&labelled(), PageLanguage::En).unwrap();
    let missed = html.find("<b>quick</b>").unwrap();
    assert!(html[missed..].contains("customer called"));
    assert!(html[missed..].contains("elapsed(order.paid_at) &gt; threshold("));
    assert!(html.contains("elsewhere&lt;"));
    let chinese = page(&labelled(), PageLanguage::Zh).unwrap();
    assert!(chinese.contains("lang=\"zh-CN\"") && chinese.contains("漏报订单"));
}

#[test]
fn without_labels_the_page_says_so_and_shows_counts() {
    let html = page(&outcome(&[]), PageLanguage::En).unwrap();
    tags(&html);
    assert!(html.contains("No labels were given"));
    assert!(html.contains("Orders by value"));
    assert!(!html.contains("Precision against recall"));
}

#[test]
fn the_table_for_people_names_what_there_is_to_look_at() {
    insta::assert_snapshot!(labelled().describe());
}

#[test]
fn every_word_is_there_in_both_languages() {
    let (english, chinese) = (
        words::words(PageLanguage::En),
        words::words(PageLanguage::Zh),
    );
    assert!(english.keys().eq(chinese.keys()));
    let template = include_str!("../../../templates/backtest.html");
    for piece in template.split(" t.").skip(1) {
        let key: String = piece
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        assert!(english.contains_key(key.as_str()), "{key}");
    }
}
