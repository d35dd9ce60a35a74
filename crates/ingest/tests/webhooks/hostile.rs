use std::time::{Duration, Instant};

use ingest::RawWebhooks;
use proptest::prelude::*;
use service::config::Interval;

use crate::caller::{head, signed};
use crate::post::{Post, SECRET, order};

const PATH: &str = "/webhooks/shop/orders";

fn impatient() -> RawWebhooks {
    RawWebhooks {
        read_timeout: Interval::from(Duration::from_millis(300)),
        ..RawWebhooks::default()
    }
}

#[tokio::test]
async fn who_sends_headers_byte_by_byte_is_hung_up_on() {
    let post = Post::limited(impatient()).await;
    let mut slow = post.caller().await;
    let begun = Instant::now();
    let request = head("POST", PATH, &[("content-length", "1000")]);
    // Never the last byte of the headers, however long it takes.
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let endless = async {
        for byte in request[..request.len() - 2].iter().cycle() {
            pace.tick().await;
            if slow.write(&[*byte]).await.is_none() {
                break;
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(20), endless).await;
    assert!(ended.is_ok(), "nobody hung up in {:?}", begun.elapsed());
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
}

#[tokio::test]
async fn who_sends_a_body_byte_by_byte_is_told_to_stop() {
    let post = Post::limited(impatient()).await;
    let mut slow = post.caller().await;
    let request = head("POST", PATH, &[("content-length", "1000")]);
    slow.write(&request).await.unwrap();
    slow.write(b"{").await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(20), slow.heard()).await;
    let heard = heard.unwrap().unwrap();
    assert_eq!(
        (heard.status, heard.header("connection")),
        (408, Some("close"))
    );
}

#[tokio::test]
async fn many_slow_callers_do_not_keep_others_out() {
    let post = Post::open().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut caller = post.caller().await;
        let request = head("POST", PATH, &[("content-length", "1000")]);
        caller.write(&request).await.unwrap();
        caller.write(b"{").await.unwrap();
        slow.push(caller);
    }
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let post = Post::open().await;
    let mut declared = post.caller().await;
    let length = (100 << 20).to_string();
    let request = head("POST", PATH, &[("content-length", &length)]);
    declared.write(&request).await.unwrap();
    let heard = declared.heard().await.unwrap();
    assert_eq!(
        (heard.status, heard.header("connection")),
        (413, Some("close"))
    );

    let mut chunked = post.caller().await;
    let request = head("POST", PATH, &[("transfer-encoding", "chunked")]);
    chunked.write(&request).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 100 << 20 && chunked.write(&chunk).await.is_some() {
        sent += 0x10000;
    }
    assert!(sent < 100 << 20, "all of it was read");
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let post = Post::open().await;
    let long = "x".repeat(64 * 1024);
    let mut caller = post.caller().await;
    let request = head("POST", PATH, &[("x-long", &long)]);
    // It may hang up before all of it is written.
    let _ = caller.write(&request).await;
    let heard = caller.heard().await;
    assert!(heard.is_none_or(|heard| heard.status == 431));

    let names: Vec<String> = (0..200).map(|number| format!("x-{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let mut caller = post.caller().await;
    caller.write(&head("POST", PATH, &many)).await.unwrap();
    let heard = caller.heard().await;
    assert!(heard.is_none_or(|heard| heard.status == 431));
}

#[tokio::test]
async fn a_body_that_ends_too_early_journals_nothing() {
    let post = Post::open().await;
    let body = order("o1", 1);
    let signature = signed(SECRET, body.as_bytes());
    let headers = [
        ("x-topic", ""),
        ("x-shopify-hmac-sha256", signature.as_str()),
        ("content-length", "1000"),
    ];
    let mut caller = post.caller().await;
    caller.write(&head("POST", PATH, &headers)).await.unwrap();
    caller.write(body.as_bytes()).await.unwrap();
    drop(caller);
    assert_eq!(post.call("d2", &order("o2", 1)).await.status, 200);
    assert_eq!(post.facts().await.len(), 1);
}

/// Sends bodies as they are, signed; returns what is heard.
async fn sent(post: &Post, content_type: &str, body: &[u8]) -> u16 {
    let signature = signed(SECRET, body);
    let headers = [
        ("content-type", content_type),
        ("x-topic", ""),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let mut caller = post.caller().await;
    caller.post(PATH, &headers, body).await.unwrap().status
}

#[tokio::test]
async fn what_cannot_be_understood_is_taken_and_quarantined() {
    let post = Post::open().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        b"not json".as_slice(),
        b"\xff\xfe\x00",
        deep.as_bytes(),
        b"<order/>",
        b"[1, 2]",
        br#"{"id": "o1", "version": 1e999}"#,
        br#"{"id": "o1"}"#,
        br#"{"id": "", "version": 1, "amount": 1}"#,
    ] {
        assert_eq!(sent(&post, "application/json", body).await, 200);
    }
    assert_eq!(post.count("quarantine").await, 8);
    assert!(post.facts().await.is_empty());
    let told: Vec<(String, String)> =
        sqlx::query_as("SELECT error, sample FROM quarantine ORDER BY position")
            .fetch_all(post.pool())
            .await
            .unwrap();
    assert!(
        told[0].0.contains("not JSON at line 1, column 2"),
        "{told:?}"
    );
    assert!(told[2].1.len() < 2_000, "a sample is short");
}

#[tokio::test]
async fn json_counts_whatever_it_is_called_and_a_form_is_no_json() {
    let post = Post::open().await;
    assert_eq!(
        sent(&post, "text/plain", order("o1", 1).as_bytes()).await,
        200
    );
    assert_eq!(post.facts().await.len(), 1);
    let form = "application/x-www-form-urlencoded";
    assert_eq!(sent(&post, form, order("o2", 1).as_bytes()).await, 200);
    assert_eq!(post.facts().await.len(), 1);
    assert_eq!(post.count("quarantine").await, 1);
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let post = Post::open().await;
    let mut caller = post.caller().await;
    let heard = caller
        .post(PATH, &[("content-encoding", "gzip")], b"\x1f\x8b")
        .await
        .unwrap();
    assert_eq!(heard.status, 415);
}

/// JSON of any shape, and bytes of none.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-0.0".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        "\\PC{0,8}".prop_map(|text| serde_json::Value::from(text).to_string()),
        Just("\"\\u0000\"".to_owned()),
    ];
    let json = leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = prop_oneof![Just("id"), Just("version"), Just("amount"), Just("")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((keys, inner), 0..4).prop_map(|entries| {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    });
    prop_oneof![
        4 => json.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

#[test]
fn whatever_is_signed_is_answered_with_success() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let post = runtime.block_on(Post::open());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let ran = runner.run(&bodies(), |body| {
        let status = runtime.block_on(sent(&post, "application/json", &body));
        prop_assert_eq!(status, 200);
        Ok(())
    });
    runtime.block_on(async move { drop(post) });
    ran.unwrap();
}
