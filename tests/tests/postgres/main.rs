//! PostgreSQL is killed and comes back on the same data, while a vendor is polled and others call.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod callers;
mod vendor;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use callers::Callers;
use serde_json::Value;
use tests::installation::text;
use tests::{Installation, Killed};
use vendor::Vendor;

/// The last part of the URL that is given to those who call.
const SECRET: &str = "known-to-nobody-else";
const KILLS: usize = 3;
const LONG_AGO: &str = "2001-01-01T00:00:00Z";

/// A connector that polls a list in pages and takes calls, whose records come once each unless
/// something is read twice.
fn document(vendor: &Vendor) -> String {
    format!(
        r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {{name: shop}}
spec:
  timezone: UTC
  secrets: [token]
  sources:
    - {{name: shop-erp, system: erp, mode: stated}}
    - {{name: shop-calls, system: erp, mode: live}}
  http: {{url: "{url}", retries: 0}}
  datasets:
    - name: listed
      poll:
        get: /orders
        query: {{after: "${{from}}", token: "${{token}}"}}
        records: body.orders
        pages: {{by: cursor, next: body.next}}
        cursor: row.number
        start: 0
        every: 5s
        jitter: 0%
      facts:
        - {{source: shop-erp, kind: order, id: row.id}}
    - name: called
      webhook:
        path: called
        sign: {{by: sf-express, secret: token}}
        records: "[body]"
      facts:
        - {{source: shop-calls, kind: order, id: row.id, revision: 1}}
"#,
        url = vendor.url
    )
}

/// Writes the configuration of ingest; returns the words with which `up` is started.
fn configured(folder: &Path, webhooks: SocketAddr) -> Vec<String> {
    let secret = folder.join("token");
    std::fs::write(&secret, SECRET).unwrap();
    let config = format!(
        "[ingest]
lease = \"2s\"

[ingest.webhooks]
listen = \"{webhooks}\"
answer_within = \"100ms\"

[ingest.secrets]
\"shop.token\" = {{ file = \"{}\" }}
",
        secret.display()
    );
    let file = folder.join("orderwatch.toml");
    std::fs::write(&file, config).unwrap();
    let clock = [
        "--clock-start",
        "2026-11-11T00:00:00Z",
        "--clock-speed",
        "50",
    ];
    let words = ["--config", file.to_str().unwrap()]
        .into_iter()
        .chain(clock);
    words.map(str::to_owned).collect()
}

/// An address that nobody uses.
fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn facts(sources: &[Value], name: &str) -> u64 {
    let source = sources.iter().find(|source| source["source"] == name);
    source.map_or(0, |source| source["facts"].as_u64().unwrap())
}

#[test]
fn postgres_killed_in_the_middle_of_polls_and_calls_loses_nothing_doubles_nothing_skips_nothing() {
    let webhooks = free();
    let mut installation = Installation::start_with(|folder| configured(folder, webhooks));
    let vendor = Vendor::open();
    let file = installation.folder("connectors").join("shop.yaml");
    std::fs::write(&file, document(&vendor)).unwrap();
    let applied = installation.run(&["connector", "apply", file.to_str().unwrap()]);
    assert!(applied.status.success(), "{}", text(&applied));
    let callers = Callers::call(webhooks, &format!("/webhooks/shop/called?token={SECRET}"));

    for _ in 0..KILLS {
        callers.taken_more(50);
        let put_off = callers.put_off();
        // The first page of a window was answered; the second is while the database is away.
        vendor.interrupted(|| {
            installation.kill(Killed::Postgres);
            callers.put_off_since(put_off);
        });
    }
    callers.taken_more(50);
    let taken = callers.stop();
    let listed = vendor.ends();

    let sources = ["get", "sources"];
    let all = |sources: &[Value]| facts(sources, "shop-erp") >= listed;
    let sources = installation.until(&sources, all);
    assert_eq!(facts(&sources, "shop-erp"), listed);
    assert_eq!(facts(&sources, "shop-calls"), taken);
    let backtest = ["backtest", "--from", LONG_AGO, "--to", "now"];
    let report = installation.json(&backtest).remove(0);
    // Of as many orders as were sent: each is there, and none twice.
    let sent = taken + listed;
    assert_eq!(report["orders"], sent);
    assert_eq!(report["history"]["records"], sent);
}
