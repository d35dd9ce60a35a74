//! A listener that counts who comes in.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outbound::{Destinations, Limits, Setup, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(20),
    max_body: 4096,
};

pub(crate) const FINE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

/// What is answered, and what becomes of the connection afterwards.
#[derive(Clone)]
pub(crate) enum Script {
    /// Answers before anything is asked.
    Interrupt(Vec<u8>),
    Close(Vec<u8>),
    Hold(Vec<u8>),
}

/// Answers whoever comes in by its script; remembers what it was asked.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    entered: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Door {
    pub(crate) async fn open(script: Script) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), script)
            .await
            .unwrap()
    }

    /// A door at every address of this machine.
    pub(crate) async fn everywhere() -> Self {
        let script = Script::Close(FINE.to_vec());
        match Self::at("[::]:0".parse().unwrap(), script.clone()).await {
            Ok(door) => door,
            Err(_) => Self::at("0.0.0.0:0".parse().unwrap(), script)
                .await
                .unwrap(),
        }
    }

    pub(crate) async fn at(address: SocketAddr, script: Script) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let door = Self {
            address: listener.local_addr()?,
            entered: Arc::default(),
            heads: Arc::default(),
        };
        let (entered, heads) = (Arc::clone(&door.entered), Arc::clone(&door.heads));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                entered.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, script.clone(), Arc::clone(&heads)));
            }
        });
        Ok(door)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// How many have come in so far. Comes in itself to know: who came earlier was counted
    /// earlier.
    pub(crate) async fn entered(&self) -> usize {
        let before = self.entered.load(Ordering::SeqCst);
        let ip = match self.address.ip() {
            unspecified if unspecified.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            specified => specified,
        };
        let mut stream = TcpStream::connect((ip, self.port())).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let _any = stream.read(&mut [0]).await.unwrap();
        let others = self.entered.fetch_sub(1, Ordering::SeqCst) - 1;
        assert!(others >= before);
        others
    }
}

async fn serve(mut stream: TcpStream, script: Script, heads: Arc<Mutex<Vec<String>>>) {
    if let Script::Interrupt(words) = &script {
        let _ = stream.write_all(words).await;
    }
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    heads
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&head).into_owned());
    if let Script::Close(answer) | Script::Hold(answer) = &script {
        // Whoever went away hears nothing.
        let _ = stream.write_all(answer).await;
    }
    if let Script::Hold(_) = script {
        std::future::pending::<()>().await;
    }
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// A client for any host by plain http, and these networks.
pub(crate) fn setup(networks: &str) -> Setup {
    let destinations = Destinations {
        networks: networks.parse().unwrap(),
        plain_http: true,
        ..Destinations::default()
    };
    Setup::new(destinations, "test")
}
