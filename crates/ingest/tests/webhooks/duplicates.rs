use crate::post::{Post, order};

#[tokio::test]
async fn a_delivery_that_comes_again_is_success_and_journals_nothing() {
    let post = Post::open().await;
    for _ in 0..3 {
        assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
    }
    assert_eq!(post.facts().await.len(), 1);
    assert_eq!(post.count("webhook_deliveries").await, 1);
}

#[tokio::test]
async fn the_same_content_under_another_id_journals_nothing() {
    let post = Post::open().await;
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
    assert_eq!(post.call("d2", &order("o1", 1)).await.status, 200);
    assert_eq!(post.facts().await.len(), 1);
}

/// WooCommerce gives two webhooks of one second the same id, and the signature does not cover
/// it.
#[tokio::test]
async fn another_content_under_an_unsigned_id_is_taken() {
    let post = Post::open().await;
    assert_eq!(post.call("d1", &order("o1", 1)).await.status, 200);
    assert_eq!(post.call("d1", &order("o2", 1)).await.status, 200);
    assert_eq!(post.facts().await.len(), 2);
}

#[tokio::test]
async fn many_at_once_are_taken_once() {
    let post = Post::open().await;
    let body = order("o1", 1);
    let calls = (0..20).map(|_| post.call("d1", &body));
    let heard = futures::future::join_all(calls).await;
    assert!(heard.iter().all(|heard| heard.status == 200), "{heard:?}");
    assert_eq!(post.facts().await.len(), 1);
}

#[tokio::test]
async fn what_a_call_is_not_about_is_success_and_journals_nothing() {
    let post = Post::open().await;
    let body = order("o1", 1);
    let signature = crate::caller::signed(crate::post::SECRET, body.as_bytes());
    let headers = [
        ("x-topic", "other"),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let mut caller = post.caller().await;
    let heard = caller
        .post("/webhooks/shop/orders", &headers, body.as_bytes())
        .await;
    assert_eq!(heard.unwrap().status, 200);
    assert!(post.facts().await.is_empty());
}
