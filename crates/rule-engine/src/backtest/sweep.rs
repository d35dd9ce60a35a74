//! A threshold with other values: the rules that use it, judged again under each.

mod value;
mod variant;

use super::measure::{Confusion, ratio};
use super::tally::Counts;
use crate::rule_set::Faults;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

pub(super) use variant::Variant;

/// Most values of one sweep.
const MAX_VALUES: usize = 200;
/// Recall that a threshold should reach before its false alarms count.
const WANTED_RECALL: f64 = 0.95;

/// Which value of a threshold is changed: `ship-within` is its default, `ship-within[2]` the
/// value of its third row, `ship-within.double-11` and `ship-within.double-11[0]` those of a
/// campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the threshold.
    pub threshold: String,
    /// Name of the campaign, when it is not the plain table.
    pub campaign: Option<String>,
    /// Row, from 0; the default when none.
    pub row: Option<usize>,
}

/// A threshold, its values, and the rule set under each of them.
#[derive(Debug)]
pub struct Sweep {
    place: Place,
    current: Option<String>,
    /// Rules that use the threshold, by name.
    rules: Vec<String>,
    variants: Vec<Variant>,
}

/// Why a sweep cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// It is not written as sweeps are.
    #[error("`{0}` is not a sweep: write it like ship-within=12h..72h/6h or ship-within[2]=1,2,4")]
    Form(String),
    /// The rule set has no such threshold, or the threshold no such row or campaign.
    #[error("there is no {0}{hint}", hint = .1.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    Unknown(String, Option<String>),
    /// A value is not of the threshold's type.
    #[error("`{value}` is not a value of {place}: expected {expected}")]
    Value {
        /// The value.
        value: String,
        /// Whose value it should be.
        place: Place,
        /// What was expected.
        expected: &'static str,
    },
    /// There are too many values to judge everything by.
    #[error("{place} would take more than {MAX_VALUES} values: make the steps larger")]
    TooMany {
        /// Whose values they are.
        place: Place,
    },
    /// Nothing would change.
    #[error("no rule that is judged uses the threshold `{0}`")]
    Unused(String),
    /// The rule set is refused with that value.
    #[error("{place} cannot be {value}: {faults}")]
    Refused {
        /// Whose value it is.
        place: Place,
        /// The value.
        value: String,
        /// Why.
        faults: Faults,
    },
}

/// What came of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Swept {
    /// What was changed, such as `ship-within` or `ship-within[2]`.
    pub threshold: String,
    /// The value in the rule set as given, when it is a plain one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// One for each rule that uses the threshold.
    pub curves: Vec<Curve>,
}

/// One rule under each value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The rule.
    pub rule: String,
    /// Value by value, in the order asked for.
    pub points: Vec<Point>,
    /// The value with the highest F1; of equals the one with the fewest false alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_by_f1: Option<Best>,
    /// The value with the fewest false alarms of those with a recall of at least 0.95.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_by_recall: Option<Best>,
}

/// One rule under one value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The value as a rule set writes it.
    pub value: String,
    /// The value as a number: seconds of a duration, the place in the list of a text.
    pub number: f64,
    /// Exceptions found.
    pub exceptions: u64,
    /// Orders with at least one exception.
    pub orders_with_exceptions: u64,
    /// Verdicts against labels.
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
}

/// A value worth considering.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The value.
    pub value: String,
    /// Its precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Its recall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Its F1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// Its false alarms.
    pub false_positives: u64,
}

impl Sweep {
    /// Makes the variants of a rule set that a sweep such as `ship-within=12h..72h/6h` asks for;
    /// of its rules only those that use the threshold, and only those of `rules` if given.
    ///
    /// # Errors
    ///
    /// See [`SweepError`].
    pub fn of(
        asked: &str,
        rule_set_yaml: &str,
        rules: Option<&BTreeSet<String>>,
    ) -> Result<Self, SweepError> {
        let form = || SweepError::Form(asked.to_owned());
        let (place, values) = asked.split_once('=').ok_or_else(form)?;
        let place: Place = place.trim().parse().map_err(|()| form())?;
        variant::sweep(place, values.trim(), rule_set_yaml, rules)
    }

    /// What is changed.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.variants.len()
    }

    /// Whether there are no values.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.variants.is_empty()
    }

    pub(super) fn variants(&self) -> &[Variant] {
        &self.variants
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (table, row) = match text.split_once('[') {
            None => (text, None),
            Some((table, row)) => {
                let row = row.strip_suffix(']').ok_or(())?;
                (table, Some(row.parse().map_err(|_| ())?))
            }
        };
        let (threshold, campaign) = match table.split_once('.') {
            None => (table, None),
            Some((threshold, campaign)) => (threshold, Some(campaign)),
        };
        if threshold.is_empty() || campaign == Some("") {
            return Err(());
        }
        Ok(Self {
            threshold: threshold.to_owned(),
            campaign: campaign.map(str::to_owned),
            row,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.threshold)?;
        if let Some(campaign) = &self.campaign {
            write!(formatter, ".{campaign}")?;
        }
        match self.row {
            Some(row) => write!(formatter, "[{row}]"),
            None => Ok(()),
        }
    }
}

pub(super) fn swept(sweeps: &[Sweep], counts: Vec<Vec<Vec<Counts>>>, orders: u64) -> Vec<Swept> {
    let swept = |(sweep, counts): (&Sweep, Vec<Vec<Counts>>)| Swept {
        threshold: sweep.place.to_string(),
        current: sweep.current.clone(),
        curves: sweep
            .rules
            .iter()
            .map(|rule| curve(sweep, rule, &counts, orders))
            .collect(),
    };
    sweeps.iter().zip(counts).map(swept).collect()
}

fn curve(sweep: &Sweep, rule: &str, counts: &[Vec<Counts>], orders: u64) -> Curve {
    let of_rule = |(variant, counts): (&Variant, &Vec<Counts>)| {
        let rules = variant.rule_set.rules();
        let index = rules.iter().position(|known| known.name() == rule)?;
        Some(point(variant, counts.get(index)?, orders))
    };
    let points: Vec<Point> = sweep
        .variants
        .iter()
        .zip(counts)
        .filter_map(of_rule)
        .collect();
    let by_f1 = |point: &Point| Some((point.f1?, point.confusion.false_positives));
    let by_recall = |point: &Point| {
        let recall = point.recall.filter(|recall| *recall >= WANTED_RECALL)?;
        Some((recall, point.confusion.false_positives))
    };
    Curve {
        rule: rule.to_owned(),
        best_by_f1: best(&points, by_f1, |(f1, false_alarms)| {
            (f1, -(false_alarms as f64))
        }),
        best_by_recall: best(&points, by_recall, |(recall, false_alarms)| {
            (-(false_alarms as f64), recall)
        }),
        points,
    }
}

fn point(variant: &Variant, counts: &Counts, orders: u64) -> Point {
    let confusion = counts.confusion;
    let per_thousand = ratio(confusion.false_positives * 1_000, orders);
    Point {
        value: variant.value.text.clone(),
        number: variant.value.number,
        exceptions: counts.exceptions,
        orders_with_exceptions: counts.orders_with,
        confusion,
        precision: confusion.precision(),
        recall: confusion.recall(),
        f1: confusion.f1(),
        false_alarms_per_thousand: per_thousand.filter(|_| confusion.labelled() > 0),
    }
}

/// The first of the points with the highest rank, of those that have the figures for one.
fn best(
    points: &[Point],
    figures: impl Fn(&Point) -> Option<(f64, u64)>,
    rank: impl Fn((f64, u64)) -> (f64, f64),
) -> Option<Best> {
    let mut best: Option<((f64, f64), &Point)> = None;
    for point in points {
        let Some(rank) = figures(point).map(&rank) else {
            continue;
        };
        if best.is_none_or(|(highest, _)| rank > highest) {
            best = Some((rank, point));
        }
    }
    best.map(|(_, point)| Best {
        value: point.value.clone(),
        precision: point.precision,
        recall: point.recall,
        f1: point.f1,
        false_positives: point.confusion.false_positives,
    })
}
