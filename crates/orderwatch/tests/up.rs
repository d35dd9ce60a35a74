//! `orderwatch up` as a user meets it: a process, signals, and the line `ready`.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Up {
    child: Child,
    ready: String,
}

impl Up {
    fn start(data_dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_orderwatch"))
            .args(["up", "--data-dir"])
            .arg(data_dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        assert!(
            ready.starts_with("ready server=http://127.0.0.1:"),
            "{ready:?}"
        );
        Self { child, ready }
    }

    fn value(&self, key: &str) -> &str {
        let start = format!("{key}=");
        self.ready
            .split_whitespace()
            .find_map(|word| word.strip_prefix(&start))
            .unwrap()
    }

    fn get(&self, noun: &str) -> serde_json::Value {
        let output = Command::new(env!("CARGO_BIN_EXE_orderwatch"))
            .args([
                "get",
                noun,
                "-o",
                "json",
                "--timeout",
                "60s",
                "--server",
                self.value("server"),
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn stop(mut self) {
        let begun = Instant::now();
        self.signal(rustix::process::Signal::TERM);
        assert!(self.child.wait().unwrap().success());
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn it_comes_up_with_defaults_stops_cleanly_and_survives_being_killed() {
    let folder = open_folder();
    let up = Up::start(folder.path());
    let base = up.value("server").to_owned();
    let rules = up.get("rules");
    assert!(!rules.as_array().unwrap().is_empty());

    let second = open_folder();
    let beside = Up::start(second.path());
    assert_ne!(beside.value("server"), base);
    beside.stop();

    let refused = Command::new(env!("CARGO_BIN_EXE_orderwatch"))
        .args(["up", "--data-dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(5), "{refused:?}");

    up.signal(rustix::process::Signal::KILL);
    let mut killed = up.child;
    killed.wait().unwrap();

    let again = Up::start(folder.path());
    assert_eq!(
        again.value("server"),
        base,
        "the ports are those of the last start"
    );
    assert_eq!(again.get("rules"), rules);
    assert_eq!(again.get("rule-sets").as_array().unwrap().len(), 1);
    again.stop();
}

#[test]
fn a_port_taken_and_an_address_without_a_server_are_refused_with_a_remedy() {
    let folder = open_folder();
    let holder = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_orderwatch"))
            .args(["up", "--data-dir"])
            .arg(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, text) = run(&["--port-base", &(port - 1).to_string()]);
    assert_eq!(code, Some(5), "{text}");
    assert!(
        text.contains(&format!("port {port}, needed for ingest")),
        "{text}"
    );

    drop(holder);
    let (code, text) = run(&[
        "--postgres-url",
        &format!("postgres://someone:secret@127.0.0.1:{port}/shop"),
    ]);
    assert_eq!(code, Some(9), "{text}");
    assert!(
        text.contains(&format!("postgres://127.0.0.1:{port}")),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}

/// A folder that PostgreSQL's account may enter when the tests run as root.
fn open_folder() -> tempfile::TempDir {
    let everybody_enters = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .permissions(everybody_enters)
        .tempdir()
        .unwrap()
}
