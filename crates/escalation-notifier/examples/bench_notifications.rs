//! Measures how notices get out: a burst of exceptions through robots that take 20 messages a
//! minute, and many sends to vendors of which a third of the answers are failures, none, or wrong,
//! while notifiers are killed. What must hold is checked as in the tests.
//!
//! ```text
//! python3 scripts/servers.py run --durable --data-dir /tmp/servers -- \
//!     cargo run --release -p escalation-notifier --example bench_notifications -- [BURST] [STORM]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]

#[path = "../tests/escalation/burst.rs"]
mod burst;
#[path = "../tests/escalation/office.rs"]
#[expect(dead_code, reason = "a measurement needs little of the office")]
mod office;
#[path = "../tests/escalation/storm.rs"]
mod storm;

use std::time::Duration;

#[tokio::main]
async fn main() {
    let mut counts = std::env::args().skip(1).map(|text| text.parse().unwrap());
    let exceptions: usize = counts.next().unwrap_or(10_000);
    let tickets: usize = counts.next().unwrap_or(50_000);

    let mut burst = burst::went_through(exceptions).await;
    burst.urgent.sort_unstable();
    let rate = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "burst: {exceptions} exceptions, decided {:.0} a second ({:.1} s), all said after {:.1} s in \
         {} messages; critical ones arrived within {:.2} s (median), {:.2} s (latest)",
        rate(exceptions, burst.decided),
        burst.decided.as_secs_f64(),
        burst.said.as_secs_f64(),
        burst.messages,
        burst.urgent[burst.urgent.len() / 2].as_secs_f64(),
        burst.urgent.last().unwrap().as_secs_f64(),
    );

    let took = storm::weathered(tickets).await;
    let told = 2 * tickets;
    println!(
        "storm: {told} messages, decided and delivered {:.0} a second ({:.1} s), 3 kills; none lost, \
         none twice without need",
        rate(told, took),
        took.as_secs_f64(),
    );
}
