//! A running Orderwatch with servers of its own, all of which may be killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(240);
/// Ports that one installation uses.
const PORTS: u16 = 20;

/// What a test can kill with SIGKILL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    /// The process with every service in it; it is started again.
    Services,
    /// PostgreSQL, its whole process group; `up` starts it again.
    Postgres,
    /// nats-server; `up` starts it again.
    Nats,
    /// nats-server, and its store is deleted as well.
    NatsAndItsStore,
}

/// `orderwatch up` in a folder of its own.
pub struct Installation {
    folder: TempDir,
    base: u16,
    /// Further words for `up`.
    words: Vec<String>,
    up: Option<Child>,
}

impl Installation {
    /// Starts one and waits until it is ready.
    ///
    /// # Panics
    ///
    /// When it does not become ready.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|_| Vec::new())
    }

    /// Starts one with further words for `up`, which may name files in its folder.
    ///
    /// # Panics
    ///
    /// When it does not become ready.
    #[must_use]
    pub fn start_with(words: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("orderwatch-test-")
            .tempdir()
            .unwrap();
        // As root, PostgreSQL runs as somebody else, who must get in.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let words = words(folder.path());
        let mut this = Self {
            folder,
            base: free_base(),
            words,
            up: None,
        };
        this.start_again();
        this
    }

    /// Starts the services on what is there, and waits until they are ready.
    ///
    /// # Panics
    ///
    /// When they do not become ready.
    pub fn start_again(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("up.stderr"))
            .unwrap();
        let mut up = Command::new(binary())
            .args(["up", "--data-dir"])
            .arg(self.data())
            .args(["--port-base", &self.base.to_string()])
            .args(&self.words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(up.stdout.take().unwrap()).lines();
        let ready = lines
            .map_while(Result::ok)
            .any(|line| line.starts_with("ready"));
        self.up = Some(up);
        assert!(ready, "orderwatch up did not become ready:\n{}", self.log());
    }

    /// Kills something with SIGKILL.
    ///
    /// # Panics
    ///
    /// When services that were killed do not become ready again.
    pub fn kill(&mut self, what: Killed) {
        match what {
            Killed::Services => {
                let mut up = self.up.take().unwrap();
                up.kill().unwrap();
                up.wait().unwrap();
                self.start_again();
            }
            Killed::Postgres => kill_by(&find(&self.data(), "postmaster.pid")),
            Killed::Nats => kill_by(&find(&self.data(), "nats.pid")),
            Killed::NatsAndItsStore => {
                kill_by(&find(&self.data(), "nats.pid"));
                let _ = fs::remove_dir_all(self.data().join("nats"));
            }
        }
    }

    /// A command against this installation.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env(
                "ORDERWATCH_SERVER",
                format!("http://127.0.0.1:{}", self.base),
            )
            .stdin(Stdio::null());
        command
    }

    /// Runs a command and waits for it.
    ///
    /// # Panics
    ///
    /// When it cannot be run.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, and reads the JSON that it prints.
    ///
    /// # Panics
    ///
    /// When it fails or prints something else.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let mut all = arguments.to_vec();
        all.extend(["-o", "json"]);
        let output = self.run(&all);
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{}",
            text(&output),
            self.log()
        );
        match serde_json::from_slice(&output.stdout).unwrap() {
            Value::Array(values) => values,
            value => vec![value],
        }
    }

    /// Asks again until an answer is as wanted, and returns it.
    ///
    /// # Panics
    ///
    /// When it never is.
    pub fn until(&self, arguments: &[&str], wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.json(arguments);
            if wanted(&answer) {
                return answer;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{arguments:?} still says {answer:#?}"
            );
            std::thread::yield_now();
        }
    }

    /// A folder for the test's own files.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// First of the ports in use.
    #[must_use]
    pub const fn base(&self) -> u16 {
        self.base
    }

    /// What `up` wrote to standard error.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("up.stderr")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let from = log
            .char_indices()
            .rev()
            .nth(8_000)
            .map_or(0, |(index, _)| index);
        log[from..].to_owned()
    }

    /// Data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if let Some(mut up) = self.up.take() {
            signal("TERM", &up.id().to_string());
            let _ = up.wait();
        }
    }
}

/// What a command said, for a failing test.
#[must_use]
pub fn text(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{}\n{out}\n{err}", output.status)
}

/// The repository's own folder.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new(".."))
}

/// The binary that was built beside this test.
///
/// # Panics
///
/// When it was not built.
#[must_use]
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("orderwatch");
    assert!(
        built.exists(),
        "{} is not built: cargo build -p orderwatch",
        built.display()
    );
    built
}

/// Finds a base whose ports are all free.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn free_base() -> u16 {
    let start = 20_000 + (std::process::id() as u16 % 400) * PORTS;
    (start..60_000)
        .step_by(usize::from(PORTS))
        .find(|base| {
            let all: Vec<_> = (*base..base + PORTS)
                .map(|port| TcpListener::bind(("127.0.0.1", port)))
                .collect();
            all.iter().all(Result::is_ok)
        })
        .unwrap()
}

fn find(folder: &Path, name: &str) -> PathBuf {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_name() == name {
                return entry.path();
            }
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    panic!("no {name} below {}", folder.display());
}

fn kill_by(pid_file: &Path) {
    // The file is away for a moment while the server starts again.
    if let Some(pid) = fs::read_to_string(pid_file)
        .ok()
        .and_then(|t| t.lines().next().map(String::from))
    {
        signal("KILL", pid.trim());
    }
}

fn signal(name: &str, pid: &str) {
    let _ = Command::new("kill")
        .args(["-s", name, pid])
        .stderr(Stdio::null())
        .status();
}
