//! The same by the notifier: what the service runs, without the broker.

use std::time::Duration;

use contracts::event::v1::TicketChanged;
use escalation_notifier::{domain::policy::Channel, sink::vendors::WEBHOOK_SECRET};
use service::lifecycle::Shutdown;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    BATCH, SAMPLES, bare,
    office::{Office, opened},
    sink::Sink,
};

pub(crate) struct Ours {
    /// From the first event until everything has arrived.
    pub(crate) all: Duration,
    /// From the first event until everything is decided, while nothing is sent.
    pub(crate) decided: Duration,
    /// Bare inserts of the rows of that.
    pub(crate) bare: Duration,
    /// From the event until its notice is due, one at a time.
    pub(crate) decisions: Vec<Duration>,
    /// From the event to the webhook, one at a time.
    pub(crate) latencies: Vec<Duration>,
}

pub(crate) async fn measure(count: usize) -> Ours {
    let (decided, bare) = decided(count).await;
    let mut sink = Sink::start().await;
    let office = office(&sink, "").await;
    let running = run(&office);
    let begun = Instant::now();
    take(&office, 0, count).await;
    let all = sink.wait_for(count).await - begun;
    drop((running, office));

    let groups = "  groupBy: [order_id]\n  groupWait: 0s\n  groupInterval: 1h\n";
    let office = self::office(&sink, groups).await;
    let mut running = run(&office);
    take(&office, 0, count).await;
    sink.wait_for(count).await;
    let mut latencies = Vec::new();
    for number in count..count + SAMPLES {
        let begun = Instant::now();
        office.take(&tickets(number, 1)).await;
        latencies.push(sink.wait_for(1).await - begun);
    }
    running.abort_all();
    while running.join_next().await.is_some() {}
    let mut decisions = Vec::new();
    for number in count + SAMPLES..count + 2 * SAMPLES {
        let begun = Instant::now();
        office.take(&tickets(number, 1)).await;
        assert_eq!(office.notifier.tell_due_groups().await.unwrap().done, 1);
        decisions.push(begun.elapsed());
    }
    Ours {
        all,
        decided,
        bare,
        decisions,
        latencies,
    }
}

/// How long it takes to decide, and to insert the rows of that again.
async fn decided(count: usize) -> (Duration, Duration) {
    let sink = Sink::start().await;
    let office = office(&sink, "").await;
    let begun = Instant::now();
    take(&office, 0, count).await;
    let decided = begun.elapsed();
    (decided, bare::measure(office.database.pool()).await)
}

/// An office that tells one webhook.
async fn office(sink: &Sink, grouping: &str) -> Office {
    let office = Office::open(|_| {}).await;
    let signing = office.secret("signing", WEBHOOK_SECRET);
    let hook = office.secret("hook", &sink.url());
    let documents = format!(
        "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
    hook: {{vendor: webhook, webhook: 'file:{hook}', secret: 'file:{signing}'}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec:
  levels: [{{delay: 0s, recipients: ['endpoint:hook'], channel: webhook}}]
{grouping}"
    );
    office.apply(&documents).await;
    office
}

/// The loops of the service that take part.
fn run(office: &Office) -> JoinSet<()> {
    let mut running = JoinSet::new();
    for _ in 0..2 {
        let notifier = office.notifier.clone();
        let sending = notifier.run_dispatch(Channel::Webhook, Shutdown::new());
        running.spawn(async { sending.await.unwrap() });
    }
    let levels = office.notifier.clone().run_levels(Shutdown::new());
    running.spawn(async { levels.await.unwrap() });
    running
}

async fn take(office: &Office, from: usize, count: usize) {
    for first in (from..from + count).step_by(BATCH) {
        let batch = tickets(first, BATCH.min(from + count - first));
        office.take(&batch).await;
    }
}

fn tickets(from: usize, count: usize) -> Vec<TicketChanged> {
    (from..from + count)
        .map(|number| opened(&format!("A{number}")))
        .collect()
}
