//! The shop's webhook, and those who call it.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use ingest::{RawConfig, RawSecret, RawWebhooks};
use service::config::Interval;
use tempfile::NamedTempFile;

use crate::caller::{Caller, Heard, signed};

const PATH: &str = "/webhooks/shop/calls";
const SECRET: &str = "shpss_1";

/// Where the webhook is, and the secret that its vendor signs with.
pub(crate) struct Hooks {
    pub(crate) address: SocketAddr,
    secret: NamedTempFile,
}

impl Hooks {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let secret = NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), SECRET).unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            secret,
        }
    }

    /// The same configuration, with the webhook in it.
    pub(crate) fn known_to(&self, mut raw: RawConfig) -> RawConfig {
        raw.webhooks = RawWebhooks {
            listen: Some(self.address),
            refresh: Interval::from(Duration::from_millis(100)),
            answer_within: Interval::seconds(60),
            ..raw.webhooks
        };
        let place = RawSecret {
            file: Some(self.secret.path().to_owned()),
            ..RawSecret::default()
        };
        raw.secrets.insert("shop.key".to_owned(), place);
        raw
    }

    /// Waits until the webhook that was just applied takes calls.
    pub(crate) async fn taking(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut caller = Caller::connect(self.address).await;
        while call(&mut caller, "first").await.status != 200 {
            assert!(Instant::now() < deadline, "the webhook takes no calls");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The same document with a webhook, which speaks for a source of its own.
pub(crate) fn called(document: &str) -> String {
    let sources = "sources: [";
    assert!(document.contains(sources));
    let document = document.replace(
        sources,
        "secrets: [key]\n  sources: [{name: shop-calls, system: erp, mode: live}, ",
    );
    format!(
        "{document}    - name: pushed
      webhook:
        path: calls
        sign: {{by: shopify, secret: key}}
        records: '[body]'
      facts:
        - {{source: shop-calls, kind: order, id: row.id, revision: 1}}
"
    )
}

/// Calls the webhook with one order.
pub(crate) async fn call(caller: &mut Caller, id: &str) -> Heard {
    let body = format!(r#"{{"id":"{id}"}}"#);
    let signature = signed(SECRET, body.as_bytes());
    let headers = [
        ("x-shopify-webhook-id", id),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let heard = caller.post(PATH, &headers, body.as_bytes()).await.unwrap();
    if heard.status != 200 {
        let absent = heard.status == 404;
        let put_off = heard.status == 503 && heard.header("retry-after").is_some();
        assert!(absent || put_off, "{heard:?}");
    }
    heard
}
