//! What bad input gets: a message that says what, where and what to do; neighbours
//! unharmed; nothing lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output};

use tests::installation::text;
use tests::{Installation, olist};

const MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/connectors/olist.yaml"
);

/// A command was refused with that exit code and said all of these things.
fn refused(output: &Output, code: i32, says: &[&str]) {
    let said = text(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for part in says {
        assert!(said.contains(part), "`{part}` is missing in:\n{said}");
    }
}

#[test]
fn bad_records_mappings_and_rules_are_answered_and_harm_no_neighbour() {
    let installation = Installation::start();
    let folder = installation.folder("olist");
    olist::write(&folder, 50, 3);
    a_mapping_that_names_a_missing_column(&installation);
    broken_records(&installation);
    broken_rules(&installation);
    let unknown = installation.run(&["explain", "no-such-order"]);
    refused(&unknown, 4, &["no-such-order"]);
    let replay = installation.run(&["replay", "--mapping", MAPPING, folder.to_str().unwrap()]);
    assert!(replay.status.success(), "{}", text(&replay));
    let listed = installation.json(&["get", "exceptions", "--rule", "handover-overdue"]);
    let (good, rest): (Vec<_>, Vec<_>) = olist::listed(&listed).into_iter().partition(|each| {
        each["order_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("good-"))
    });
    assert_eq!(
        good.len(),
        2,
        "the good records between the bad ones were taken"
    );
    assert_eq!(rest, olist::overdue(&folder), "the neighbours are unharmed");
}

fn a_mapping_that_names_a_missing_column(installation: &Installation) {
    let folder = installation.folder("missing-column");
    olist::write(&folder, 5, 4);
    let mapping = folder.join("mapping.yaml");
    let broken = fs::read_to_string(MAPPING)
        .unwrap()
        .replace("row.order_status", "row.order_state");
    fs::write(&mapping, broken).unwrap();
    let output = installation.run(&[
        "replay",
        "--mapping",
        mapping.to_str().unwrap(),
        folder.to_str().unwrap(),
    ]);
    refused(
        &output,
        3,
        &["order_state", "order_status", "olist_orders_dataset.csv"],
    );
}

fn broken_records(installation: &Installation) {
    let folder = installation.folder("broken-records");
    let file = folder.join("olist_order_items_dataset.csv");
    let mut rows =
        b"order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
            .to_vec();
    for row in [
        &b"good-1,1,p,s,2018-01-01 00:00:00,1.00,1.00\n"[..],
        b"bad-date,1,p,s,2018-13-01 00:00:00,1.00,1.00\n",
        b",1,p,s,2018-01-01 00:00:00,1.00,1.00\n",
        b"bad-price,1,p,s,2018-01-01 00:00:00,-1.00,1.00\n",
        b"cut-off,1,p\n",
        b"bad-byte,1,p\xff,s,2018-01-01 00:00:00,1.00,1.00\n",
        b"good-2,1,p,s,2018-01-01 00:00:00,1.00,1.00\n",
    ] {
        rows.extend(row);
    }
    fs::write(&file, rows).unwrap();
    let output = installation.run(&["import", "--mapping", MAPPING, file.to_str().unwrap()]);
    let said = text(&output);
    assert!(said.contains("5 records quarantined"), "{said}");
    let kept = installation.json(&["quarantine", "list"]);
    let mut lines: Vec<i64> = kept
        .iter()
        .filter_map(|record| record["line"].as_i64())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [3, 4, 5, 6, 7], "{kept:#?}");
    let error_of = |line: i64| {
        let record = kept.iter().find(|record| record["line"] == line).unwrap();
        format!("{} {}", record["field"], record["error"])
    };
    assert!(error_of(3).contains("2018-13-01"), "{}", error_of(3));
    assert!(error_of(5).contains("price"), "{}", error_of(5));
    assert!(error_of(7).contains("UTF-8"), "{}", error_of(7));
    for order in ["good-1", "good-2"] {
        let output = installation.run(&["explain", order, "--timeout", "30s"]);
        let begun = std::time::Instant::now();
        let mut known = output.status.success();
        while !known && begun.elapsed().as_secs() < 60 {
            known = installation.run(&["explain", order]).status.success();
        }
        assert!(known, "{order} went through");
    }
}

fn broken_rules(installation: &Installation) {
    let folder = installation.folder("rules");
    let rule = |condition: &str| {
        format!(
            "apiVersion: orderwatch/v1\nkind: Rule\nmetadata: {{name: broken}}\nspec:\n  \
             scenario: x\n  severity: low\n  title: {{en: x, zh: 某}}\n  condition: |-\n    {condition}\n"
        )
    };
    for (condition, says) in [
        ("order.payed_at < now", vec!["payed_at", "paid_at", "1:7"]),
        ("order.amount > \"ten\"", vec!["double", "string"]),
        (
            "elapsed(order.paid_at) > threshold(\"nowhere\")",
            vec!["nowhere"],
        ),
        ("order.amount > ", vec!["spec.condition"]),
    ] {
        let file = folder.join("rule.yaml");
        fs::write(&file, rule(condition)).unwrap();
        let output = installation.run(&["apply", "-f", file.to_str().unwrap()]);
        let mut expected = vec!["broken"];
        expected.extend(says);
        refused(&output, 3, &expected);
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let base = tests::installation::free_base();
    // Ingest listens one above the base.
    let _taken = TcpListener::bind(("127.0.0.1", base + 1)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(tests::installation::binary())
        .args(["up", "--port-base", &base.to_string(), "--data-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    refused(&output, 5, &[&(base + 1).to_string(), "--port-base"]);
}

#[test]
fn a_server_that_is_not_there_is_named_with_what_to_do() {
    let output = Command::new(tests::installation::binary())
        .args([
            "get",
            "tickets",
            "--server",
            "http://127.0.0.1:9",
            "--timeout",
            "1s",
        ])
        .output()
        .unwrap();
    refused(
        &output,
        9,
        &["ticketing at http://127.0.0.1:12", "orderwatch up"],
    );
}

#[test]
fn a_database_that_is_not_there_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, "[postgres]\nstart_timeout = \"1s\"\n").unwrap();
    let output = Command::new(tests::installation::binary())
        .args([
            "up",
            "--postgres-url",
            "postgres://nobody:secret@127.0.0.1:9/none",
            "--data-dir",
        ])
        .arg(folder.path().join("data"))
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    let said = text(&output);
    assert!(!output.status.success());
    assert!(
        said.contains("127.0.0.1:9") && said.contains("PostgreSQL"),
        "{said}"
    );
    assert!(
        !said.contains("secret"),
        "the password is nobody's business: {said}"
    );
}
