//! The section `[ingest.webhooks]` of the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use service::config::{Faults, Interval};
use url::Url;

/// `[ingest.webhooks]` as it is written. The doc comments are the reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawWebhooks {
    /// Address on which vendors' calls are taken; none are while it is not set.
    pub listen: Option<SocketAddr>,
    /// Under which URL vendors know that address, such as `https://hooks.example.com`: some
    /// sign it.
    pub public_url: Option<String>,
    /// Longest that headers, or a body, may take to arrive. Default 10s.
    pub read_timeout: Interval,
    /// Longest that a call waits for the journal before its sender is told to come again.
    /// Default 4s, as Shopify waits 5.
    pub answer_within: Interval,
    /// Most connections at once; further ones wait. Default 1024.
    pub connections: usize,
    /// Most KiB of the headers of a call. Default 16.
    pub header_kib: usize,
    /// Most KiB of all bodies that are read at once. Default 65536.
    pub body_kib: usize,
    /// How long deliveries are remembered whose vendor does not sign when they were sent.
    /// Default 7d.
    pub remember_deliveries: Interval,
    /// How often it is looked whether connectors or their secrets have changed. Default 2s.
    pub refresh: Interval,
}

/// `[ingest.webhooks]`, valid.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) public_url: Option<String>,
    pub(crate) read_timeout: Duration,
    pub(crate) answer_within: Duration,
    pub(crate) connections: usize,
    pub(crate) header_bytes: usize,
    pub(crate) body_kib: usize,
    pub(crate) remember_deliveries: TimeDelta,
    pub(crate) refresh: Duration,
}

impl Default for RawWebhooks {
    fn default() -> Self {
        Self {
            listen: None,
            public_url: None,
            read_timeout: Interval::seconds(10),
            answer_within: Interval::seconds(4),
            connections: 1_024,
            header_kib: 16,
            body_kib: 64 * 1024,
            remember_deliveries: Interval::seconds(7 * 86_400),
            refresh: Interval::seconds(2),
        }
    }
}

impl Webhooks {
    /// Validates the section; faults are reported by key.
    pub(super) fn validate(raw: &RawWebhooks, faults: &mut Faults) -> Self {
        let key = |name: &str| format!("ingest.webhooks.{name}");
        let tenth = Interval::from(Duration::from_millis(100));
        let mut span = |name: &str, value: Interval, longest: u64| {
            let range = tenth..=Interval::seconds(longest);
            faults.within(&key(name), value, range).duration()
        };
        let read_timeout = span("read_timeout", raw.read_timeout, 300);
        let answer_within = span("answer_within", raw.answer_within, 60);
        let refresh = span("refresh", raw.refresh, 600);
        let remember = span("remember_deliveries", raw.remember_deliveries, 366 * 86_400);
        if raw.public_url.as_deref().is_some_and(|url| !is_base(url)) {
            faults.add(
                key("public_url"),
                "expected https://host without query, such as https://hooks.example.com",
            );
        }
        let url = raw.public_url.as_deref();
        Self {
            listen: raw.listen,
            public_url: url.map(|url| url.trim_end_matches('/').to_owned()),
            read_timeout,
            answer_within,
            connections: faults.within(&key("connections"), raw.connections, 1..=65_536),
            header_bytes: faults.within(&key("header_kib"), raw.header_kib, 8..=256) * 1024,
            body_kib: faults.within(&key("body_kib"), raw.body_kib, 1_024..=16 * 1024 * 1024),
            remember_deliveries: TimeDelta::from_std(remember).unwrap_or(TimeDelta::days(7)),
            refresh,
        }
    }
}

fn is_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.query().is_none()
            && url.fragment().is_none()
    })
}
