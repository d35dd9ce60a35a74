//! Measures what it costs to turn what a vendor sends into facts, by the delivered connectors,
//! beside the bare limit: the same bytes, parsed as JSON and nothing else.
//!
//! Measured is everything between the bytes and the facts: parsing, the connector's `records`,
//! its mapping, and the check against the field catalogue. No server is needed.
//!
//! ```text
//! cargo run --release -p ingest --example bench_mapping
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ingest::connector::Connector;
use ingest::poll::Answered;
use ingest::trial::{Call, Given, Trial};
use order::{Catalogue, Span, Timestamp};
use serde_json::Value as Json;
use url::form_urlencoded;

const SHOPIFY: &str = include_str!("../../../../deploy/connectors/shopify.yaml");
const KUAIDI100: &str = include_str!("../../../../deploy/connectors/kuaidi100.yaml");
const JUSHUITAN: &str = include_str!("../../../../deploy/connectors/jushuitan.yaml");
const SHOPIFY_ORDER: &str = include_str!("../../tests/webhooks/fixtures/shopify-order.json");
const KUAIDI100_PUSH: &str = include_str!("kuaidi100-push.json");
const JUSHUITAN_ORDER: &str = include_str!("jushuitan-order.json");

/// Orders on a page of 聚水潭.
const PAGE: usize = 100;
/// How long one turn takes; the median of the turns counts.
const TURN: Duration = Duration::from_millis(500);
const TURNS: usize = 7;

/// Something that a vendor sends.
struct Sent {
    what: &'static str,
    connector: Connector,
    dataset: &'static str,
    parameters: BTreeMap<String, String>,
    given: Given,
    /// The JSON in it.
    json: String,
    /// How many orders or parcels it tells of.
    records: usize,
}

fn main() {
    println!("per order or parcel: facts, µs to facts, µs to parse the same JSON, ratio");
    for sent in [shopify(), kuaidi100(), jushuitan()] {
        measure(&sent);
    }
}

fn measure(sent: &Sent) {
    let now = Timestamp::from_seconds(1_794_400_000);
    let times = (now - Span::from_hours(24), now);
    let trial = Trial::new(&sent.connector, sent.dataset, times, &sent.parameters).unwrap();
    let outcome = trial.held(sent.given.clone()).unwrap();
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    assert!(!outcome.facts.is_empty(), "{outcome:?}");
    let mapped = median(|| {
        black_box(trial.held(black_box(sent.given.clone())).unwrap());
    });
    let parsed = median(|| {
        let json: Json = serde_json::from_str(black_box(&sent.json)).unwrap();
        black_box(json);
    });
    let each = |micros: f64| micros / sent.records as f64;
    println!(
        "  {:<32} {:>4} {:>8.1} {:>8.2} {:>6.1}",
        sent.what,
        outcome.facts.len() / sent.records,
        each(mapped),
        each(parsed),
        mapped / parsed
    );
}

/// Microseconds that something takes.
fn median(mut work: impl FnMut()) -> f64 {
    let mut turns: Vec<f64> = (0..TURNS)
        .map(|_| {
            let (begun, mut times) = (Instant::now(), 0);
            while begun.elapsed() < TURN {
                work();
                times += 1;
            }
            begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
        })
        .collect();
    turns.sort_by(f64::total_cmp);
    turns[TURNS / 2]
}

fn connector(yaml: &str) -> Connector {
    Connector::parse(yaml, Arc::new(Catalogue::standard())).unwrap()
}

fn shopify() -> Sent {
    let topic = ("x-shopify-topic".to_owned(), "orders/updated".to_owned());
    let call = Call {
        headers: vec![topic],
        body: SHOPIFY_ORDER.into(),
        ..Call::default()
    };
    Sent {
        what: "Shopify, a webhook",
        connector: connector(SHOPIFY),
        dataset: "orders-pushed",
        parameters: [("shop".to_owned(), "demo".to_owned())].into(),
        given: Given::Call(call),
        json: SHOPIFY_ORDER.to_owned(),
        records: 1,
    }
}

fn kuaidi100() -> Sent {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form.extend_pairs([("sign", "F00D"), ("param", KUAIDI100_PUSH)]);
    let call = Call {
        query: "order=SO1".to_owned(),
        body: form.finish().into_bytes(),
        is_form: true,
        ..Call::default()
    };
    Sent {
        what: "快递100, a push of four scans",
        connector: connector(KUAIDI100),
        dataset: "parcels-pushed",
        parameters: BTreeMap::new(),
        given: Given::Call(call),
        json: KUAIDI100_PUSH.to_owned(),
        records: 1,
    }
}

fn jushuitan() -> Sent {
    let orders = [JUSHUITAN_ORDER; PAGE].join(",");
    let body = format!(r#"{{"code":0,"msg":"","data":{{"has_next":false,"orders":[{orders}]}}}}"#);
    let answer = Answered {
        status: 200,
        headers: Vec::new(),
        body: body.clone().into_bytes(),
    };
    Sent {
        what: "聚水潭, a page of 100 orders",
        connector: connector(JUSHUITAN),
        dataset: "orders",
        parameters: [("app_key".to_owned(), "demo".to_owned())].into(),
        given: Given::Answers(vec![answer]),
        json: body,
        records: PAGE,
    }
}
