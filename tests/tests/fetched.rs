//! A whole day fetched by connectors from vendors in trouble, and judged without a miss.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tests::Installation;
use tests::installation::text;

/// What the vendors and ingest both know.
const SECRET: &str = "a-secret-of-this-test";
/// Secrets of the connectors that the simulator applies.
const SECRETS: [&str; 6] = [
    "jushuitan.app_secret",
    "jushuitan.access_token",
    "hubspot.token",
    "kuaidi100.salt",
    "carrier.token",
    "customs.token",
];

/// Writes the services' configuration; returns the words with which `up` is started.
fn configured(folder: &Path, webhooks: &str) -> Vec<String> {
    let secret = folder.join("vendor.secret");
    fs::write(&secret, SECRET).unwrap();
    let mut config = format!("[ingest.webhooks]\nlisten = \"{webhooks}\"\n\n[ingest.secrets]\n");
    for name in SECRETS {
        config += &format!("\"{name}\" = {{ file = \"{}\" }}\n", secret.display());
    }
    let file = folder.join("orderwatch.toml");
    fs::write(&file, config).unwrap();
    let file = file.to_str().unwrap();
    let clock = [
        "--clock-start",
        "2026-11-09T00:00:00Z",
        "--clock-speed",
        "12000",
    ];
    let words = ["--config", file].into_iter().chain(clock);
    words.map(str::to_owned).collect()
}

/// An address that nobody uses.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn number(of: &Value, name: &str) -> u64 {
    let number = of[name].as_u64();
    number.unwrap_or_else(|| panic!("{name} of {of}"))
}

#[test]
fn a_day_that_connectors_fetch_from_vendors_in_trouble_is_judged_without_a_miss() {
    let webhooks = free();
    let installation = Installation::start_with(|folder| configured(folder, &webhooks));
    let output = installation
        .command(&["simulate", "--connectors", "--orders", "200", "-o", "json"])
        .args(["--webhooks", &format!("http://{webhooks}"), "--data-dir"])
        .arg(installation.data())
        .env("ORDERWATCH_VENDOR_SECRET", SECRET)
        .output()
        .unwrap();
    let said = text(&output);
    assert!(output.status.success(), "{said}\n{}", installation.log());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();

    let score = &report["scores"][0];
    assert_eq!(score["judge"], "Orderwatch");
    assert!(number(score, "real") > 20, "{score}");
    assert_eq!(number(score, "found"), number(score, "real"), "{score}");
    for wrong in ["missed", "false", "wrong_ends"] {
        assert_eq!(number(score, wrong), 0, "{wrong} in {score}");
    }
    let systems = report["systems"].as_array().unwrap();
    assert_eq!(systems.len(), 4);
    for system in systems {
        assert_eq!(number(system, "quarantined"), 0, "{system}");
        assert!(number(system, "facts") > 0, "{system}");
    }
    let all = |name| {
        systems
            .iter()
            .map(|system| number(system, name))
            .sum::<u64>()
    };
    for trouble in ["throttled", "failed", "timed_out", "cut", "repeated"] {
        assert!(all(trouble) > 0, "no {trouble} in {systems:#?}");
    }
}
