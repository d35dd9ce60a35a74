//! Measures what an incident of many tickets costs: the longest transaction while its tickets are
//! named in pieces, when it is closed, and while what it kept back is let go.
//!
//! ```text
//! python3 scripts/servers.py run --durable --data-dir /tmp/servers -- \
//!     cargo run --release -p escalation-notifier --example bench_incident -- [TICKETS]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]

#[path = "../tests/escalation/office.rs"]
#[expect(dead_code, reason = "a measurement needs little of the office")]
mod office;

use std::time::{Duration, Instant};

use contracts::{escalation::v1::DeliveryState, event::v1::TicketGroupChanged};
use office::{Office, opened};
use prost::Message;
use service::consume::Handler;

/// Tickets that one event names.
const PIECE: usize = 500;

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map(|text| text.parse().unwrap());
    let count: usize = count.unwrap_or(10_000);
    let office = Office::open(|_| {}).await;
    let orders: Vec<String> = (0..count).map(|number| format!("A{number}")).collect();
    for piece in orders.chunks(PIECE) {
        let tickets: Vec<_> = piece.iter().map(|order| opened(order)).collect();
        office.take(&tickets).await;
    }
    let (mut largest, mut longest) = (0, hear(&office, "opened", group(1)).await);
    for piece in orders.chunks(PIECE) {
        let members = TicketGroupChanged {
            joined: piece.iter().map(|order| format!("T-{order}")).collect(),
            ..group(1)
        };
        largest = largest.max(members.encoded_len());
        longest = longest.max(hear(&office, "members", members).await);
    }
    let held = office.deliveries(&[DeliveryState::Held]).await.len();
    println!(
        "{count} tickets in events of at most {largest} bytes: {held} notices kept back, longest \
         transaction {longest:.0?}"
    );
    let closed = hear(&office, "closed", group(2)).await;
    let mut longest = Duration::ZERO;
    loop {
        let begun = Instant::now();
        if office.notifier.release_held().await.unwrap().done == 0 {
            break;
        }
        longest = longest.max(begun.elapsed());
    }
    let held = office.deliveries(&[DeliveryState::Held]).await.len();
    println!(
        "closed in {closed:.0?}; let go, {held} still kept back, longest transaction {longest:.0?}"
    );
}

fn group(version: i64) -> TicketGroupChanged {
    TicketGroupChanged {
        group_id: "G1".to_owned(),
        kind: "incident".to_owned(),
        title: "the lift is broken".to_owned(),
        names_members: true,
        version,
        ..TicketGroupChanged::default()
    }
}

/// How long the notifier takes for an event.
async fn hear(office: &Office, what: &str, group: TicketGroupChanged) -> Duration {
    let heard = [office.receive_group(what, group)];
    let begun = Instant::now();
    office.notifier.handle(&heard).await.unwrap();
    begun.elapsed()
}
