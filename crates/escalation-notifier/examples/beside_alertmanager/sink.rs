//! A webhook that takes everything and says when.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Bytes, extract::State, routing::post};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, timeout},
};

/// What arrives there.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    arrivals: UnboundedReceiver<Instant>,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let (heard, arrivals) = unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", post(hear)).with_state(heard);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, arrivals }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// When the last of so many more arrived.
    pub(crate) async fn wait_for(&mut self, count: usize) -> Instant {
        let mut last = Instant::now();
        for _ in 0..count {
            let next = timeout(Duration::from_secs(120), self.arrivals.recv()).await;
            last = next.unwrap().unwrap();
        }
        last
    }
}

async fn hear(State(heard): State<UnboundedSender<Instant>>, _body: Bytes) {
    heard.send(Instant::now()).unwrap();
}
