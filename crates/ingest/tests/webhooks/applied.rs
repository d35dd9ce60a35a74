use std::time::{Duration, Instant};

use contracts::ingest::v1::connector_service_client::ConnectorServiceClient;
use contracts::ingest::v1::{
    ApplyConnectorRequest, DeleteConnectorRequest, PauseConnectorRequest, ResumeConnectorRequest,
};
use ingest::RawWebhooks;
use service::config::Interval;

use crate::caller::signed;
use crate::post::{Post, SECRET, Vendor, order};

/// Calls until a status is heard.
async fn hears(post: &Post, path: &str, status: u16) {
    let body = order("o1", 1);
    let signature = signed(SECRET, body.as_bytes());
    let headers = [
        ("x-topic", ""),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut caller = post.caller().await;
        let heard = caller.post(path, &headers, body.as_bytes()).await.unwrap();
        if heard.status == status {
            return;
        }
        assert!(Instant::now() < deadline, "{path}: {heard:?}");
    }
}

#[tokio::test]
async fn webhooks_follow_what_is_applied_paused_and_deleted_without_a_restart() {
    let post = Post::limited(RawWebhooks {
        refresh: Interval::from(Duration::from_millis(100)),
        ..RawWebhooks::default()
    })
    .await;
    let endpoint = post.running.endpoint();
    let mut connectors = ConnectorServiceClient::connect(endpoint).await.unwrap();
    let (name, actor, reason) = ("shop".to_owned(), "ann".to_owned(), "a test".to_owned());
    let moved = Vendor::shop().yaml().replace("path: orders", "path: moved");
    let applied = connectors.apply_connector(ApplyConnectorRequest {
        connector_yaml: moved,
        actor: actor.clone(),
        reason: reason.clone(),
        ..ApplyConnectorRequest::default()
    });
    let warnings = applied.await.unwrap().into_inner().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("calls that are lost stay lost"));
    hears(&post, "/webhooks/shop/moved", 200).await;
    hears(&post, "/webhooks/shop/orders", 404).await;

    let pause = PauseConnectorRequest {
        name: name.clone(),
        actor: actor.clone(),
        reason: reason.clone(),
    };
    connectors.pause_connector(pause).await.unwrap();
    hears(&post, "/webhooks/shop/moved", 503).await;
    let resume = ResumeConnectorRequest {
        name: name.clone(),
        actor: actor.clone(),
        reason: reason.clone(),
    };
    connectors.resume_connector(resume).await.unwrap();
    hears(&post, "/webhooks/shop/moved", 200).await;
    let delete = DeleteConnectorRequest {
        name,
        actor,
        reason,
        ..DeleteConnectorRequest::default()
    };
    connectors.delete_connector(delete).await.unwrap();
    hears(&post, "/webhooks/shop/moved", 404).await;
    assert_eq!(post.facts().await.len(), 1);
}
