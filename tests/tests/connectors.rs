//! Connectors from the command line: put in force, run, backfilled, paused and forgotten, with a
//! vendor that answers over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::Installation;
use tests::installation::text;

const DOCUMENT: &str = r#"apiVersion: orderwatch/v1
kind: Connector
metadata: {name: shop}
spec:
  timezone: Asia/Shanghai
  parameters: {url: {}, shop: {default: north}}
  sources: [{name: shop-erp, system: erp, mode: stated}]
  http: {url: "${parameter.url}", retries: 0}
  datasets:
    - name: orders
      poll:
        get: /${parameter.shop}/orders
        query: {from: "${rfc3339(from)}", to: "${rfc3339(to)}"}
        records: body.orders
        cursor: wall(row.changed)
        start: 1d
        every: 7d
      facts:
        - source: shop-erp
          kind: order
          id: row.id
          fields: {paid_at: wall(row.paid), amount: number(row.total)}
"#;

const ORDERS: &str = r#"{"orders": [
    {"id": "o1", "changed": "2026-11-11 10:00:00", "paid": "2026-11-11 09:00:00", "total": "1,234.50"},
    {"id": "o2", "changed": "2026-11-11 10:00:01", "paid": "soon", "total": "1"}]}"#;

/// A vendor that answers every request alike until it is told otherwise, and remembers what it was
/// asked.
struct Vendor {
    url: String,
    answer: Arc<Mutex<(&'static str, &'static str)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    fn open(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let remembered = Arc::clone(&asked);
        let answer = Arc::new(Mutex::new((status, body)));
        let answers = Arc::clone(&answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> = lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                if let Some(line) = head.first() {
                    remembered.lock().unwrap().push(line.clone());
                }
                let (status, body) = *answers.lock().unwrap();
                let length = body.len();
                // Whoever went away hears nothing.
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                     content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { url, answer, asked }
    }

    fn answers(&self, status: &'static str, body: &'static str) {
        *self.answer.lock().unwrap() = (status, body);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn done(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = installation.run(arguments);
    assert!(!output.status.success(), "{arguments:?} is not refused");
    text(&output)
}

fn quarantined(installation: &Installation) -> usize {
    installation.json(&["quarantine", "list"]).len()
}

#[test]
fn a_connector_lives_from_the_first_try_to_its_end() {
    let installation = Installation::start();
    let vendor = Vendor::open("200 OK", ORDERS);
    let folder = installation.folder("connectors");
    let file = folder.join("shop.yaml");
    std::fs::write(&file, DOCUMENT).unwrap();
    let file = file.to_str().unwrap();
    let url = format!("url={}", vendor.url);

    // Nobody applies a connector in passing.
    let aside = text(&installation.run(&["apply", "-f", file]));
    assert!(aside.contains("orderwatch connector apply"), "{aside}");
    let missing = refused(&installation, &["connector", "apply", file]);
    assert!(
        missing.contains("parameter `url` has no default"),
        "{missing}"
    );
    let unknown = [
        "connector",
        "apply",
        file,
        "--set",
        &url,
        "--set",
        "colour=red",
    ];
    assert!(refused(&installation, &unknown).contains("no parameter `colour`"));

    let apply = ["connector", "apply", file, "--set", &url];
    let dry = done(&installation, &[&apply[..], &["--dry-run"]].concat());
    assert_eq!(dry.trim(), "connector/shop created (dry run)");
    assert!(installation.json(&["get", "connectors"]).is_empty());
    assert_eq!(done(&installation, &apply).trim(), "connector/shop created");
    assert_eq!(
        done(&installation, &apply).trim(),
        "connector/shop unchanged"
    );
    let stale = refused(&installation, &[&apply[..], &["--etag", "none"]].concat());
    assert!(
        stale.contains("OW-INGEST-CONNECTOR-CHANGED") || stale.contains("changed"),
        "{stale}"
    );

    done(
        &installation,
        &["connector", "pause", "shop", "--reason", "for the test"],
    );
    let feeds = installation.json(&["get", "connectors"]);
    assert_eq!(
        (feeds[0]["dataset"].as_str(), feeds[0]["state"].as_str()),
        (Some("orders"), Some("paused"))
    );
    done(
        &installation,
        &["connector", "resume", "shop", "--reason", "enough"],
    );

    // A dry run tells what would come, with the record that cannot be understood.
    let before = quarantined(&installation);
    let dry = installation.run(&["connector", "run", "shop", "--once", "--dry-run"]);
    let told = text(&dry);
    assert!(
        dry.status.success() && told.contains("2 records on 1 pages: 1 facts, 1 quarantined"),
        "{told}"
    );
    assert!(told.contains("paid_at"), "{told}");
    assert_eq!(quarantined(&installation), before);

    done(&installation, &["connector", "run", "shop", "--once"]);
    let facts = installation.json(&["facts", "o1"]);
    assert_eq!(facts[0]["attributes"]["amount"].as_f64(), Some(1234.5));
    assert_eq!(facts[0]["attributes"]["paid_at"], "2026-11-11T01:00:00Z");
    assert_eq!(quarantined(&installation), 1);
    let feeds = installation.json(&["get", "connectors"]);
    assert_eq!(feeds[0]["state"], "waiting");
    assert!(feeds[0]["through"].is_string());

    let stretch = [
        "--from",
        "2026-11-01T00:00:00+08:00",
        "--to",
        "2026-11-02T00:00:00+08:00",
    ];
    let backfill = ["connector", "backfill", "shop", "--reason", "lost"];
    done(&installation, &[&backfill[..], &stretch].concat());
    let last = vendor.asked().pop().unwrap();
    assert!(
        last.starts_with(
            "GET /north/orders?from=2026-10-31T16%3A00%3A00Z&to=2026-11-01T16%3A00%3A00Z"
        ),
        "{last}"
    );
    let backwards = [
        "--from",
        "2026-11-02T00:00:00Z",
        "--to",
        "2026-11-01T00:00:00Z",
    ];
    assert!(refused(&installation, &[&backfill[..], &backwards].concat()).contains("is not after"));

    let shown = done(&installation, &["connector", "show", "shop"]);
    assert!(
        shown.contains("# url is http://") && shown.contains("kind: Connector"),
        "{shown}"
    );
    done(
        &installation,
        &["connector", "delete", "shop", "--reason", "over"],
    );
    assert!(installation.json(&["get", "connectors"]).is_empty());
    assert_eq!(installation.json(&["facts", "o1"]).len(), 1, "facts stay");
    assert!(refused(&installation, &["connector", "run", "shop"]).contains("no connector"));
}

#[test]
fn a_vendor_in_trouble_is_told_with_its_words() {
    let installation = Installation::start();
    let vendor = Vendor::open("403 Forbidden", "{\"error\": \"address not allowed\"}");
    let folder = installation.folder("connectors");
    let file = folder.join("shop.yaml");
    std::fs::write(&file, DOCUMENT).unwrap();
    let apply = [
        "connector",
        "apply",
        file.to_str().unwrap(),
        "--set",
        &format!("url={}", vendor.url),
    ];
    done(&installation, &apply);
    let told = refused(&installation, &["connector", "run", "shop", "--dry-run"]);
    assert!(
        told.contains("OW-INGEST-POLL-REFUSED") && told.contains("address not allowed"),
        "{told}"
    );
}

/// Waits until what is listed satisfies.
fn until(
    installation: &Installation,
    list: &[&str],
    wanted: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let found = installation.json(list);
        if wanted(&found) {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{list:?} is not as wanted: {found:#?}"
        );
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_source_that_is_late_is_an_exception_with_a_ticket_until_it_recovers() {
    let installation = Installation::start();
    let vendor = Vendor::open("200 OK", r#"{"orders": []}"#);
    let folder = installation.folder("connectors");
    let file = folder.join("shop.yaml");
    let document = DOCUMENT
        .replace("mode: stated}", "mode: stated, late_after: 12s}")
        .replace("every: 7d", "every: 5s\n        settle: 0s");
    assert!(document.contains("late_after") && document.contains("settle"));
    std::fs::write(&file, document).unwrap();
    let url = format!("url={}", vendor.url);
    done(
        &installation,
        &["connector", "apply", file.to_str().unwrap(), "--set", &url],
    );
    let fresh = until(&installation, &["get", "sources"], |sources| {
        sources.iter().any(|source| source["lag"].is_string())
    });
    assert!(fresh[0]["last_success_at"].is_string(), "{fresh:#?}");
    assert_eq!(fresh[0]["late_after"], "12s");

    vendor.answers("503 Service Unavailable", "maintenance");
    let late = ["get", "exceptions", "--rule", "source-late"];
    let opened = until(&installation, &late, |found| !found.is_empty());
    assert_eq!(opened[0]["order_id"], "source:shop-erp");
    let failing = installation.json(&["get", "sources"]);
    assert_eq!(failing[0]["failing"], "shop/orders");
    assert_eq!(failing[0]["error_code"], "OW-INGEST-POLL-UNAVAILABLE");
    let tickets = ["get", "tickets"];
    let ticket = until(&installation, &tickets, |found| !found.is_empty());
    assert_eq!(
        (ticket[0]["scenario"].as_str(), ticket.len()),
        (Some("source-late"), 1)
    );

    vendor.answers("200 OK", r#"{"orders": []}"#);
    let all = [
        "get",
        "exceptions",
        "--rule",
        "source-late",
        "--state",
        "cleared",
    ];
    until(&installation, &all, |found| found.len() == 1);
    until(&installation, &tickets, |found| {
        found[0]["state"] == "resolved" && found[0]["automatic"] == true
    });
    let recovered = installation.json(&["get", "sources"]);
    assert!(recovered[0]["error_code"].is_null(), "{recovered:#?}");
}
