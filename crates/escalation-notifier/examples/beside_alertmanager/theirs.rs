//! The same by Alertmanager.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::Utc;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{BATCH, SAMPLES, sink::Sink};

pub(crate) struct Theirs {
    /// From the first request until everything has arrived.
    pub(crate) all: Duration,
    /// From the request to the webhook, one at a time.
    pub(crate) latencies: Vec<Duration>,
}

pub(crate) async fn measure(count: usize) -> Theirs {
    let mut sink = Sink::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (_running, address) = start(folder.path(), &sink.url()).await;
    let begun = Instant::now();
    let numbers: Vec<usize> = (0..count).collect();
    for batch in numbers.chunks(BATCH) {
        post(address, batch).await;
    }
    let all = sink.wait_for(count).await - begun;
    let mut latencies = Vec::new();
    for number in count..count + SAMPLES {
        let begun = Instant::now();
        post(address, &[number]).await;
        latencies.push(sink.wait_for(1).await - begun);
    }
    Theirs { all, latencies }
}

/// Alertmanager, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts it so that every alert is a group of its own, told of at once.
async fn start(folder: &Path, sink: &str) -> (Running, SocketAddr) {
    let binary = std::env::var_os("ORDERWATCH_ALERTMANAGER");
    let binary = binary.unwrap_or_else(|| "prometheus-alertmanager".into());
    let config = folder.join("alertmanager.yml");
    let text = format!(
        "route: {{receiver: sink, group_by: ['...'], group_wait: 0s, group_interval: 1h}}\n\
         receivers:\n  - name: sink\n    webhook_configs: [{{url: '{sink}', send_resolved: false}}]\n"
    );
    std::fs::write(&config, text).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let child = Command::new(binary)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let running = Running(child.unwrap());
    while TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    (running, address)
}

/// Posts alerts in one request.
async fn post(address: SocketAddr, numbers: &[usize]) {
    let now = Utc::now().to_rfc3339();
    let alert = |number: &usize| {
        let labels = json!({"alertname": "late-shipment", "order_id": format!("A{number}"),
            "warehouse": "WH-E", "region": "east", "severity": "high"});
        let annotations = json!({"instructions": "Call the warehouse"});
        json!({"labels": labels, "annotations": annotations, "startsAt": now})
    };
    let body = Value::Array(numbers.iter().map(alert).collect()).to_string();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /api/v2/alerts HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
