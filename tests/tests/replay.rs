//! History through the running services: exactly what the files say, whatever happens
//! on the way.

use std::process::Stdio;

use tests::olist;
use tests::{Installation, Killed};

const MAPPING: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../deploy/connectors/olist.yaml"
);

fn replayed(installation: &Installation) -> Vec<serde_json::Value> {
    olist::listed(&installation.json(&["get", "exceptions", "--rule", "handover-overdue"]))
}

#[test]
fn a_replay_finds_exactly_what_another_program_finds_in_the_files() {
    let installation = Installation::start();
    let folder = installation.folder("olist");
    olist::write(&folder, 2_000, 1);
    let output = installation.run(&["replay", "--mapping", MAPPING, folder.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        tests::installation::text(&output)
    );
    let expected = olist::overdue(&folder);
    assert!(
        expected.len() > 300,
        "the files must hold enough: {}",
        expected.len()
    );
    assert_eq!(replayed(&installation), expected);
    // Again: nothing is new, nothing is doubled.
    let again = installation.run(&["replay", "--mapping", MAPPING, folder.to_str().unwrap()]);
    assert!(
        again.status.success(),
        "{}",
        tests::installation::text(&again)
    );
    assert_eq!(replayed(&installation), expected);
}

#[test]
fn a_replay_survives_the_killing_of_everything_and_the_loss_of_the_broker() {
    let mut installation = Installation::start();
    let folder = installation.folder("olist");
    olist::write(&folder, 4_000, 2);
    let mut replay = installation
        .command(&["replay", "--mapping", MAPPING, folder.to_str().unwrap()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let order = [
        Killed::Postgres,
        Killed::Nats,
        Killed::Services,
        Killed::NatsAndItsStore,
        Killed::Postgres,
        Killed::Services,
        Killed::NatsAndItsStore,
    ];
    for what in order {
        installation.kill(what);
        // Progress between two blows: somebody answers again.
        installation.until(&["get", "sources", "--timeout", "120s"], |_| true);
        if replay.try_wait().unwrap().is_some() {
            break;
        }
    }
    assert!(replay.wait().unwrap().success(), "{}", installation.log());
    let expected = olist::overdue(&folder);
    assert_eq!(replayed(&installation), expected);
}
