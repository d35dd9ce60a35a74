//! The page's figures as they are shown: rounded, grouped, drawn.

use minijinja::Value;
use order::Span;
use rule_engine::backtest::{Best, Bucket, Case, Curve, Delays, Point, Report, Score, Swept};
use serde::Serialize;

use super::words::Words;
use super::{PageLanguage, chart};
use crate::backtest::checks::Check;
use crate::backtest::outcome::{Outcome, told::span};

/// Everything that the template shows and does not take from the outcome itself.
#[derive(Serialize)]
pub(super) struct Sheet {
    cards: Vec<Card>,
    checks: Vec<CheckLine>,
    rules: Vec<Line>,
    scores: Value,
    silent: Vec<String>,
    delays: Vec<DelayChart>,
    sweeps: Vec<SweepChart>,
    cases: Vec<RuleCases>,
}

#[derive(Serialize)]
struct Card {
    label: String,
    value: String,
    note: String,
    tone: &'static str,
}

#[derive(Serialize)]
struct CheckLine {
    passed: bool,
    text: String,
}

#[derive(Serialize)]
struct Line {
    kind: &'static str,
    name: String,
    title: String,
    severity: Option<String>,
    shadow: bool,
    exceptions: String,
    unlabelled: String,
    exempt: u64,
    labelled: u64,
    found: String,
    missed: String,
    false_alarms: String,
    precision: Share,
    recall: Share,
    f1: String,
    per_thousand: String,
    delay: String,
    p90: String,
}

#[derive(Serialize)]
struct Share {
    text: String,
    bar: Option<Value>,
}

#[derive(Serialize)]
struct DelayChart {
    name: String,
    median: String,
    p90: String,
    longest: String,
    count: String,
    svg: Value,
    buckets: Vec<(String, u64)>,
}

#[derive(Serialize)]
struct SweepChart {
    threshold: String,
    rule: String,
    current: Option<String>,
    ratios: Option<Value>,
    counts: Value,
    points: Vec<PointLine>,
    best_f1: Option<String>,
    best_recall: Option<String>,
    labelled: bool,
}

#[derive(Serialize)]
struct PointLine {
    value: String,
    is_current: bool,
    exceptions: String,
    orders: String,
    missed: String,
    false_alarms: String,
    precision: String,
    recall: String,
    f1: String,
}

#[derive(Serialize)]
struct RuleCases {
    rule: String,
    title: String,
    missed: Vec<Case>,
    false_alarms: Vec<Case>,
}

impl Sheet {
    pub(super) fn of(outcome: &Outcome, t: &Words, language: PageLanguage) -> Self {
        let report = &outcome.report;
        let labelled: Vec<&Score> = report.rules.iter().filter(|r| r.labelled > 0).collect();
        let silent = report.rules.iter().filter(|rule| rule.labelled == 0);
        let silent = silent.map(|rule| rule.name.clone()).collect();
        Self {
            cards: cards(outcome, t),
            checks: outcome.checks.iter().map(|check| told(check, t)).collect(),
            rules: lines(report, t, language),
            scores: Value::from_safe_string(chart::scores(&labelled, t)),
            silent,
            delays: delays(report, t),
            sweeps: report
                .sweeps
                .iter()
                .flat_map(|swept| swept.curves.iter().map(|curve| sweep(swept, curve, t)))
                .collect(),
            cases: cases(report, language),
        }
    }
}

fn cards(outcome: &Outcome, t: &Words) -> Vec<Card> {
    let report = &outcome.report;
    let total = &report.total;
    let card = |label: &str, value: String, note: String, tone| Card {
        label: label.to_owned(),
        value,
        note,
        tone,
    };
    let exceptions = report.rules.iter().map(|rule| rule.exceptions).sum();
    let facts = format!("{} {}", grouped(outcome.history.facts), t["facts"]);
    let mut cards = vec![
        card(t["orders_judged"], grouped(report.orders), facts, ""),
        card(t["exceptions"], grouped(exceptions), String::new(), ""),
    ];
    if report.labels.given == 0 {
        return cards;
    }
    let confusion = total.confusion;
    let used = format!("{} {}", t["of"], grouped(report.labels.given));
    let positives = confusion.true_positives + confusion.missed;
    let of_positives = format!("{} {}", t["of"], grouped(positives));
    let rate = total.false_alarms_per_thousand.unwrap_or_default();
    let rate = format!("{rate:.2} {}", t["per_thousand"]);
    let tone = |bad: bool| if bad { "bad" } else { "good" };
    cards.extend([
        card(t["labels_used"], grouped(report.labels.used), used, ""),
        card(t["precision"], percent(total.precision), String::new(), ""),
        card(t["recall"], percent(total.recall), String::new(), ""),
        card(
            t["missed"],
            grouped(confusion.missed),
            of_positives,
            tone(confusion.missed > 0),
        ),
        card(
            t["false_alarms"],
            grouped(confusion.false_positives),
            rate,
            tone(confusion.false_positives > 0),
        ),
    ]);
    if let Some(delays) = &total.delays {
        let note = format!("{} {}", t["p90"], span(delays.p90));
        cards.push(card(t["delay"], span(delays.median), note, ""));
    }
    cards
}

fn told(check: &Check, t: &Words) -> CheckLine {
    let (word, bound) = match check.check {
        "max-missed" => ("missed", "≤"),
        "max-false" => ("false_alarms", "≤"),
        "min-precision" => ("precision", "≥"),
        _ => ("recall", "≥"),
    };
    let reached = check.reached.map_or("–".to_owned(), |reached| {
        format!("{}", (reached * 10_000.0).round() / 10_000.0)
    });
    CheckLine {
        passed: check.passed,
        text: format!(
            "{} {reached} ({bound} {}, --{})",
            t[word], check.limit, check.check
        ),
    }
}

fn lines(report: &Report, t: &Words, language: PageLanguage) -> Vec<Line> {
    let line = |score: &Score, kind, name: String| Line {
        kind,
        name,
        title: title(score, language),
        severity: score.severity.map(|severity| {
            let key = format!("severity_{severity}");
            t.get(key.as_str()).copied().unwrap_or_default().to_owned()
        }),
        shadow: score.shadow,
        exceptions: grouped(score.exceptions),
        unlabelled: grouped(score.unlabelled_orders_with_exceptions),
        exempt: score.exempt,
        labelled: score.labelled,
        found: grouped(score.confusion.true_positives),
        missed: grouped(score.confusion.missed),
        false_alarms: grouped(score.confusion.false_positives),
        precision: Share::of(score.precision, "precision"),
        recall: Share::of(score.recall, "recall"),
        f1: percent(score.f1),
        per_thousand: score
            .false_alarms_per_thousand
            .map_or(String::new(), |rate| format!("{rate:.2}")),
        delay: score
            .delays
            .as_ref()
            .map_or(String::new(), |delays| span(delays.median)),
        p90: score
            .delays
            .as_ref()
            .map_or(String::new(), |delays| span(delays.p90)),
    };
    let mut lines: Vec<Line> = report
        .rules
        .iter()
        .map(|rule| line(rule, "rule", rule.name.clone()))
        .collect();
    for scenario in &report.scenarios {
        let rules = report.rules.iter();
        if rules.filter(|rule| rule.scenario == scenario.name).count() > 1 {
            let name = format!("{} {}", t["scenario"], scenario.name);
            lines.push(line(scenario, "scenario", name));
        }
    }
    if report.labels.given > 0 {
        // Its exceptions would be those of labelled orders alone.
        lines.push(Line {
            exceptions: String::new(),
            unlabelled: String::new(),
            ..line(&report.total, "total", t["all_labels"].to_owned())
        });
    }
    lines
}

impl Share {
    fn of(share: Option<f64>, class: &str) -> Self {
        Self {
            text: percent(share),
            bar: share.map(|share| Value::from_safe_string(chart::bar(share, class))),
        }
    }
}

fn title(score: &Score, language: PageLanguage) -> String {
    match language {
        PageLanguage::Zh if !score.title_zh.is_empty() => score.title_zh.clone(),
        _ => score.title_en.clone(),
    }
}

fn delays(report: &Report, t: &Words) -> Vec<DelayChart> {
    let chart = |name: &str, delays: &Delays| {
        let buckets: Vec<(String, u64)> = delays
            .distribution
            .iter()
            .map(|bucket| (bounds(bucket), bucket.count))
            .collect();
        DelayChart {
            name: name.to_owned(),
            median: span(delays.median),
            p90: span(delays.p90),
            longest: span(delays.max),
            count: grouped(delays.count),
            svg: Value::from_safe_string(chart::histogram(
                &buckets,
                &format!("{}: {name}", t["delays"]),
            )),
            buckets,
        }
    };
    report
        .rules
        .iter()
        .filter_map(|rule| Some(chart(&rule.name, rule.delays.as_ref()?)))
        .collect()
}

/// The bounds of a bucket, as short as an axis needs them.
fn bounds(bucket: &Bucket) -> String {
    let written = |edge: Span| match edge {
        Span::ZERO => "0".to_owned(),
        edge => span(edge).replace('-', "−"),
    };
    match (bucket.from, bucket.below) {
        (None, Some(below)) => format!("< {}", written(below)),
        (Some(from), None) => format!("≥ {}", written(from)),
        (Some(from), Some(below)) => format!("{} … {}", written(from), written(below)),
        (None, None) => String::new(),
    }
}

fn sweep(swept: &Swept, curve: &Curve, t: &Words) -> SweepChart {
    let labelled = curve.points.iter().any(|point| point.recall.is_some());
    let current = |point: &Point| swept.current.as_deref() == Some(point.value.as_str());
    let ratios = labelled.then(|| Value::from_safe_string(chart::ratios(curve, &current, t)));
    let told = |best: &Best| {
        format!(
            "{} · {} {} · {} {} · {} {}",
            best.value,
            t["precision"],
            percent(best.precision),
            t["recall"],
            percent(best.recall),
            t["false_alarms"],
            grouped(best.false_positives)
        )
    };
    SweepChart {
        threshold: swept.threshold.clone(),
        rule: curve.rule.clone(),
        current: swept.current.clone(),
        ratios,
        counts: Value::from_safe_string(chart::counts(curve, &current, labelled, t)),
        points: curve
            .points
            .iter()
            .map(|point| PointLine {
                value: point.value.clone(),
                is_current: current(point),
                exceptions: grouped(point.exceptions),
                orders: grouped(point.orders_with_exceptions),
                missed: grouped(point.confusion.missed),
                false_alarms: grouped(point.confusion.false_positives),
                precision: percent(point.precision),
                recall: percent(point.recall),
                f1: percent(point.f1),
            })
            .collect(),
        best_f1: curve.best_by_f1.as_ref().map(told),
        best_recall: curve.best_by_recall.as_ref().map(told),
        labelled,
    }
}

fn cases(report: &Report, language: PageLanguage) -> Vec<RuleCases> {
    report
        .rules
        .iter()
        .chain(&report.scenarios)
        .filter(|score| !(score.missed_orders.is_empty() && score.false_orders.is_empty()))
        .filter(|score| {
            // A scenario of one rule would only repeat it.
            let rules = report.rules.iter();
            let alone = rules.filter(|rule| rule.scenario == score.name).count() == 1;
            !(score.condition.is_empty() && alone)
        })
        .map(|score| RuleCases {
            rule: score.name.clone(),
            title: title(score, language),
            missed: score.missed_orders.clone(),
            false_alarms: score.false_orders.clone(),
        })
        .collect()
}

/// A share in per cent; nothing where there is none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or(String::new(), |share| format!("{:.1}%", share * 100.0))
}

/// A count with its thousands apart.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
