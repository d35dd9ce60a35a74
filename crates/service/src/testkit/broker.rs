//! A nats-server of one's own, which may be killed and robbed of its store.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bus::{Bus, Options};
use tempfile::TempDir;

/// A broker with its own store in a temporary folder; killed at the end.
pub struct TestBroker {
    port: u16,
    store: TempDir,
    process: Option<Child>,
}

impl TestBroker {
    /// Starts one on a free port and waits until it answers.
    ///
    /// # Panics
    /// When there is no nats-server, or it does not answer.
    pub async fn start() -> Self {
        let mut broker = Self {
            port: free_port(),
            store: tempfile::tempdir().expect("folder of the broker"),
            process: None,
        };
        broker.start_again().await;
        broker
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A connection with its streams declared, and the loop that keeps them.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub async fn connect(&self, service: &str) -> Bus {
        let options = Options {
            facts_bytes: 256 << 20,
            events_bytes: 64 << 20,
            ack_timeout: Duration::from_secs(2),
            ..Options::new(self.url(), service)
        };
        let bus = Bus::connect(options)
            .await
            .expect("connect to the test broker");
        let kept = bus.clone();
        tokio::spawn(async move { kept.keep(tokio_util::sync::CancellationToken::new()).await });
        bus
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Kills it and deletes everything it had stored.
    ///
    /// # Panics
    /// When the store cannot be deleted.
    pub fn kill_and_wipe(&mut self) {
        self.kill();
        let store = self.store.path().join("jetstream");
        if store.exists() {
            std::fs::remove_dir_all(store).expect("delete the broker's store");
        }
    }

    /// Starts it again at its address and waits until it answers.
    ///
    /// # Panics
    /// When there is no nats-server, or it does not answer.
    pub async fn start_again(&mut self) {
        let program = program();
        let child = Command::new(&program)
            .args([
                "-a",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-js",
                "-sd",
            ])
            .arg(self.store.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process =
            Some(child.unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display())));
        let deadline = Instant::now() + Duration::from_secs(15);
        while tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .is_err()
        {
            assert!(
                Instant::now() < deadline,
                "nats-server does not answer at {}",
                self.url()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for TestBroker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `ORDERWATCH_NATS_SERVER`, else `nats-server` or `nats-server-dev` on the PATH.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("ORDERWATCH_NATS_SERVER") {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["nats-server", "nats-server-dev"];
    let candidates = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file()).unwrap_or_else(|| {
        panic!("no nats-server on the PATH and ORDERWATCH_NATS_SERVER is not set: run the tests by ./scripts/test")
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
