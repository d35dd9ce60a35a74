//! A private nats-server with JetStream.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Signal;

use super::binaries;
use super::child::{Recipe, Server};
use super::directory::Directory;
use super::process::Orphan;
use crate::failure::Failure;

const STOP: &[(Signal, Duration)] = &[
    (Signal::TERM, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];

/// Largest message, in bytes.
const MAX_PAYLOAD: u32 = 1024 * 1024;

/// Stops a nats-server that an earlier start left running.
pub(crate) async fn stop_orphan(directory: &Directory) {
    Files::of(directory).stop_orphan().await;
}

/// A nats-server whose store belongs to one data directory.
pub(crate) struct Nats {
    recipe: Recipe,
    files: Files,
    port: u16,
    /// Identity of the store's folder, seen since the last start.
    seen: Mutex<Option<u64>>,
}

struct Files {
    configuration: PathBuf,
    store: PathBuf,
    pid: PathBuf,
}

impl Files {
    fn of(directory: &Directory) -> Self {
        Self {
            configuration: directory.path().join("nats.conf"),
            store: directory.path().join("nats"),
            pid: directory.path().join("nats.pid"),
        }
    }

    async fn stop_orphan(&self) {
        let mark = format!("-c {}", self.configuration.display());
        if let Some(orphan) = Orphan::find(&self.pid, &mark) {
            tracing::info!(
                process.pid = orphan.id(),
                "stopping a nats-server left by an earlier start"
            );
            orphan.stop(STOP).await;
        }
    }
}

impl Nats {
    /// Writes the configuration.
    ///
    /// # Errors
    ///
    /// No program, or the data directory cannot be written.
    pub(crate) fn new(directory: &Directory, port: u16) -> Result<Self, Failure> {
        let program = binaries::nats()?;
        let files = Files::of(directory);
        std::fs::write(
            &files.configuration,
            settings(&files.store, &files.pid, port),
        )
        .map_err(|error| Failure::file(&files.configuration, "write", &error))?;
        let recipe = Recipe {
            name: "nats-server",
            program,
            arguments: vec!["-c".into(), files.configuration.clone().into()],
            account: None,
            log: directory.log("nats-server"),
            stop: STOP,
        };
        Ok(Self {
            recipe,
            files,
            port,
            seen: Mutex::new(None),
        })
    }

    /// Where services find it.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

impl Server for Nats {
    fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    async fn prepare(&self) -> io::Result<()> {
        self.files.stop_orphan().await;
        if let Ok(mut seen) = self.seen.lock() {
            *seen = None;
        }
        std::fs::create_dir_all(&self.files.store)
    }

    /// A server whose store was deleted beneath it goes on with files that
    /// nobody will find again: it must start with a new store.
    fn broken(&self) -> Option<&'static str> {
        let present = std::fs::metadata(self.files.store.join("jetstream"))
            .map(|data| data.ino())
            .ok();
        let mut seen = self.seen.lock().ok()?;
        match *seen {
            None => {
                *seen = present;
                None
            }
            Some(_) if present == *seen => None,
            Some(_) => Some("its store was deleted"),
        }
    }
}

fn settings(store: &Path, pid_file: &Path, port: u16) -> String {
    format!(
        "# Written by `orderwatch up` at every start.\n\
         host: \"127.0.0.1\"\n\
         port: {port}\n\
         max_payload: {MAX_PAYLOAD}\n\
         pid_file: {pid_file:?}\n\
         jetstream {{\n  # Not synced at each message: what a power cut takes from here, consumers fetch from\n  # the event logs.\n  store_dir: {store:?}\n}}\n"
    )
}
