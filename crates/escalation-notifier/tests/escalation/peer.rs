//! Prometheus Alertmanager on this machine: started, and given alerts.

use std::{
    ffi::OsStr,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

/// Alertmanager, until it is dropped.
pub(crate) struct Alertmanager {
    process: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Alertmanager {
    /// Starts it with a configuration, and waits until it listens.
    pub(crate) async fn start(binary: &OsStr, configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, data) = (
            folder.path().join("alertmanager.yml"),
            folder.path().join("data"),
        );
        std::fs::write(&config, configuration).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(binary)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", data.display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self {
            process,
            address,
            _folder: folder,
        };
        let ready = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).await.is_err() {
            assert!(Instant::now() < ready, "alertmanager does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        running
    }

    /// Posts alerts in one request, over a connection of its own.
    pub(crate) async fn post(&self, alerts: Vec<Value>) {
        let (address, body) = (self.address, Value::Array(alerts).to_string());
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /api/v2/alerts HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
