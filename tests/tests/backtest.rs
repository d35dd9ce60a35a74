//! Rules on files without any server: the same verdicts as another program gives on the same
//! files, and answers that scripts can rely on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use tests::installation::{binary, text};
use tests::olist;

const MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/connectors/olist.yaml"
);

fn backtest(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(["backtest", "--mapping", MAPPING, "--history"])
        .arg(folder)
        .args(arguments)
        // Nobody is there, and nobody is asked.
        .env("ORDERWATCH_SERVER", "http://127.0.0.1:1")
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(output)))
}

fn rule<'r>(report: &'r Value, name: &str) -> &'r Value {
    let mut rules = report["rules"].as_array().unwrap().iter();
    rules.find(|rule| rule["name"] == name).unwrap()
}

/// A folder with so many orders, and labels of them by another program: the first `wrong` of
/// the late ones are said to be sound, and as many sound ones to be late.
fn labelled(orders: usize, seed: u64, wrong: usize) -> (TempDir, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    olist::write(folder.path(), orders, seed);
    let overdue = olist::overdue(folder.path());
    let late = |id: &str| overdue.iter().find(|each| each["order_id"] == id);
    let file = fs::read_to_string(folder.path().join("olist_orders_dataset.csv")).unwrap();
    let ids = file
        .lines()
        .skip(1)
        .map(|line| line.split('"').nth(1).unwrap());
    let (mut denied, mut claimed) = (0, 0);
    let mut labels = String::from("rule,order_id,is_exception,at\n");
    for id in ids {
        let (answer, at) = match late(id) {
            Some(_) if denied < wrong => {
                denied += 1;
                ("否", "")
            }
            Some(found) => ("是", found["opened_at"].as_str().unwrap()),
            None if claimed < wrong => {
                claimed += 1;
                ("real", "")
            }
            None => ("no", ""),
        };
        labels.push_str(&format!("handover-overdue,{id},{answer},{at}\n"));
    }
    fs::write(folder.path().join("labels.csv"), labels).unwrap();
    (folder, overdue)
}

#[test]
fn a_backtest_finds_exactly_what_another_program_finds_in_the_files() {
    let (folder, overdue) = labelled(1_500, 3, 0);
    let labels = folder.path().join("labels.csv");
    let checks = ["--max-missed", "0", "--max-false", "0", "-o", "json"];
    let mut arguments = vec!["--labels", labels.to_str().unwrap()];
    arguments.extend(checks);
    let output = backtest(folder.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output));
    let report = json(&output);
    let found = rule(&report, "handover-overdue");
    assert!(overdue.len() > 200);
    assert_eq!(found["exceptions"], overdue.len());
    assert_eq!(found["true_positives"], overdue.len());
    assert_eq!(found["precision"], 1.0);
    assert_eq!(found["recall"], 1.0);
    // The instants agree to the second, in every zone and over every jump of its clocks.
    assert_eq!(found["delays"]["max_seconds"], 0.0);
    assert_eq!(found["delays"]["min_seconds"], 0.0);
    assert_eq!(report["orders"], 1_500);
    assert_eq!(report["history"]["quarantined"], 0);
}

#[test]
fn rules_that_miss_more_than_allowed_fail_with_code_6_and_say_what() {
    let (folder, _) = labelled(400, 4, 6);
    let labels = folder.path().join("labels.csv");
    let labels = labels.to_str().unwrap();
    let checked = |limit: &str| {
        let arguments = ["--labels", labels, "--max-missed", limit, "-o", "json"];
        backtest(folder.path(), &arguments)
    };
    assert_eq!(checked("6").status.code(), Some(0));
    let failed = checked("5");
    assert_eq!(failed.status.code(), Some(6));
    let told = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        told.contains("missed orders: 6, 5 allowed (--max-missed)"),
        "{told}"
    );
    // The figures are there all the same, and every missed and false order with them.
    let report = json(&failed);
    let found = rule(&report, "handover-overdue");
    for (cases, value) in [("missed_orders", "false"), ("false_orders", "true")] {
        let cases = found[cases].as_array().unwrap();
        assert_eq!(cases.len(), 6);
        for case in cases {
            assert_eq!(case["explanations"][0]["tree"]["value"], value);
        }
    }
    let precise = ["--labels", labels, "--min-precision", "0.999"];
    assert_eq!(backtest(folder.path(), &precise).status.code(), Some(6));
}

#[test]
fn the_last_labels_are_those_at_the_end_of_the_file() {
    let (folder, _) = labelled(300, 5, 3);
    let labels = folder.path().join("labels.csv");
    let last = ["--labels", labels.to_str().unwrap(), "--last", "50"];
    let arguments = [&last[..], &["--max-missed", "0", "-o", "json"]].concat();
    let output = backtest(folder.path(), &arguments);
    // The wrong labels stand at the beginning.
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(json(&output)["labels"]["used"], 50);
}

#[test]
fn records_that_cannot_be_understood_are_counted_and_named() {
    let (folder, _) = labelled(200, 6, 0);
    let orders = folder.path().join("olist_orders_dataset.csv");
    let mut file = fs::read_to_string(&orders).unwrap();
    file.push_str("\"<b>&\",\"c\",x,2018-13-41 00:00:00,,,,\n\"cut\",\"off\"\n");
    fs::write(&orders, file).unwrap();
    let page = folder.path().join("page.html");
    let arguments = ["--html", page.to_str().unwrap(), "-o", "json"];
    let report = json(&backtest(folder.path(), &arguments));
    assert_eq!(report["orders"], 200);
    assert_eq!(report["history"]["quarantined"], 2);
    let named = report["history"]["first_quarantined"].as_array().unwrap();
    assert_eq!(named[0]["line"], 202);
    assert!(named[0]["error"].as_str().unwrap().contains("2018-13-41"));
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("olist_orders_dataset.csv:202"));
    assert!(!html.contains("<b>&\""));
    assert!(!html.contains("://"), "nothing is fetched");
}

#[test]
fn a_threshold_is_swept_and_a_longer_wait_finds_no_more() {
    let (folder, _) = labelled(300, 7, 0);
    let sweep = ["--sweep", "parcel-moves-within=1d..11d/2d", "-o", "json"];
    let report = json(&backtest(folder.path(), &sweep));
    let curve = &report["sweeps"][0]["curves"][0];
    assert_eq!(curve["rule"], "parcel-stalled");
    let counts: Vec<u64> = curve["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["exceptions"].as_u64().unwrap())
        .collect();
    assert_eq!(counts.len(), 6);
    assert!(
        counts.is_sorted_by(|a, b| a >= b) && counts[0] > counts[5],
        "{counts:?}"
    );
}

#[test]
fn what_cannot_be_judged_is_refused_before_anything_is_read() {
    let (folder, _) = labelled(50, 8, 0);
    let labels = folder.path().join("labels.csv");
    let id = fs::read_to_string(&labels).unwrap();
    let line = id.lines().nth(1).unwrap().replace(",no,", ",yes,");
    fs::write(&labels, format!("{id}{line}\n")).unwrap();
    let output = backtest(folder.path(), &["--labels", labels.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("labels.csv:52: order "), "{told}");
    assert!(told.contains("line 2"), "{told}");
    for (arguments, code, word) in [
        (
            &["--rule", "handover"][..],
            4,
            "there is no rule `handover`",
        ),
        (
            &["--sweep", "ship-withn=1h"],
            3,
            "did you mean `ship-within`?",
        ),
        (&["--max-missed", "5"], 2, "--labels"),
        (&["--rules", "nowhere.yaml"], 4, "nowhere.yaml"),
    ] {
        let output = backtest(folder.path(), arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(word), "{told}");
    }
    fs::remove_file(folder.path().join("olist_customers_dataset.csv")).unwrap();
    let output = backtest(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("no file `olist_customers_dataset.csv`"),
        "{told}"
    );
    assert!(told.contains("nothing was judged"), "{told}");
}
