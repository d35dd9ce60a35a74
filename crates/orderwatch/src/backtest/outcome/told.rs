//! The table for people.

use std::fmt::Write as _;
use std::time::Duration;

use order::Span;
use rule_engine::backtest::{Best, Case, Curve, Listed, Point, Report, Score, Swept};
use serde::Serialize;

use super::Outcome;
use crate::output::{self, Row};
use crate::time::spell;

/// Orders that are named one by one; the others are in the other forms of output.
const NAMED: usize = 10;

pub(super) fn describe(outcome: &Outcome) -> String {
    let report = &outcome.report;
    let mut text = String::new();
    heading(&mut text, outcome);
    let mut rows: Vec<ScoreRow> = report.rules.iter().map(ScoreRow::of).collect();
    let several = |scenario: &&Score| {
        let rules = report.rules.iter();
        rules.filter(|rule| rule.scenario == scenario.name).count() > 1
    };
    rows.extend(report.scenarios.iter().filter(several).map(|scenario| {
        let name = format!("scenario {}", scenario.name);
        ScoreRow {
            name,
            ..ScoreRow::of(scenario)
        }
    }));
    if report.labels.given > 0 {
        let mut total = ScoreRow::of(&report.total);
        total.name = "all labels".to_owned();
        // Its exceptions would be those of labelled orders alone.
        total.cells[0].clear();
        rows.push(total);
    }
    let _ = writeln!(text, "\n{}", output::table(&rows));
    labels(&mut text, report);
    for rule in &report.rules {
        cases(&mut text, rule, "missed", &rule.missed_orders);
        cases(&mut text, rule, "false alarms", &rule.false_orders);
    }
    for swept in &report.sweeps {
        sweep(&mut text, swept);
    }
    if let Some(exceptions) = &outcome.exceptions {
        let rows: Vec<ListedRow<'_>> = exceptions.iter().map(ListedRow).collect();
        let _ = writeln!(text, "\n{}", output::table(&rows));
    }
    for check in &outcome.checks {
        let word = if check.passed { "pass" } else { "FAIL" };
        let _ = writeln!(text, "{word}  {}", check.told);
    }
    text
}

fn heading(text: &mut String, outcome: &Outcome) {
    let (report, history) = (&outcome.report, &outcome.history);
    let _ = writeln!(
        text,
        "{} orders of {} facts, judged through {} by the rules {}",
        report.orders, history.facts, report.until, outcome.rules_from
    );
    if let Some(archive) = &history.archive {
        let from = archive.from.as_ref().or(archive.oldest.as_ref());
        let _ = writeln!(
            text,
            "from the archive: {} batches that arrived from {} to {}",
            archive.batches,
            from.map_or("the beginning", String::as_str),
            archive.through.as_deref().unwrap_or("now")
        );
    }
    if history.quarantined > 0 {
        let _ = writeln!(
            text,
            "{} of {} records could not be understood:",
            history.quarantined, history.records
        );
        for record in history.first_quarantined.iter().take(NAMED) {
            let _ = writeln!(
                text,
                "  {}:{}: {}",
                record.dataset, record.line, record.error
            );
        }
        more(text, history.quarantined as usize);
    }
}

fn labels(text: &mut String, report: &Report) {
    let labels = &report.labels;
    if labels.given == 0 {
        let _ = writeln!(
            text,
            "\nno labels: nothing is known of which exceptions are real"
        );
        return;
    }
    let _ = writeln!(text, "\n{} of {} labels used", labels.used, labels.given);
    if labels.after_the_end > 0 {
        let count = labels.after_the_end;
        let _ = writeln!(text, "{count} tell of problems that begin after the end");
    }
    if !labels.unknown_orders.is_empty() {
        let count = labels.unknown_orders.len();
        let _ = writeln!(text, "{count} labelled orders are not in the history:");
        for order in labels.unknown_orders.iter().take(NAMED) {
            let _ = writeln!(text, "  {order}");
        }
        more(text, count);
    }
    for unknown in &labels.unknown_targets {
        let nearest = unknown.nearest.as_ref();
        let hint = nearest.map_or(String::new(), |near| format!("; did you mean {near}?"));
        let _ = writeln!(
            text,
            "{} labels name the {}, which there is not{hint}",
            unknown.labels, unknown.target
        );
    }
    let unlabelled: Vec<&str> = report
        .rules
        .iter()
        .filter(|rule| rule.labelled == 0)
        .map(|rule| rule.name.as_str())
        .collect();
    if !unlabelled.is_empty() {
        let _ = writeln!(text, "no label says anything of: {}", unlabelled.join(", "));
    }
}

fn cases(text: &mut String, rule: &Score, word: &str, cases: &[Case]) {
    if cases.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}: {} {word}", rule.name, cases.len());
    for case in cases.iter().take(NAMED) {
        let at = match (case.opened_at, case.labelled_at) {
            (Some(opened), _) => format!("opened {opened}"),
            (None, Some(labelled)) => format!("a problem since {labelled}"),
            (None, None) => String::new(),
        };
        let exempt = case.exempt_by.as_ref();
        let exempt = exempt.map_or(String::new(), |by| format!("exempt by {by}"));
        let parts = [case.order_id.clone(), at, exempt, case.note.clone()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(text, "  {}", output::printable(&parts.join("  ")));
    }
    more(text, cases.len());
}

fn more(text: &mut String, all: usize) {
    if all > NAMED {
        let _ = writeln!(text, "  and {} more", all - NAMED);
    }
}

fn sweep(text: &mut String, swept: &Swept) {
    let current = swept.current.as_deref().unwrap_or("not a plain value");
    for curve in &swept.curves {
        let _ = writeln!(
            text,
            "\n{} for {}, now {current}",
            swept.threshold, curve.rule
        );
        let rows: Vec<PointRow> = curve.points.iter().map(PointRow::of).collect();
        let _ = writeln!(text, "{}", output::table(&rows));
        best(text, "best F1", curve.best_by_f1.as_ref());
        best(
            text,
            "fewest false alarms with a recall of 0.95",
            curve.best_by_recall.as_ref(),
        );
        unreached(text, curve);
    }
}

fn best(text: &mut String, what: &str, best: Option<&Best>) {
    let Some(best) = best else { return };
    let _ = writeln!(
        text,
        "{what}: {} (precision {}, recall {}, {} false alarms)",
        best.value,
        share(best.precision),
        share(best.recall),
        best.false_positives
    );
}

fn unreached(text: &mut String, curve: &Curve) {
    let labelled = curve.points.iter().any(|point| point.recall.is_some());
    if labelled && curve.best_by_recall.is_none() {
        let _ = writeln!(text, "no value reaches a recall of 0.95");
    }
}

#[derive(Serialize)]
struct ScoreRow {
    name: String,
    cells: Vec<String>,
}

impl ScoreRow {
    fn of(score: &Score) -> Self {
        let confusion = score.confusion;
        let delays = score.delays.as_ref();
        let delay = |delay: Option<Span>| delay.map_or(String::new(), span);
        let shadow = if score.shadow { " (shadow)" } else { "" };
        Self {
            name: format!("{}{shadow}", score.name),
            cells: vec![
                score.exceptions.to_string(),
                score.labelled.to_string(),
                confusion.true_positives.to_string(),
                confusion.missed.to_string(),
                confusion.false_positives.to_string(),
                share(score.precision),
                share(score.recall),
                share(score.f1),
                score
                    .false_alarms_per_thousand
                    .map_or(String::new(), |rate| format!("{rate:.2}")),
                delay(delays.map(|delays| delays.median)),
                delay(delays.map(|delays| delays.p90)),
            ],
        }
    }
}

impl Row for ScoreRow {
    const COLUMNS: &'static [&'static str] = &[
        "RULE",
        "EXCEPTIONS",
        "LABELLED",
        "FOUND",
        "MISSED",
        "FALSE",
        "PRECISION",
        "RECALL",
        "F1",
        "FALSE/1000",
        "DELAY",
        "P90",
    ];

    fn cells(&self) -> Vec<String> {
        let name = std::iter::once(self.name.clone());
        name.chain(self.cells.iter().cloned()).collect()
    }
}

#[derive(Serialize)]
struct ListedRow<'l>(&'l Listed);

impl Row for ListedRow<'_> {
    const COLUMNS: &'static [&'static str] =
        &["ORDER", "RULE", "OPENED AT", "CLEARED AT", "EXEMPT BY"];

    fn cells(&self) -> Vec<String> {
        let Self(listed) = self;
        vec![
            listed.order_id.clone(),
            listed.rule.clone(),
            listed.opened_at.to_string(),
            listed
                .cleared_at
                .map(|at| at.to_string())
                .unwrap_or_default(),
            listed.exempt_by.clone().unwrap_or_default(),
        ]
    }
}

#[derive(Serialize)]
struct PointRow {
    cells: Vec<String>,
}

impl PointRow {
    fn of(point: &Point) -> Self {
        let confusion = point.confusion;
        Self {
            cells: vec![
                point.value.clone(),
                point.exceptions.to_string(),
                confusion.true_positives.to_string(),
                confusion.missed.to_string(),
                confusion.false_positives.to_string(),
                share(point.precision),
                share(point.recall),
                share(point.f1),
            ],
        }
    }
}

impl Row for PointRow {
    const COLUMNS: &'static [&'static str] = &[
        "VALUE",
        "EXCEPTIONS",
        "FOUND",
        "MISSED",
        "FALSE",
        "PRECISION",
        "RECALL",
        "F1",
    ];

    fn cells(&self) -> Vec<String> {
        self.cells.clone()
    }
}

fn share(share: Option<f64>) -> String {
    share.map_or(String::new(), |share| format!("{share:.3}"))
}

/// Writes a delay with its two largest units.
pub(in crate::backtest) fn span(span: Span) -> String {
    let sign = if span.micros() < 0 { "-" } else { "" };
    if span.micros() == 0 {
        return "0s".to_owned();
    }
    let length = spell(Duration::from_micros(span.micros().unsigned_abs()));
    format!("{sign}{length}")
}
