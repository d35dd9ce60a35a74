//! Every fault at once, each by its key; secrets never shown.

use std::io::Write;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use service::config::{Interval, load, load_with};

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    reminder: Interval,
    robots: u32,
    key: SecretString,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            reminder: Interval::seconds(60),
            robots: 1,
            key: SecretString::from(""),
        }
    }
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = file(
        "[postgres]\nmax_connections = 7\n[ticketing]\nrobots = 3\nreminder = \"15m\"\n[ingest]\nanything = 1\n",
    );
    let env = env(&[
        ("ORDERWATCH__TICKETING__ROBOTS", "5"),
        ("ORDERWATCH__SERVER__LISTEN", "0.0.0.0:9000"),
        ("ORDERWATCH__SERVER__REFLECTION", "false"),
        ("ORDERWATCH__NATS__PASSWORD", "12345"),
        ("ORDERWATCH__NATS__USER", "me"),
        ("HOME", "/root"),
        ("ORDERWATCH_SERVER", "http://elsewhere"),
    ]);
    let loaded = load::<Own>("ticketing", Some(file.path()), env).unwrap();
    assert_eq!(
        (loaded.own.robots, loaded.own.reminder.to_string()),
        (5, "15m".to_owned())
    );
    assert_eq!(loaded.settings.postgres.max_connections, 7);
    assert_eq!(loaded.settings.listen(7403).to_string(), "0.0.0.0:9000");
    assert!(!loaded.settings.server.reflection);
    assert_eq!(
        loaded.settings.nats.password.unwrap().expose_secret(),
        "12345"
    );
    assert_eq!(loaded.settings.nats.replicas, 1);
}

#[test]
fn every_fault_is_reported_at_once_by_its_key() {
    let file = file(
        "[postgres]\nurl = \"mysql://db\"\nmax_conections = 3\n[nats]\nreplicas = \"many\"\n[tickting]\nx = 1\n\
         [ticketing]\nreminder = \"soon\"\nrobot = 2\n[server]\nlisten = \"here\"\n\
         [telemetry]\nmetrics_every = \"10ms\"\n",
    );
    let errors = load_with::<Own, ()>("ticketing", Some(file.path()), env(&[]), |own, faults| {
        if own.robots < 2 {
            faults.add("ticketing.robots", "must be at least 2");
        }
    })
    .unwrap_err();
    let text = errors.to_string();
    let expected = [
        "tickting: is not known; did you mean ticketing?",
        "postgres.max_conections: is not known; did you mean max_connections?",
        "postgres.url: is no database address",
        "nats.replicas: ",
        "server.listen: ",
        "telemetry.metrics_every: 10ms is not within 1s to 1h",
        "ticketing.reminder: ",
        "ticketing.robot: is not known; did you mean robots?",
        "ticketing.robots: must be at least 2",
    ];
    for fault in expected {
        assert!(text.contains(fault), "{fault} is missing in:\n{text}");
    }
    assert_eq!(errors.faults().len(), expected.len(), "{text}");
}

#[test]
fn a_file_that_is_missing_or_broken_is_named() {
    let errors = load::<Own>(
        "ticketing",
        Some("/nowhere/orderwatch.toml".as_ref()),
        env(&[]),
    )
    .unwrap_err();
    assert!(
        errors.to_string().contains("/nowhere/orderwatch.toml"),
        "{errors}"
    );
    let file = file("[postgres\n");
    let errors = load::<Own>("ticketing", Some(file.path()), env(&[])).unwrap_err();
    assert!(errors.to_string().contains("line 1"), "{errors}");
}

#[test]
fn secrets_are_not_printed() {
    let env = env(&[
        ("ORDERWATCH__POSTGRES__URL", "postgres://me:hush@db/x"),
        ("ORDERWATCH__TICKETING__KEY", "hush"),
    ]);
    let loaded = load::<Own>("ticketing", None, env).unwrap();
    assert!(!format!("{loaded:?}").contains("hush"));
}
