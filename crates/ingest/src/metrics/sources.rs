//! How fresh sources are, as numbers that a loop reads and a collection only repeats.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use contracts::ingest::v1::Source;
use contracts::time::instant;
use opentelemetry::metrics::Meter;
use order::Timestamp;
use service::runtime::Context;
use tracing::warn;

use super::{SOURCE, meter, text};
use crate::{Error, freshness};

/// What is told of one source.
struct Reading {
    source: String,
    lag: Option<f64>,
    is_late: Option<bool>,
    since_success: Option<f64>,
    is_failing: bool,
    backlog: i64,
    quarantined: i64,
}

/// The sources as they were read last; none where they could not be read.
#[derive(Default)]
struct Readings(RwLock<Vec<Reading>>);

/// Reads the sources once for each export, until the service stops.
pub(crate) async fn keep_told(context: Context) -> Result<(), Error> {
    let telemetry = &context.settings.telemetry;
    if telemetry.otlp_endpoint.is_none() {
        return Ok(());
    }
    let every = telemetry.metrics_every.duration();
    let readings = Arc::new(Readings::default());
    readings.observe(&meter());
    loop {
        let now = context.clock.now().into();
        let reading = freshness::sources(context.database.pool(), now);
        readings.replace(match tokio::time::timeout(every, reading).await {
            Ok(Ok(sources)) => sources
                .iter()
                .map(|source| Reading::of(source, now))
                .collect(),
            Ok(Err(error)) => {
                warn!(error = %error, "cannot read how fresh sources are, nothing is told of them");
                Vec::new()
            }
            Err(_) => {
                warn!("reading how fresh sources are takes too long, nothing is told of them");
                Vec::new()
            }
        });
        if !context.shutdown.sleep(every).await {
            return Ok(());
        }
    }
}

impl Reading {
    fn of(source: &Source, now: Timestamp) -> Self {
        let declaration = source.declaration.clone().unwrap_or_default();
        let lag = source.lag.as_ref().map(seconds);
        let late_after = declaration.late_after.as_ref().map(seconds);
        let succeeded = source.last_success_at.as_ref().map(instant);
        let succeeded: Option<Timestamp> = succeeded.and_then(Result::ok);
        Self {
            source: declaration.source,
            lag,
            is_late: lag.zip(late_after).map(|(lag, most)| lag >= most),
            since_success: succeeded.map(|at| now.since(at).micros().max(0) as f64 / 1e6),
            is_failing: !source.failing.is_empty(),
            backlog: source.backlog,
            quarantined: source.quarantined,
        }
    }
}

impl Readings {
    fn replace(&self, readings: Vec<Reading>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = readings;
    }

    /// Has every collection repeat what was read last, for as long as somebody reads.
    fn observe(self: &Arc<Self>, meter: &Meter) {
        let gauges: [Gauge; 6] = [
            (
                "orderwatch.source.lag",
                ("s", "How far the source's watermark is behind the clock."),
                |reading| reading.lag,
            ),
            (
                "orderwatch.source.late",
                (
                    "1",
                    "Whether the source is further behind than its late_after.",
                ),
                |reading| reading.is_late.map(f64::from),
            ),
            (
                "orderwatch.source.since_success",
                (
                    "s",
                    "How long ago all that feeds the source had last succeeded.",
                ),
                |reading| reading.since_success,
            ),
            (
                "orderwatch.source.failing",
                ("1", "Whether something that feeds the source fails."),
                |reading| Some(f64::from(reading.is_failing)),
            ),
            (
                "orderwatch.source.backlog",
                (
                    "{batch}",
                    "Batches in the journal that the bus has not got yet.",
                ),
                |reading| Some(reading.backlog as f64),
            ),
            (
                "orderwatch.source.quarantined",
                ("{record}", "Records of the source that are in quarantine."),
                |reading| Some(reading.quarantined as f64),
            ),
        ];
        for (name, (unit, description), value) in gauges {
            let readings: Weak<Self> = Arc::downgrade(self);
            let gauge = meter.f64_observable_gauge(name).with_unit(unit);
            gauge
                .with_description(description)
                .with_callback(move |observer| {
                    let Some(readings) = readings.upgrade() else {
                        return;
                    };
                    let readings = readings.0.read().unwrap_or_else(PoisonError::into_inner);
                    for reading in readings.iter() {
                        if let Some(value) = value(reading) {
                            observer.observe(value, &[text(SOURCE, &reading.source)]);
                        }
                    }
                })
                .build();
        }
    }
}

/// A metric's name, its unit and meaning, and how it is read of a source.
type Gauge = (
    &'static str,
    (&'static str, &'static str),
    fn(&Reading) -> Option<f64>,
);

fn seconds(span: &prost_types::Duration) -> f64 {
    span.seconds as f64 + f64::from(span.nanos) / 1e9
}
