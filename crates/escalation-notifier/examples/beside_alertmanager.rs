//! Measures, beside Prometheus Alertmanager on the same alerts in the same run, how many
//! notifications are decided and delivered a second, each to a webhook on this machine, and how
//! long one takes while 10,000 groups are active. Alertmanager keeps its alerts in memory; what it
//! costs to keep them in the database is measured by bare inserts of the same rows.
//!
//! ```text
//! ORDERWATCH_ALERTMANAGER=/usr/bin/prometheus-alertmanager \
//! python3 scripts/servers.py run --durable --data-dir /tmp/servers -- \
//!     cargo run --release -p escalation-notifier --example beside_alertmanager -- [ALERTS]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]

#[path = "beside_alertmanager/bare.rs"]
mod bare;
#[path = "../tests/escalation/office.rs"]
#[expect(dead_code, reason = "a measurement needs little of the office")]
mod office;
#[path = "beside_alertmanager/ours.rs"]
mod ours;
#[path = "../tests/escalation/peer.rs"]
mod peer;
#[path = "beside_alertmanager/sink.rs"]
mod sink;
#[path = "beside_alertmanager/theirs.rs"]
mod theirs;

use std::time::Duration;

/// Alerts of one request, or tickets of one batch.
const BATCH: usize = 500;

/// Notifications of which each is waited for by itself.
const SAMPLES: usize = 300;

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map(|text| text.parse().unwrap());
    let count: usize = count.unwrap_or(10_000);
    let theirs = theirs::measure(count).await;
    let ours = ours::measure(count).await;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "{count} notifications, each of one alert, on the wire of a webhook:\n\
         \x20 Alertmanager          {:>8.0} a second ({:.2?})\n\
         \x20 decided and delivered {:>8.0} a second ({:.2?})\n\
         \x20 decided only          {:>8.0} a second ({:.2?})\n\
         \x20 bare inserts          {:>8.0} a second ({:.2?})",
        rate(theirs.all),
        theirs.all,
        rate(ours.all),
        ours.all,
        rate(ours.decided),
        ours.decided,
        rate(ours.bare),
        ours.bare,
    );
    println!(
        "as a share of Alertmanager: decided and delivered {:.2}, decided {:.2}; of bare inserts: \
         decided {:.2}",
        theirs.all.as_secs_f64() / ours.all.as_secs_f64(),
        theirs.all.as_secs_f64() / ours.decided.as_secs_f64(),
        ours.bare.as_secs_f64() / ours.decided.as_secs_f64(),
    );
    println!("one more group beside {count} that are active, median, 99% and longest:");
    for (what, latencies) in [
        (
            "Alertmanager, from the request to the webhook",
            theirs.latencies,
        ),
        (
            "ours, from the event to the row that is due",
            ours.decisions,
        ),
        ("ours, from the event to the webhook", ours.latencies),
    ] {
        let [median, late, longest] = quantiles(latencies);
        println!("  {what}: {median:.2?}, {late:.2?}, {longest:.2?}");
    }
}

/// Median, 99th percentile and the longest.
fn quantiles(mut latencies: Vec<Duration>) -> [Duration; 3] {
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    [at(50), at(99), at(100)]
}
