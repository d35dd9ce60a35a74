//! The journal as an archive: what the services were told is read back, and judged again as it
//! was judged when it came.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::installation::text;
use tests::{Installation, Killed, olist};

const MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/connectors/olist.yaml"
);
const LONG_AGO: &str = "2001-01-01T00:00:00Z";

fn replay(installation: &Installation, folder: &Path) {
    let output = installation.run(&["replay", "--mapping", MAPPING, folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
}

/// Order, rule and instants of each exception, sorted.
fn told(exceptions: &[Value]) -> Vec<[String; 4]> {
    let part = |exception: &Value, name: &str| exception[name].as_str().unwrap_or("").to_owned();
    let mut told: Vec<_> = exceptions
        .iter()
        .map(|exception| {
            ["order_id", "rule", "opened_at", "cleared_at"].map(|name| part(exception, name))
        })
        .collect();
    told.sort();
    told
}

fn live(installation: &Installation) -> Vec<[String; 4]> {
    told(&installation.json(&["get", "exceptions", "--state", "open,cleared"]))
}

fn backtest(installation: &Installation, range: &[&str]) -> Value {
    let arguments = [&["backtest", "--exceptions"], range].concat();
    installation.json(&arguments).remove(0)
}

fn found(report: &Value) -> Vec<[String; 4]> {
    told(report["exceptions"].as_array().unwrap())
}

#[test]
fn a_backtest_of_the_archive_finds_exactly_what_live_operation_found() {
    let mut installation = Installation::start();
    let first = installation.folder("first");
    olist::write(&first, 700, 21);
    replay(&installation, &first);
    let of_first = live(&installation);
    assert!(
        of_first.len() > 100,
        "the files must hold enough: {}",
        of_first.len()
    );
    let report = backtest(&installation, &["--from", LONG_AGO, "--to", "now"]);
    assert_eq!(found(&report), of_first);
    assert_eq!(report["orders"], 700);
    let between = report["history"]["archive"]["through"]
        .as_str()
        .unwrap()
        .to_owned();

    // More of it, across a restart of everything; what was known comes again, and is known.
    installation.kill(Killed::Services);
    let second = installation.folder("second");
    olist::write(&second, 500, 22);
    replay(&installation, &second);
    let of_both = live(&installation);
    assert!(of_both.len() > of_first.len() + 50);
    let report = backtest(&installation, &["--from", LONG_AGO, "--to", "now"]);
    assert_eq!(found(&report), of_both);
    let report = backtest(&installation, &["--to", &between, "--until", "now"]);
    assert_eq!(found(&report), of_first);
    let report = backtest(&installation, &["--from", &between]);
    let of_second: Vec<_> = of_both
        .iter()
        .filter(|each| !of_first.contains(each))
        .cloned()
        .collect();
    assert_eq!(found(&report), of_second);

    every_fact_of_an_order_is_shown(&installation, &second);
    ranges_that_cannot_be_are_refused(&installation);
}

fn every_fact_of_an_order_is_shown(installation: &Installation, folder: &Path) {
    let orders = fs::read_to_string(folder.join("olist_orders_dataset.csv")).unwrap();
    let id = orders.lines().nth(1).unwrap().split('"').nth(1).unwrap();
    let items = fs::read_to_string(folder.join("olist_order_items_dataset.csv")).unwrap();
    let lines = items.lines().filter(|line| line.contains(id)).count();
    let facts = installation.json(&["facts", id]);
    let of_kind = |kind: &str| facts.iter().filter(|fact| fact["kind"] == kind).count();
    assert_eq!(
        (of_kind("order"), of_kind("line")),
        (1, lines),
        "{facts:#?}"
    );
    let order = facts.iter().find(|fact| fact["kind"] == "order").unwrap();
    let customer = order["attributes"]["customer_id"].as_str().unwrap();
    let arrived: Vec<_> = facts
        .iter()
        .map(|fact| fact["arrived_at"].as_str().unwrap())
        .collect();
    assert!(
        arrived.is_sorted_by_key(|at| at.trim_end_matches('Z')),
        "{arrived:?}"
    );
    let shared = installation.json(&["facts", "--customer", customer]);
    assert!(shared.iter().all(|fact| fact["entity_id"] == customer));
    let unknown = installation.run(&["facts", "no-such-order"]);
    assert!(unknown.status.success());
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        said.contains("no fact of order no-such-order since 20"),
        "{said}"
    );
}

fn ranges_that_cannot_be_are_refused(installation: &Installation) {
    for (arguments, code, says) in [
        (
            &["--from", "now", "--mapping", MAPPING, "--history", "."][..],
            2,
            "cannot be used with",
        ),
        (&["--to", "now", "--history", "."], 2, "cannot be used with"),
        (&["--mapping", MAPPING], 2, "--history"),
        (&[], 2, "--mapping"),
        (
            &[
                "--from",
                "2026-02-02T00:00:00Z",
                "--to",
                "2026-02-01T00:00:00Z",
            ],
            3,
            "is later than `to`",
        ),
        (&["--from", "yesterday"], 2, "write it like"),
    ] {
        let output = installation.run(&[&["backtest"], arguments].concat());
        let said = text(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(says), "{says}: {said}");
    }
    let before = installation.run(&[
        "backtest",
        "--from",
        LONG_AGO,
        "--to",
        "2001-01-02T00:00:00Z",
    ]);
    assert!(before.status.success(), "{}", text(&before));
    let said = String::from_utf8_lossy(&before.stderr).into_owned();
    assert!(said.contains("the archive begins at 20"), "{said}");
}
