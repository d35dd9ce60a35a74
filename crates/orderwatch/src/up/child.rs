//! Child processes, started again when they die.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::account::Account;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A child that lived longer than this starts again without a pause.
const SETTLED: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How a program is started and stopped.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Who runs it; ourselves if none.
    pub(crate) account: Option<Account>,
    pub(crate) log: PathBuf,
    /// Signals that stop it, each with how long it is given.
    pub(crate) stop: &'static [(Signal, Duration)],
}

/// A server that is kept running.
pub(crate) trait Server: Send + Sync + 'static {
    /// How it is started.
    fn recipe(&self) -> &Recipe;

    /// Clears the way before each start.
    fn prepare(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Says why a running server must be started afresh, if it must.
    fn broken(&self) -> Option<&'static str> {
        None
    }
}

/// Keeps one server running until it is told to stop.
pub(crate) struct Supervisor {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts a server and keeps it running.
    pub(crate) fn start(server: impl Server) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep(server, stop.clone()));
        Self { stop, task }
    }

    /// Stops the server and waits until it is gone.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}

async fn keep(server: impl Server, stop: CancellationToken) {
    let name = server.recipe().name;
    let mut pause = SHORTEST_PAUSE;
    while !stop.is_cancelled() {
        let started = Instant::now();
        match once(&server, &stop).await {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(server.name = name, error = %error, "server could not be started");
            }
        }
        if stop.is_cancelled() {
            break;
        }
        pause = if started.elapsed() > SETTLED {
            SHORTEST_PAUSE
        } else {
            (pause * 2).min(LONGEST_PAUSE)
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Runs a server until it dies, breaks or is told to stop.
async fn once(server: &impl Server, stop: &CancellationToken) -> io::Result<()> {
    let recipe = server.recipe();
    server.prepare().await?;
    let mut child = spawn(recipe)?;
    tracing::debug!(
        server.name = recipe.name,
        process.pid = child.id(),
        "server started"
    );
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status?;
                tracing::warn!(server.name = recipe.name, status = %status, "server died and is started again");
                return Ok(());
            }
            () = stop.cancelled() => return end(&mut child, recipe.stop).await,
            _ = look.tick() => {
                if let Some(reason) = server.broken() {
                    tracing::warn!(server.name = recipe.name, reason, "server is started afresh");
                    return child.kill().await;
                }
            }
        }
    }
}

fn spawn(recipe: &Recipe) -> io::Result<Child> {
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&recipe.log)?;
    let mut command = Command::new(&recipe.program);
    command
        .args(&recipe.arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // Ctrl-C at the terminal is for us; we stop the servers in order.
        .process_group(0)
        .kill_on_drop(true);
    if let Some(account) = &recipe.account {
        command.uid(account.uid).gid(account.gid);
    }
    command.spawn()
}

async fn end(child: &mut Child, signals: &[(Signal, Duration)]) -> io::Result<()> {
    for (signal, grace) in signals {
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let Some(pid) = pid else { break };
        let _ = kill_process(pid, *signal);
        if let Ok(status) = tokio::time::timeout(*grace, child.wait()).await {
            return status.map(drop);
        }
    }
    child.kill().await
}

/// The last lines of a log, for messages.
pub(crate) fn last_words(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
