//! Sends the carrier's pushes to the webhooks of ingest, again when they are not taken.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use order::Span;
use serde_json::Value as Json;
use simulator::vendor::Pushes;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::pace::Pace;
use crate::failure::Failure;

/// Most pushes at once.
const AT_ONCE: usize = 4;
/// How often, and how much later, the look-alike sends a push again.
const AGAIN: (u32, Span) = (3, Span::from_seconds(30 * 60));

/// What became of the pushes.
#[derive(Debug, Default)]
pub(super) struct Told {
    sent: AtomicU64,
    again: AtomicU64,
    given_up: AtomicU64,
}

/// Where webhooks are taken.
#[derive(Clone, Debug)]
pub(super) struct Webhooks {
    authority: String,
}

impl Told {
    /// Says what became of them.
    pub(super) fn say(&self) -> String {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        format!(
            "pushes         {} of the carrier, {} sent again, {} given up and made up for by its list",
            count(&self.sent),
            count(&self.again),
            count(&self.given_up)
        )
    }
}

impl Webhooks {
    /// Reads an address such as `http://127.0.0.1:7480`.
    pub(super) fn of(url: &str) -> Result<Self, Failure> {
        let uri = url.parse::<Uri>().ok();
        let authority = uri.as_ref().and_then(Uri::authority);
        let authority = authority.ok_or_else(|| {
            Failure::invalid(format!(
                "--webhooks {url} is no URL, such as http://127.0.0.1:7480"
            ))
        })?;
        Ok(Self {
            authority: authority.to_string(),
        })
    }

    /// Posts a form; returns whether it was taken.
    async fn post(&self, path: &str, form: &str) -> io::Result<bool> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        let connection = tokio::spawn(connection);
        let request = Request::post(path)
            .header("host", &self.authority)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(form.to_owned())))
            .map_err(io::Error::other)?;
        let answer = sender
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(io::Error::other)?;
        connection.abort();
        let body: Json = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        Ok(body["result"] == true)
    }
}

/// Sends every push at its instant.
pub(super) async fn run(pushes: Pushes, webhooks: Webhooks, pace: Pace, told: Arc<Told>) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut sending = JoinSet::new();
    for push in pushes.iter() {
        tokio::time::sleep(pace.until(push.at)).await;
        while sending.try_join_next().is_some() {}
        let Some((order, form)) = pushes.written(push) else {
            continue;
        };
        let (slots, webhooks) = (Arc::clone(&slots), webhooks.clone());
        let told = Arc::clone(&told);
        sending.spawn(async move {
            let path = format!("/webhooks/kuaidi100/parcels?order={order}");
            send(&path, &form, &slots, &webhooks, &pace, &told).await;
        });
    }
    while sending.join_next().await.is_some() {}
}

async fn send(
    path: &str,
    form: &str,
    slots: &Semaphore,
    webhooks: &Webhooks,
    pace: &Pace,
    told: &Told,
) {
    let (times, later) = AGAIN;
    told.sent.fetch_add(1, Ordering::Relaxed);
    for _ in 0..times {
        if attempt(path, form, slots, webhooks).await {
            return;
        }
        told.again.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(pace.until(pace.now() + later)).await;
    }
    if !attempt(path, form, slots, webhooks).await {
        told.given_up.fetch_add(1, Ordering::Relaxed);
    }
}

async fn attempt(path: &str, form: &str, slots: &Semaphore, webhooks: &Webhooks) -> bool {
    let _slot = slots.acquire().await;
    webhooks.post(path, form).await.unwrap_or(false)
}
