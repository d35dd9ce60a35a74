//! What a backtest must reach, and whether it does.

use clap::Args;
use rule_engine::backtest::Report;
use serde::Serialize;

/// Limits on the total of all labels.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Checks (exit code 6 when one fails)")]
pub(crate) struct Limits {
    /// Most labelled exceptions that the rules may miss.
    #[arg(long, value_name = "N", requires = "labels")]
    max_missed: Option<u64>,
    /// Most false alarms that labels may know of.
    #[arg(long, value_name = "N", requires = "labels")]
    max_false: Option<u64>,
    /// Least precision, such as 0.9.
    #[arg(long, value_name = "SHARE", requires = "labels", value_parser = share)]
    min_precision: Option<f64>,
    /// Least recall, such as 0.95.
    #[arg(long, value_name = "SHARE", requires = "labels", value_parser = share)]
    min_recall: Option<f64>,
}

/// One check with its outcome.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Check {
    /// The option that asked for it.
    pub(crate) check: &'static str,
    pub(crate) limit: f64,
    /// What was reached; none when no label could tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reached: Option<f64>,
    pub(crate) passed: bool,
    /// The same in one line.
    pub(crate) told: String,
}

impl Limits {
    /// Holds a report against the limits. Exceptions of rules that the rule set does not have
    /// are missed as well, and where no label could be used nothing passes.
    pub(crate) fn check(&self, report: &Report) -> Vec<Check> {
        let confusion = report.total.confusion;
        let unanswered: u64 = report
            .labels
            .unknown_targets
            .iter()
            .map(|unknown| unknown.exceptions)
            .sum();
        let used = confusion.labelled() + unanswered > 0;
        let missed = used.then_some((confusion.missed + unanswered) as f64);
        let false_alarms = used.then_some(confusion.false_positives as f64);
        let all = confusion.true_positives + confusion.missed + unanswered;
        let recall = (all > 0).then(|| confusion.true_positives as f64 / all as f64);
        let at_most = |check, limit: Option<u64>, reached: Option<f64>| {
            limit.map(|limit| {
                let passed = reached.is_some_and(|reached| reached <= limit as f64);
                Check::new(check, limit as f64, reached, passed, "allowed")
            })
        };
        let at_least = |check, limit: Option<f64>, reached: Option<f64>| {
            limit.map(|limit| {
                let passed = reached.is_some_and(|reached| reached >= limit);
                Check::new(check, limit, reached, passed, "wanted")
            })
        };
        [
            at_most("max-missed", self.max_missed, missed),
            at_most("max-false", self.max_false, false_alarms),
            at_least("min-precision", self.min_precision, confusion.precision()),
            at_least("min-recall", self.min_recall, recall),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Check {
    fn new(check: &'static str, limit: f64, reached: Option<f64>, passed: bool, how: &str) -> Self {
        let what = match check {
            "max-missed" => "missed orders",
            "max-false" => "false alarms",
            "min-precision" => "precision",
            _ => "recall",
        };
        let told = match reached {
            Some(reached) => {
                let reached = (reached * 10_000.0).round() / 10_000.0;
                format!("{what}: {reached}, {limit} {how} (--{check})")
            }
            None => format!("{what}: no label could tell (--{check} {limit})"),
        };
        Self {
            check,
            limit,
            reached,
            passed,
            told,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number"))?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err("a share is between 0 and 1".to_owned())
    }
}
