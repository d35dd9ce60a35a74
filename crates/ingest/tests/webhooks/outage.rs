//! PostgreSQL goes away in the middle and comes back.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use contracts::fact::v1::FactBatch;
use ingest::{RawConfig, RawWebhooks};
use prost::Message as _;
use secrecy::{ExposeSecret as _, SecretString};
use service::config::Interval;
use sqlx::{Connection, PgConnection};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::caller::{Caller, signed};
use crate::post::{Post, SECRET, Vendor, order};

/// Stands between the service and PostgreSQL, and can be cut.
struct Wire {
    address: SocketAddr,
    is_cut: Arc<watch::Sender<bool>>,
}

impl Wire {
    fn to(target: String) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let is_cut = Arc::new(watch::Sender::new(false));
        tokio::spawn(carry(
            TcpListener::from_std(listener).unwrap(),
            target,
            Arc::clone(&is_cut),
        ));
        Self { address, is_cut }
    }
}

async fn carry(listener: TcpListener, target: String, is_cut: Arc<watch::Sender<bool>>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let mut cut = is_cut.subscribe();
        let target = target.clone();
        tokio::spawn(async move {
            if *cut.borrow() {
                return;
            }
            let Ok(mut far) = TcpStream::connect(target).await else {
                return;
            };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                _ = cut.wait_for(|cut| *cut) => {}
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_nothing_is_acknowledged_and_nothing_acknowledged_is_lost() {
    let wire = std::sync::OnceLock::new();
    let raw = RawConfig {
        webhooks: RawWebhooks {
            answer_within: Interval::from(Duration::from_millis(500)),
            ..RawWebhooks::default()
        },
        ..RawConfig::default()
    };
    let post = Post::with(&[Vendor::shop()], raw, |settings| {
        let mut url = url::Url::parse(settings.postgres.url.expose_secret()).unwrap();
        let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let laid = wire.get_or_init(|| Wire::to(target));
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(laid.address.port())).unwrap();
        settings.postgres.url = SecretString::from(String::from(url));
        settings.postgres.acquire_timeout = Interval::seconds(1);
    })
    .await;
    let wire = wire.get().unwrap();
    let (stop, refused) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut callers = JoinSet::new();
    for share in 0..8 {
        callers.spawn(insist(
            post.address,
            share,
            Arc::clone(&stop),
            Arc::clone(&refused),
        ));
    }
    let mut journal = Journal::of(&post).await;
    for _ in 0..3 {
        journal.grown_by(50).await;
        wire.is_cut.send_replace(true);
        let seen = refused.load(Ordering::Relaxed);
        while refused.load(Ordering::Relaxed) < seen + 8 {
            tokio::task::yield_now().await;
        }
        wire.is_cut.send_replace(false);
    }
    journal.grown_by(50).await;
    stop.store(true, Ordering::Relaxed);
    let taken: BTreeSet<String> = callers.join_all().await.into_iter().flatten().collect();
    let facts = journal.ids().await;
    let ids: BTreeSet<String> = facts.iter().cloned().collect();
    assert_eq!(ids.len(), facts.len(), "journalled twice");
    assert_eq!(ids, taken);
    assert!(refused.load(Ordering::Relaxed) >= 24);
}

/// Sends one order after the other, each until it is taken, as a vendor would.
async fn insist(
    address: SocketAddr,
    share: usize,
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut caller = Caller::connect(address).await;
    let mut taken = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("o{share}-{number}");
        let body = order(&id, 1);
        let signature = signed(SECRET, body.as_bytes());
        let headers = [
            ("x-topic", ""),
            ("x-shopify-hmac-sha256", signature.as_str()),
        ];
        loop {
            let heard = caller.post("/webhooks/shop/orders", &headers, body.as_bytes());
            let heard = heard.await.unwrap();
            if heard.status == 200 {
                break;
            }
            assert_eq!(heard.status, 503);
            refused.fetch_add(1, Ordering::Relaxed);
        }
        taken.push(id);
    }
    taken
}

/// The journal, read past the wire.
struct Journal(PgConnection);

impl Journal {
    async fn of(post: &Post) -> Self {
        Self(PgConnection::connect(post.database.url()).await.unwrap())
    }

    async fn ids(&mut self) -> Vec<String> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM ingest.event_log WHERE subject LIKE 'orderwatch.facts.%'",
        )
        .fetch_all(&mut self.0)
        .await
        .unwrap();
        let facts = payloads
            .iter()
            .flat_map(|payload| FactBatch::decode(payload.as_slice()).unwrap().facts);
        facts.map(|fact| fact.entity_id).collect()
    }

    /// Waits until so many more facts are there.
    async fn grown_by(&mut self, more: usize) {
        let goal = self.ids().await.len() + more;
        while self.ids().await.len() < goal {
            tokio::task::yield_now().await;
        }
    }
}
