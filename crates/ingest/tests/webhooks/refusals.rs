use chrono::TimeDelta;
use ingest::{RawConfig, RawWebhooks};
use service::config::Interval;

use crate::caller::{head, signed};
use crate::post::{Post, SECRET, Vendor, order};
use crate::vectors::Vectors;

const PATH: &str = "/webhooks/shop/orders";

#[tokio::test]
async fn what_is_tampered_with_or_unsigned_is_refused() {
    let post = Post::open().await;
    let body = order("o1", 1);
    let good = signed(SECRET, body.as_bytes());
    let tampered = body.replace("12.50", "92.50");
    let other = signed("another", body.as_bytes());
    for (name, headers, body) in [
        (
            "tampered",
            vec![("x-shopify-hmac-sha256", &good)],
            &tampered,
        ),
        ("unsigned", vec![], &body),
        (
            "signed by another",
            vec![("x-shopify-hmac-sha256", &other)],
            &body,
        ),
        (
            "signed twice",
            vec![
                ("x-shopify-hmac-sha256", &good),
                ("x-shopify-hmac-sha256", &other),
            ],
            &body,
        ),
    ] {
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name, value.as_str()))
            .collect();
        let mut caller = post.caller().await;
        let heard = caller.post(PATH, &headers, body.as_bytes()).await.unwrap();
        assert_eq!((heard.status, heard.body.as_str()), (401, ""), "{name}");
    }
    assert!(post.facts().await.is_empty());
    assert_eq!(post.count("quarantine").await, 0);
}

#[tokio::test]
async fn paths_and_methods_that_there_are_not_are_refused() {
    let post = Post::open().await;
    for (method, path, status) in [
        ("POST", "/webhooks/shop/order", 404),
        ("POST", "/webhooks/shop", 404),
        ("POST", "/webhooks/shop/orders/", 404),
        ("POST", "/webhooks/%73hop/orders", 404),
        ("POST", "/", 404),
        ("GET", "/webhooks/shop/order", 404),
        ("GET", PATH, 405),
        ("PUT", PATH, 405),
    ] {
        let mut caller = post.caller().await;
        let request = head(method, path, &[("content-length", "0")]);
        caller.write(&request).await.unwrap();
        let heard = caller.heard().await.unwrap();
        assert_eq!(heard.status, status, "{method} {path}");
        let allowed = (status == 405).then_some("POST");
        assert_eq!(heard.header("allow"), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_replayed_too_late_is_refused_and_before_is_once() {
    let vector = Vectors::webhook("standard-webhooks: json");
    let vendor = Vendor {
        sign: "{by: standard-webhooks, secret: key}".to_owned(),
        secret: vector.secrets.join("\n"),
        fact: "id: row.id, revision: 1",
        ..Vendor::shop()
    };
    let post = Post::with(&[vendor], RawConfig::default(), |_| {}).await;
    let mut headers = vec![("x-topic", "")];
    let own = vector.headers.iter();
    headers.extend(own.map(|(name, value)| (name.as_str(), value.as_str())));
    let mut statuses = Vec::new();
    for ahead in [0, 4 * 60, 60, 10] {
        post.clock.advance(TimeDelta::seconds(ahead));
        let mut caller = post.caller().await;
        let heard = caller.post(PATH, &headers, &vector.body()).await.unwrap();
        statuses.push(heard.status);
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    assert_eq!(post.facts().await.len(), 1);
    let forgotten_in: i64 = sqlx::query_scalar(
        "SELECT extract(epoch FROM forget_at)::bigint - 1790000000 FROM webhook_deliveries",
    )
    .fetch_one(post.pool())
    .await
    .unwrap();
    assert_eq!(forgotten_in, 600);
}

#[tokio::test]
async fn a_secret_is_replaced_while_calls_come() {
    let post = Post::limited(RawWebhooks {
        refresh: Interval::from(std::time::Duration::from_millis(100)),
        ..RawWebhooks::default()
    })
    .await;
    std::fs::write(post.secret("shop"), format!("new\n{SECRET}\n")).unwrap();
    let body = order("o2", 1);
    let signature = signed("new", body.as_bytes());
    let headers = [
        ("x-topic", ""),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let mut caller = post.caller().await;
        let heard = caller.post(PATH, &headers, body.as_bytes()).await.unwrap();
        if heard.status == 200 {
            break;
        }
        assert_eq!(heard.status, 401);
        assert!(
            std::time::Instant::now() < until,
            "the new secret is not seen"
        );
    }
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
    assert_eq!(post.facts().await.len(), 2);
}

#[tokio::test]
async fn a_webhook_whose_secret_is_missing_is_to_be_called_later() {
    let post = Post::limited(RawWebhooks {
        refresh: Interval::from(std::time::Duration::from_millis(100)),
        ..RawWebhooks::default()
    })
    .await;
    std::fs::remove_file(post.secret("shop")).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let heard = loop {
        let heard = post.call("d1", &order("o1", 1)).await;
        if heard.status != 200 {
            break heard;
        }
        assert!(std::time::Instant::now() < until, "nobody looks");
    };
    assert_eq!(
        (heard.status, heard.header("retry-after")),
        (503, Some("60"))
    );
}
