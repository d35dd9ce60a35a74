//! Scores as lines of a table.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle};
use serde::Serialize;
use simulator::Score;

/// One score of one judge over one set of rules.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    scope: String,
    judge: String,
    real: usize,
    found: usize,
    missed: usize,
    #[serde(rename = "false")]
    false_alarms: usize,
    withdrawn: usize,
    wrong_ends: usize,
    precision: f64,
    recall: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_median: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_p99: Option<String>,
}

impl Line {
    pub(super) fn of(scope: &str, judge: &str, score: &Score) -> Self {
        let delay = |share| score.delay(share).map(|delay| rounded(delay.micros()));
        Self {
            delay_median: delay(0.5),
            delay_p99: delay(0.99),
            ..Self::timeless(scope, judge, score)
        }
    }

    /// The same without delays, where they mean nothing.
    pub(super) fn timeless(scope: &str, judge: &str, score: &Score) -> Self {
        Self {
            scope: scope.to_owned(),
            judge: judge.to_owned(),
            real: score.real,
            found: score.found,
            missed: score.missed(),
            false_alarms: score.false_alarms,
            withdrawn: score.withdrawn,
            wrong_ends: score.wrong_ends,
            precision: score.precision(),
            recall: score.recall(),
            delay_median: None,
            delay_p99: None,
        }
    }

    fn figures(&self) -> [String; 9] {
        let share = |share: f64| format!("{:.2}%", share * 100.0);
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        [
            self.real.to_string(),
            self.found.to_string(),
            self.missed.to_string(),
            self.false_alarms.to_string(),
            self.withdrawn.to_string(),
            share(self.precision),
            share(self.recall),
            text(&self.delay_median),
            text(&self.delay_p99),
        ]
    }
}

const FIGURES: [&str; 9] = [
    "TRUE",
    "FOUND",
    "MISSED",
    "FALSE",
    "WITHDRAWN",
    "PRECISION",
    "RECALL",
    "DELAY MEDIAN",
    "P99",
];

/// Judges side by side.
pub(super) fn of_scores(lines: &[Line]) -> String {
    let mut rows: Vec<Vec<String>> = Vec::with_capacity(lines.len());
    let mut last = "";
    for line in lines {
        let scope = if line.scope == last { "" } else { &line.scope };
        last = &line.scope;
        let names = [scope.to_owned(), line.judge.clone()];
        rows.push(names.into_iter().chain(line.figures()).collect());
    }
    drawn(&["EXCEPTIONS OF", "JUDGED BY"], rows)
}

/// One judge, rule by rule.
pub(super) fn of_rules(lines: &[Line]) -> String {
    let rows = lines.iter().map(|line| {
        let name = std::iter::once(line.scope.clone());
        name.chain(line.figures()).collect()
    });
    drawn(&["RULE"], rows.collect())
}

fn drawn(names: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(names.iter().chain(&FIGURES));
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index >= names.len() {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}

/// A delay of the shop's time, to the second below an hour and to the minute above.
fn rounded(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::Span;

    #[test]
    fn a_score_is_one_line_of_plain_figures() {
        let score = Score {
            real: 10,
            found: 9,
            withdrawn: 1,
            delays: vec![Span::from_seconds(95), Span::from_hours(5)],
            ..Score::default()
        };
        let text = of_scores(&[Line::of("all", "Orderwatch", &score)]);
        let line = text.lines().last().unwrap_or_default();
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(
            words.join(" "),
            "all Orderwatch 10 9 1 0 1 90.00% 90.00% 5h 0m 5h 0m"
        );
    }
}
