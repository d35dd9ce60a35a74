use ingest::RawConfig;
use ingest::RawWebhooks;

use crate::caller::signed;
use crate::post::{Post, Vendor};
use crate::vectors::Vectors;

const TOTAL: &str = "id: row.id, revision: 1, fields: {amount: number(row.total)}";
const HMAC: &str = r#"{by: hmac, secret: key, algorithm: sha256, encoding: base64, header: X-Signature, prefix: "sha256=", message: "v0:{timestamp}:{body}", timestamp: X-Sent, tolerance: 1m}"#;
const TAKEN: &str = r#"{"result":true,"returnCode":"200","message":"成功"}"#;

/// Golden vectors, the signature in the document, and what the vendor wants to hear.
const VECTORS: [(&str, &str, &str); 6] = [
    ("shopify: json", "{by: shopify, secret: key}", ""),
    ("woocommerce: json", "{by: woocommerce, secret: key}", ""),
    ("aftership: json", "{by: aftership, secret: key}", ""),
    (
        "easypost: json, secret sécret",
        "{by: easypost, secret: key}",
        "",
    ),
    (
        "standard-webhooks: json",
        "{by: standard-webhooks, secret: key}",
        "",
    ),
    ("hmac: sha256, base64, json", HMAC, ""),
];

fn vendor(index: usize, sign: &str, secrets: &[String]) -> Vendor {
    Vendor {
        name: format!("v{index}"),
        sign: sign.to_owned(),
        records: "[body]",
        secret: secrets.join("\n"),
        fact: TOTAL,
        ..Vendor::shop()
    }
}

#[tokio::test]
async fn golden_vectors_of_every_signer_become_facts() {
    let vectors = VECTORS.map(|(name, ..)| Vectors::webhook(name));
    let all: Vec<_> = vectors.iter().zip(VECTORS).enumerate().collect();
    let vendors: Vec<_> = all
        .iter()
        .map(|(index, (vector, (_, sign, _)))| vendor(*index, sign, &vector.secrets))
        .collect();
    let post = Post::with(&vendors, RawConfig::default(), |_| {}).await;
    for (index, (vector, (name, _, answer))) in all {
        let mut headers = vec![("content-type", "application/json"), ("x-topic", "")];
        let own = vector.headers.iter();
        headers.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
        let path = format!("/webhooks/v{index}/orders");
        let mut caller = post.caller().await;
        let heard = caller.post(&path, &headers, &vector.body()).await.unwrap();
        assert_eq!((heard.status, heard.body.as_str()), (200, answer), "{name}");
    }
    let facts = post.facts().await;
    assert_eq!(facts.len(), VECTORS.len());
    assert!(
        facts
            .iter()
            .all(|fact| fact.entity_id == "820982911946154508"),
        "{facts:?}"
    );
}

#[tokio::test]
async fn kuaidi100_pushes_a_form_and_hears_what_it_reads() {
    let vector = Vectors::webhook("kuaidi100: json, salt '盐&salt'");
    let pushed = Vendor {
        records: "[from_json(form.param)]",
        fact: "id: row.status, revision: 1, fields: {x_state: row.lastResult.state}",
        ..vendor(0, "{by: kuaidi100, secret: key}", &vector.secrets)
    };
    let unsalted = Vectors::webhook("kuaidi100: json, salt ''");
    let without = Vendor {
        records: "[from_json(form.param)]",
        fact: "id: row.status, revision: 1",
        ..vendor(1, "{by: kuaidi100, secret: key}", &unsalted.secrets)
    };
    let post = Post::with(&[pushed, without], RawConfig::default(), |_| {}).await;
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-topic", ""),
    ];
    for (path, body) in [
        ("/webhooks/v0/orders", vector.body()),
        ("/webhooks/v1/orders", unsalted.body()),
    ] {
        let heard = post.caller().await.post(path, &form, &body).await.unwrap();
        assert_eq!((heard.status, heard.body.as_str()), (200, TAKEN), "{path}");
    }
    assert_eq!(post.facts().await.len(), 2);

    let mut forged = vector.body();
    forged[6] ^= 1;
    let mut caller = post.caller().await;
    let heard = caller
        .post("/webhooks/v0/orders", &form, &forged)
        .await
        .unwrap();
    assert_eq!(heard.status, 401);
    assert!(heard.body.contains(r#""result":false"#), "{heard:?}");
}

#[tokio::test]
async fn hubspot_signs_the_public_url_and_sends_batches() {
    let batched = Vendor {
        records: "body",
        fact: "id: row.objectId, revision: row.occurredAt",
        ..vendor(0, "{by: hubspot-v3, secret: key}", &["hub".to_owned()])
    };
    let raw = RawConfig {
        webhooks: RawWebhooks {
            public_url: Some("https://hooks.example.com/".to_owned()),
            ..RawWebhooks::default()
        },
        ..RawConfig::default()
    };
    let post = Post::with(&[batched], raw, |_| {}).await;
    let body = r#"[{"objectId":1,"occurredAt":5},{"objectId":2,"occurredAt":6},{"objectId":3}]"#;
    let sent = "1790000000000";
    let path = "/webhooks/v0/orders?portal=1";
    let message = format!("POSThttps://hooks.example.com{path}{body}{sent}");
    let signature = signed("hub", message.as_bytes());
    let headers = [
        ("x-topic", ""),
        ("x-hubspot-signature-v3", signature.as_str()),
        ("x-hubspot-request-timestamp", sent),
    ];
    let heard = post
        .caller()
        .await
        .post(path, &headers, body.as_bytes())
        .await;
    assert_eq!(heard.unwrap().status, 200);
    assert_eq!(post.facts().await.len(), 2);
    assert_eq!(post.count("quarantine").await, 1);
    let mut elsewhere = post.caller().await;
    let heard = elsewhere
        .post("/webhooks/v0/orders?portal=2", &headers, body.as_bytes())
        .await;
    assert_eq!(heard.unwrap().status, 401);
}

#[tokio::test]
async fn woocommerce_asks_whether_anybody_is_there() {
    let shop = vendor(0, "{by: woocommerce, secret: key}", &["wc".to_owned()]);
    let post = Post::with(&[shop], RawConfig::default(), |_| {}).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (body, status) in [
        ("webhook_id=7", 200),
        ("webhook_id=7&order=1", 401),
        ("webhook_id=", 401),
        ("id=7", 401),
    ] {
        let mut caller = post.caller().await;
        let heard = caller.post("/webhooks/v0/orders", &form, body.as_bytes());
        let heard = heard.await.unwrap();
        assert_eq!((heard.status, heard.body.as_str()), (status, ""), "{body}");
    }
    assert!(post.facts().await.is_empty());
    assert_eq!(post.count("quarantine").await, 0);
}
