//! Figures: how right verdicts are, and how late.

use order::Span;
use serde::{Serialize, Serializer};

/// Verdicts held against labels. Orders without a label are in none of the four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Labelled as exceptions, and found.
    pub true_positives: u64,
    /// Labelled as sound, and found: false alarms.
    pub false_positives: u64,
    /// Labelled as exceptions, and not found.
    pub missed: u64,
    /// Labelled as sound, and not found.
    pub true_negatives: u64,
}

impl Confusion {
    /// Takes in what is known of an order and whether something was found.
    pub(super) fn take(&mut self, is_exception: bool, is_found: bool) {
        let count = match (is_exception, is_found) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (true, false) => &mut self.missed,
            (false, false) => &mut self.true_negatives,
        };
        *count += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.missed += other.missed;
        self.true_negatives += other.true_negatives;
    }

    /// How many labels there are.
    #[must_use]
    pub const fn labelled(&self) -> u64 {
        self.true_positives + self.false_positives + self.missed + self.true_negatives
    }

    /// Share of what was found that is right; none when nothing labelled was found.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        ratio(
            self.true_positives,
            self.true_positives + self.false_positives,
        )
    }

    /// Share of the exceptions that was found; none when there are none.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.true_positives + self.missed)
    }

    /// Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); none when there is
    /// neither an exception nor a false alarm.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.missed)
    }
}

/// A share, when there is anything to have a share of.
pub(super) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How long after the instants of labels their exceptions opened; negative where a rule was
/// earlier than people. Quantiles are nearest ranks: always one of the delays measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delays {
    /// How many exceptions have a label with an instant.
    pub count: u64,
    /// The shortest, in seconds.
    #[serde(rename = "min_seconds", serialize_with = "seconds")]
    pub min: Span,
    /// The middle one, the lower of two, in seconds.
    #[serde(rename = "median_seconds", serialize_with = "seconds")]
    pub median: Span,
    /// The one that nine tenths do not exceed, in seconds.
    #[serde(rename = "p90_seconds", serialize_with = "seconds")]
    pub p90: Span,
    /// The longest, in seconds.
    #[serde(rename = "max_seconds", serialize_with = "seconds")]
    pub max: Span,
    /// How they are spread.
    pub distribution: Vec<Bucket>,
}

/// Delays of similar length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// Shortest that belongs here, in seconds; none for the first bucket.
    #[serde(rename = "from_seconds", serialize_with = "maybe_seconds")]
    pub from: Option<Span>,
    /// The next bucket's shortest; none for the last.
    #[serde(rename = "below_seconds", serialize_with = "maybe_seconds")]
    pub below: Option<Span>,
    /// How many there are.
    pub count: u64,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Where buckets end and begin, in seconds.
const EDGES: [i64; 10] = [
    -DAY,
    -HOUR,
    0,
    MINUTE,
    10 * MINUTE,
    HOUR,
    6 * HOUR,
    DAY,
    3 * DAY,
    7 * DAY,
];

impl Delays {
    /// Sums delays up; none when there are none.
    pub(super) fn of(mut delays: Vec<Span>) -> Option<Self> {
        delays.sort_unstable();
        let (min, max) = (*delays.first()?, *delays.last()?);
        let rank = |tenths: usize| delays[(delays.len() * tenths).div_ceil(10).max(1) - 1];
        let edges = EDGES.map(Span::from_seconds);
        let starts = std::iter::once(None).chain(edges.into_iter().map(Some));
        let ends = edges.into_iter().map(Some).chain([None]);
        let place = |edge: Option<Span>, otherwise: usize| {
            edge.map_or(otherwise, |edge| {
                delays.partition_point(|delay| *delay < edge)
            })
        };
        let buckets = starts.zip(ends).map(|(from, below)| Bucket {
            from,
            below,
            count: (place(below, delays.len()) - place(from, 0)) as u64,
        });
        Some(Self {
            count: delays.len() as u64,
            min,
            median: rank(5),
            p90: rank(9),
            max,
            distribution: buckets.collect(),
        })
    }
}

fn as_seconds(span: Span) -> f64 {
    span.micros() as f64 / 1e6
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "asked for by serde")]
fn seconds<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(as_seconds(*span))
}

fn maybe_seconds<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serializer.serialize_some(&as_seconds(*span)),
        None => serializer.serialize_none(),
    }
}
