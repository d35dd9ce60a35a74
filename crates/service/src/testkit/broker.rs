//! A nats-server of one's own, which may be killed and robbed of its store.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
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
    /// Starts one on a port that it picks itself, and waits until it answers.
    ///
    /// # Panics
    /// When there is no nats-server, or it does not answer.
    pub async fn start() -> Self {
        let store = tempfile::tempdir().expect("folder of the broker");
        let (process, port) = listening(store.path(), None).await;
        Self {
            port,
            store,
            process: Some(process),
        }
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
        let (process, _) = listening(self.store.path(), Some(self.port)).await;
        self.process = Some(process);
    }
}

impl Drop for TestBroker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A broker that answers, and its port: the one wished for, else one that it picks itself, as
/// one that was free a moment ago may be another's by now.
async fn listening(store: &Path, port: Option<u16>) -> (Child, u16) {
    let program = program();
    let wish = port.map_or("-1".to_owned(), |port| port.to_string());
    let mut process = Command::new(&program)
        .args(["-a", "127.0.0.1", "-p", &wish, "-js", "-sd"])
        .arg(store)
        .arg("--ports_file_dir")
        .arg(store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
    let name = program.file_name().unwrap_or_default().display();
    let ports = store.join(format!("{name}_{}.ports", process.id()));
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let ended = process.try_wait().expect("ask for the broker");
        assert!(ended.is_none(), "nats-server ended: {ended:?}");
        assert!(Instant::now() < deadline, "nats-server does not answer");
        if let Some(port) = announced(&ports) {
            let connected = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port));
            if connected.await.is_ok() {
                return (process, port);
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
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

/// The port that a broker says it listens on, once it has.
fn announced(ports: &Path) -> Option<u16> {
    let text = std::fs::read(ports).ok()?;
    let said: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let address = said.pointer("/nats/0")?.as_str()?;
    address.rsplit_once(':')?.1.parse().ok()
}
