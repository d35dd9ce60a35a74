//! The same by Alertmanager.

use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{BATCH, SAMPLES, peer::Alertmanager, sink::Sink};

pub(crate) struct Theirs {
    /// From the first request until everything has arrived.
    pub(crate) all: Duration,
    /// From the request to the webhook, one at a time.
    pub(crate) latencies: Vec<Duration>,
}

pub(crate) async fn measure(count: usize) -> Theirs {
    let mut sink = Sink::start().await;
    let running = start(&sink.url()).await;
    let begun = Instant::now();
    let numbers: Vec<usize> = (0..count).collect();
    for batch in numbers.chunks(BATCH) {
        running.post(alerts(batch)).await;
    }
    let all = sink.wait_for(count).await - begun;
    let mut latencies = Vec::new();
    for number in count..count + SAMPLES {
        let begun = Instant::now();
        running.post(alerts(&[number])).await;
        latencies.push(sink.wait_for(1).await - begun);
    }
    Theirs { all, latencies }
}

/// Starts it so that every alert is a group of its own, told of at once.
async fn start(sink: &str) -> Alertmanager {
    let binary = std::env::var_os("ORDERWATCH_ALERTMANAGER");
    let binary = binary.unwrap_or_else(|| "prometheus-alertmanager".into());
    let text = format!(
        "route: {{receiver: sink, group_by: ['...'], group_wait: 0s, group_interval: 1h}}\n\
         receivers:\n  - name: sink\n    webhook_configs: [{{url: '{sink}', send_resolved: false}}]\n"
    );
    Alertmanager::start(&binary, &text).await
}

/// Alerts by their numbers.
fn alerts(numbers: &[usize]) -> Vec<Value> {
    let now = Utc::now().to_rfc3339();
    let alert = |number: &usize| {
        let labels = json!({"alertname": "late-shipment", "order_id": format!("A{number}"),
            "warehouse": "WH-E", "region": "east", "severity": "high"});
        let annotations = json!({"instructions": "Call the warehouse"});
        json!({"labels": labels, "annotations": annotations, "startsAt": now})
    };
    numbers.iter().map(alert).collect()
}
