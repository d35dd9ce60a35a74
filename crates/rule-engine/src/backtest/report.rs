//! What a backtest says in the end.

use super::label::{Label, Target};
use super::measure::{Confusion, Delays, ratio};
use super::sweep::Swept;
use super::tally::{Counts, Tally};
use super::{Backtest, sweep};
use crate::{Explanation, Interval, Mode, Severity};
use order::{OrderId, Timestamp};
use serde::Serialize;

/// Rules held against labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Number of the rule set.
    pub rule_set: i64,
    /// Digest of the rule set.
    pub digest: String,
    /// Through which instant it was judged.
    pub until: Timestamp,
    /// Orders judged.
    pub orders: u64,
    /// What became of the labels.
    pub labels: Labelling,
    /// Every label counted once, by the rule or scenario that it names itself.
    pub total: Score,
    /// Rule by rule.
    pub rules: Vec<Score>,
    /// Scenario by scenario: an order is an exception of a scenario when it is one of any of
    /// its rules.
    pub scenarios: Vec<Score>,
    /// Threshold by threshold, as asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<Swept>,
}

/// What became of the labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Labelling {
    /// Labels given.
    pub given: u64,
    /// Labels of orders that were judged.
    pub used: u64,
    /// Whether an order without a label counts as sound.
    pub complete: bool,
    /// Labels of problems that begin at the end or later.
    #[serde(skip_serializing_if = "is_zero")]
    pub after_the_end: u64,
    /// Labels of rules that were left out on demand.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// Labelled orders that were not among those judged, sorted.
    pub unknown_orders: Vec<String>,
    /// Rules and scenarios that labels name and the rule set has not.
    pub unknown_targets: Vec<UnknownTarget>,
}

/// A rule or scenario that labels name and the rule set has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownTarget {
    /// Such as `rule late`.
    pub target: String,
    /// How many labels name it.
    pub labels: u64,
    /// How many of them are exceptions: nothing can find those.
    pub exceptions: u64,
    /// The known name most like it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// How one rule or scenario did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Name of the rule or scenario; empty for the total.
    pub name: String,
    /// Scenario of the rule.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scenario: String,
    /// What the rule finds, in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// What the rule finds, in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_zh: String,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Whether the rule is only tried.
    pub shadow: bool,
    /// Condition of the rule as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Orders judged.
    pub orders: u64,
    /// Exceptions found: an order may have several.
    pub exceptions: u64,
    /// Exceptions that an exemption silences: in none of the other figures.
    pub exempt: u64,
    /// Orders with at least one exception.
    pub orders_with_exceptions: u64,
    /// Orders with an exception of which no label says anything: in none of the figures below.
    pub unlabelled_orders_with_exceptions: u64,
    /// Orders of which a label says something.
    pub labelled: u64,
    /// Verdicts against labels, order by order.
    #[serde(flatten)]
    pub confusion: Confusion,
    /// See [`Confusion::precision`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// See [`Confusion::recall`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// See [`Confusion::f1`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// Known false alarms for every thousand orders judged; none without labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_alarms_per_thousand: Option<f64>,
    /// From the instants of labels to those of exceptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delays: Option<Delays>,
    /// Orders labelled as exceptions and not found.
    pub missed_orders: Vec<Case>,
    /// Orders labelled as sound and found.
    pub false_orders: Vec<Case>,
}

/// One order on which a rule and people disagree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// The order.
    pub order_id: String,
    /// When it became a problem, as people say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labelled_at: Option<Timestamp>,
    /// When the rule became true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When the rule ceased to be true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<Timestamp>,
    /// The exemption for which the rule is silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt_by: Option<String>,
    /// What people wrote down.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Why each rule said what it said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explanations: Vec<Explained>,
}

/// Why a rule said what it said of an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The rule.
    pub rule: String,
    /// Just after which instant: a false alarm's beginning, the label's instant, or the end.
    pub at: Timestamp,
    /// Every sub-expression with its value.
    pub tree: Explanation,
}

impl Case {
    pub(super) fn missed(order_id: &OrderId, label: Option<&Label>) -> Self {
        Self {
            order_id: order_id.to_string(),
            labelled_at: label.and_then(|label| label.at),
            opened_at: None,
            cleared_at: None,
            exempt_by: None,
            note: label.map_or_else(String::new, |label| label.note.clone()),
            explanations: Vec::new(),
        }
    }

    pub(super) fn false_alarm(
        order_id: &OrderId,
        label: Option<&Label>,
        interval: Interval,
    ) -> Self {
        Self {
            opened_at: Some(interval.opened_at),
            cleared_at: interval.cleared_at,
            ..Self::missed(order_id, label)
        }
    }
}

pub(super) fn report(backtest: &Backtest<'_>, tally: Tally) -> Report {
    let orders = tally.orders;
    let labels = labelling(backtest, &tally);
    let targets = &backtest.targets;
    let (mut rules, mut scenarios) = (Vec::new(), Vec::new());
    for (target, counts) in tally.counts.into_iter().enumerate() {
        if !targets.is_reported(target) {
            continue;
        }
        let score = score(counts, orders);
        match targets.scenario_name(target) {
            Some(name) => scenarios.push(Score {
                name: name.to_owned(),
                ..score
            }),
            None => {
                let rule = &backtest.rule_set.rules()[target];
                rules.push(Score {
                    name: rule.name().to_owned(),
                    scenario: rule.scenario().to_owned(),
                    title_en: rule.title_en().to_owned(),
                    title_zh: rule.title_zh().to_owned(),
                    severity: Some(rule.severity()),
                    shadow: rule.mode() == Mode::Shadow,
                    condition: rule.condition().to_owned(),
                    ..score
                });
            }
        }
    }
    Report {
        rule_set: backtest.rule_set.number(),
        digest: backtest.rule_set.digest().to_owned(),
        until: backtest.options.until,
        orders,
        labels,
        total: score(tally.total, orders),
        rules,
        scenarios,
        sweeps: sweep::swept(&backtest.sweeps, tally.sweeps, orders),
    }
}

fn labelling(backtest: &Backtest<'_>, tally: &Tally) -> Labelling {
    let truth = &backtest.truth;
    let mut unknown_orders: Vec<String> = truth
        .orders()
        .filter(|order_id| !tally.labelled.contains(*order_id))
        .map(ToString::to_string)
        .collect();
    unknown_orders.sort();
    let unknown_target = |(target, (labels, exceptions)): (&&Target, &(u64, u64))| {
        let (Target::Rule(name) | Target::Scenario(name)) = target;
        UnknownTarget {
            target: target.to_string(),
            labels: *labels,
            exceptions: *exceptions,
            nearest: crate::fault::nearest(name, backtest.targets.names(target)),
        }
    };
    Labelling {
        given: truth.given,
        used: tally.labelled.iter().map(|order| truth.count(order)).sum(),
        complete: backtest.options.complete,
        after_the_end: truth.later,
        left_out: truth.unwanted,
        unknown_orders,
        unknown_targets: truth.unknown.iter().map(unknown_target).collect(),
    }
}

fn score(counts: Counts, orders: u64) -> Score {
    let confusion = counts.confusion;
    let labelled = confusion.labelled();
    let per_thousand = ratio(confusion.false_positives * 1_000, orders);
    Score {
        name: String::new(),
        scenario: String::new(),
        title_en: String::new(),
        title_zh: String::new(),
        severity: None,
        shadow: false,
        condition: String::new(),
        orders,
        exceptions: counts.exceptions,
        exempt: counts.exempt,
        orders_with_exceptions: counts.orders_with,
        unlabelled_orders_with_exceptions: counts.unlabelled,
        labelled,
        confusion,
        precision: confusion.precision(),
        recall: confusion.recall(),
        f1: confusion.f1(),
        false_alarms_per_thousand: per_thousand.filter(|_| labelled > 0),
        delays: Delays::of(counts.delays),
        missed_orders: counts.missed.into_sorted(),
        false_orders: counts.false_alarms.into_sorted(),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked for by serde")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
