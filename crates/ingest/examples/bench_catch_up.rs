//! Measures how much memory it takes to catch up with a vendor who has a million records: a poll
//! reads them in pages from a vendor in the same process and journals them. What is told is the
//! most memory that the process ever had, at several places in the list: it must not grow with
//! the list.
//!
//! ```text
//! python3 scripts/servers.py run --data-dir /tmp/servers -- \
//!     cargo run --release -p ingest --example bench_catch_up -- [RECORDS]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Query, State};
use contracts::ingest::v1::connector_service_client::ConnectorServiceClient;
use contracts::ingest::v1::{ApplyConnectorRequest, GetConnectorRequest};
use ingest::{Config, RawConfig, SERVICE};
use service::clock::Clock;
use service::config::Faults;
use service::testkit::TestContext;
use tokio::net::TcpListener;

/// Records of one page.
const PAGE: usize = 1_000;

/// The vendor's list, and what was seen when its pages were asked for.
struct List {
    records: usize,
    /// Records read so far, and the most memory until then in KiB.
    seen: Mutex<Vec<(usize, u64)>>,
}

#[tokio::main]
async fn main() {
    let records = std::env::args().nth(1);
    let records = records.map_or(1_000_000, |records| records.parse().unwrap());
    let list = Arc::new(List {
        records,
        seen: Mutex::default(),
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(page).with_state(Arc::clone(&list));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let test = TestContext::start(&SERVICE, Clock::wall()).await;
    let mut raw = RawConfig::default();
    raw.outbound.open_this_machine();
    let config = Config::validate(raw, &mut Faults::default());
    let running = ingest::start(test.context, config).await.unwrap();
    let client = ConnectorServiceClient::connect(running.endpoint()).await;
    let mut client = client.unwrap();
    let begun = Instant::now();
    let request = ApplyConnectorRequest {
        connector_yaml: document(&url),
        actor: "bench_catch_up".to_owned(),
        reason: "to measure".to_owned(),
        ..ApplyConnectorRequest::default()
    };
    client.apply_connector(request).await.unwrap();
    let journalled = loop {
        let name = "vendor".to_owned();
        let got = client.get_connector(GetConnectorRequest { name }).await;
        let feed = got.unwrap().into_inner().connector.unwrap().feeds.remove(0);
        assert_eq!(feed.error_code, "", "{}", feed.error);
        if feed.last_success_at.is_some() {
            break feed.facts;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let took = begun.elapsed();
    println!("{journalled} facts of {records} records in {took:.0?}, in pages of {PAGE}");
    println!("most memory (service, vendor and client in one process):");
    for (read, kib) in list.seen.lock().unwrap().iter() {
        println!(
            "  after {read:>9} records {:>6.1} MiB",
            *kib as f64 / 1024.0
        );
    }
    running.stop().await.unwrap();
}

/// Answers with a page, and notes how much memory was taken until it was asked for.
async fn page(
    State(list): State<Arc<List>>,
    Query(query): Query<HashMap<String, usize>>,
) -> String {
    let first = (query["page"] - 1) * PAGE;
    let is_told = [0, 10_000, 100_000, 300_000, 1_000_000].contains(&first);
    if is_told || first == list.records {
        list.seen.lock().unwrap().push((first, most_memory()));
    }
    let mut body = String::from(r#"{"orders":["#);
    for id in first..(first + PAGE).min(list.records) {
        let comma = if id == first { "" } else { "," };
        let order = format!(
            r#"{{"id":"o{id}","version":1,"paid_at":"2026-11-11T11:00:00Z","total":"123.40","buyer":"c{id}","note":"nothing in particular"}}"#
        );
        write!(body, "{comma}{order}").unwrap();
    }
    body.push_str("]}");
    body
}

/// The most memory that this process ever had, in KiB, as Linux tells it.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

fn document(url: &str) -> String {
    format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: vendor}}
spec:
  timezone: UTC
  sources: [{{name: vendor-erp, system: erp, mode: stated}}]
  http: {{url: {url}}}
  datasets:
    - name: orders
      poll:
        get: /orders
        query: {{page: "${{page}}"}}
        records: body.orders
        pages: {{by: page, size: {PAGE}}}
        every: 7d
      facts:
        - source: vendor-erp
          kind: order
          id: row.id
          revision: row.version
          fields: {{paid_at: instant(row.paid_at), amount: number(row.total), customer_id: row.buyer}}
"#
    )
}
