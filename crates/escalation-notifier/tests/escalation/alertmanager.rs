//! Grouping beside Prometheus Alertmanager: the same alerts at the same times,
//! and who is told of what at each look at a group.
//!
//! What Alertmanager told is on record. It is recorded anew, in its real time, by
//!
//! ```sh
//! ORDERWATCH_ALERTMANAGER=/usr/bin/prometheus-alertmanager cargo test -p escalation-notifier \
//!     --test escalation -- --ignored alertmanager_is_recorded
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    hash::{DefaultHasher, Hash, Hasher},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, extract::State, routing::post};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use escalation_notifier::domain::grouping::{Group, Member, Timing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::peer::Alertmanager;

const TIMING: Timing = Timing {
    wait: Duration::from_secs(2),
    interval: Duration::from_secs(4),
    repeat: Duration::from_secs(10),
};

/// Seconds after the beginning at which alerts change, far from any look at 2, 6, 10, …
const CHANGES: [u64; 6] = [0, 1, 4, 8, 12, 16];
const LOOKS: u64 = 6;
const GROUPS: usize = 40;

/// What changes at one time: group, alert, and whether it fires from then on.
type Step = Vec<(usize, String, bool)>;

/// What one look told: what fires, and what is over.
type Told = (BTreeSet<String>, BTreeSet<String>);

/// What arrived at the webhook, and when.
type Heard = Arc<Mutex<Vec<(Instant, Value)>>>;

/// By group and number of the look.
type Account = BTreeMap<(usize, u64), Told>;

/// What was once told of which alerts.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    told_by: String,
    steps: Vec<Step>,
    told: Vec<((usize, u64), Told)>,
}

const RECORD: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/alertmanager/told.json"
);

#[test]
fn groups_are_told_when_and_of_what_alertmanager_told_them() {
    let text = std::fs::read_to_string(RECORD).unwrap();
    let record: Record = serde_json::from_str(&text).unwrap();
    let theirs: Account = record.told.into_iter().collect();
    assert!(theirs.len() > 2 * GROUPS, "it told too little: {theirs:?}");
    assert_eq!(ours(&record.steps), theirs);
}

#[tokio::test]
#[ignore = "needs Alertmanager, whose words it records"]
async fn alertmanager_is_recorded() {
    let binary = std::env::var_os("ORDERWATCH_ALERTMANAGER").unwrap();
    let said = Command::new(&binary).arg("--version").output().unwrap();
    let said = String::from_utf8([said.stdout, said.stderr].concat()).unwrap();
    let steps = steps();
    let record = Record {
        told_by: said.split(" (").next().unwrap().to_owned(),
        told: alertmanager(&binary, &steps).await.into_iter().collect(),
        steps,
    };
    let lines = [
        format!("{{\"told_by\": {},", json!(record.told_by)),
        format!("\"steps\": {},", lines(&record.steps)),
        format!("\"told\": {}}}\n", lines(&record.told)),
    ];
    std::fs::write(RECORD, lines.join("\n")).unwrap();
}

/// A line each.
fn lines(items: &[impl Serialize]) -> String {
    let lines: Vec<String> = items.iter().map(|item| json!(item).to_string()).collect();
    format!("[\n{}\n]", lines.join(",\n"))
}

/// Alerts that come and go, the first of each group at once. None is over
/// before it was told: of such, Alertmanager tells the end of what nobody knew.
fn steps() -> Vec<Step> {
    let mut firing = BTreeSet::new();
    CHANGES
        .iter()
        .map(|&second| {
            let mut step = Step::new();
            for group in 0..GROUPS {
                for name in ["A", "B", "C"] {
                    let fires = firing.contains(&(group, name));
                    let changes = match (second, name) {
                        (0, "A") => true,
                        (1, _) if fires => false,
                        _ => by_chance((second, group, name)),
                    };
                    if changes {
                        step.push((group, name.to_owned(), !fires));
                    }
                    if changes && fires {
                        firing.remove(&(group, name));
                    } else if changes {
                        firing.insert((group, name));
                    }
                }
            }
            step
        })
        .collect()
}

/// Whether something changes that has a chance of three in ten; always the same.
fn by_chance(what: impl Hash) -> bool {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish() % 10 < 3
}

/// What is told by our own decisions.
fn ours(steps: &[Step]) -> Account {
    let at = |second: u64| DateTime::UNIX_EPOCH + Duration::from_secs(second);
    let mut account = Account::new();
    for number in 0..GROUPS {
        let mut group = Group::new(at(2));
        let mut changes = CHANGES.iter().zip(steps).peekable();
        for look in 0..LOOKS {
            let second = 2 + 4 * look;
            while let Some((_, step)) = changes.next_if(|(change, _)| **change < second) {
                for (_, name, open) in step.iter().filter(|(group, ..)| *group == number) {
                    let member = group.members.entry(name.clone()).or_default();
                    *member = Member {
                        open: *open,
                        ..*member
                    };
                }
            }
            let (next, news) = group.flush(at(second), TIMING);
            group = next;
            if let Some(news) = news {
                let sets = (
                    news.open.into_iter().collect(),
                    news.over.into_iter().collect(),
                );
                account.insert((number, look), sets);
            }
        }
    }
    account
}

/// What Alertmanager tells.
async fn alertmanager(binary: &OsStr, steps: &[Step]) -> Account {
    let heard = Heard::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/", post(hear))
        .with_state(Arc::clone(&heard));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let text = format!(
        "route: {{receiver: sink, group_by: [group], group_wait: 2s, group_interval: 4s, \
         repeat_interval: 10s}}\nreceivers:\n  - name: sink\n    webhook_configs:\n      \
         - {{url: 'http://{sink}/', send_resolved: true}}\n"
    );
    let running = Alertmanager::start(binary, &text).await;
    let beginning = Instant::now();
    for (second, step) in CHANGES.iter().zip(steps) {
        sleep_until(beginning + Duration::from_secs(*second)).await;
        let now = Utc::now();
        let alerts = step.iter().map(|change| alert(change, now));
        running.post(alerts.collect()).await;
    }
    sleep_until(beginning + Duration::from_secs(2 + 4 * (LOOKS - 1) + 2)).await;
    let heard = heard.lock().unwrap();
    let told = heard.iter().map(|(at, body)| {
        let group: usize = body["groupLabels"]["group"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let of = |status: &str| -> BTreeSet<String> {
            let alerts = body["alerts"].as_array().unwrap().iter();
            alerts
                .filter(|alert| alert["status"] == status)
                .map(|alert| alert["labels"]["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let look = at.duration_since(beginning).as_secs() / 4;
        ((group, look), (of("firing"), of("resolved")))
    });
    told.collect()
}

async fn hear(State(heard): State<Heard>, Json(body): Json<Value>) {
    heard.lock().unwrap().push((Instant::now(), body));
}

fn alert((group, name, fires): &(usize, String, bool), now: DateTime<Utc>) -> Value {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let ends_at = match fires {
        true => now + TimeDelta::hours(1),
        false => now,
    };
    json!({
        "labels": {"alertname": "late", "group": group.to_string(), "name": name},
        "startsAt": text(if *fires { now } else { now - TimeDelta::milliseconds(1) }),
        "endsAt": text(ends_at),
    })
}
