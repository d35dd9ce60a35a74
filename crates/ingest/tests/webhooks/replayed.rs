use contracts::ingest::v1::ingest_service_client::IngestServiceClient;
use contracts::ingest::v1::{
    ImportRecordsRequest, ReplayQuarantineRequest, ReplayQuarantineResponse,
};
use ingest::RawWebhooks;
use prost::Message;
use service::config::Interval;

use crate::caller::signed;
use crate::post::{Post, SECRET, Vendor};

/// A list where the shop's connector does not look for it.
const MOVED: &str = r#"{"data": {"orders": [
    {"id": "o1", "version": 1, "amount": "12.50"},
    {"id": "o2", "version": 1, "amount": "many"},
    {"id": "o3", "version": 1, "amount": "7"}
]}}"#;

/// The shop's connector as it is, and as it is mended.
fn connectors() -> (Vendor, String) {
    let vendor = |records| Vendor {
        records,
        ..Vendor::shop()
    };
    let mended = vendor("body.data.orders").yaml();
    (vendor("body.orders"), mended)
}

async fn opened() -> (Post, String) {
    let (vendor, mended) = connectors();
    let refresh = Interval::from(std::time::Duration::from_millis(100));
    let raw = ingest::RawConfig {
        webhooks: RawWebhooks {
            refresh,
            ..RawWebhooks::default()
        },
        ..ingest::RawConfig::default()
    };
    (Post::with(&[vendor], raw, |_| {}).await, mended)
}

impl Post {
    async fn replay(&self, mapping_yaml: &str) -> ReplayQuarantineResponse {
        let mut client = IngestServiceClient::connect(self.running.endpoint())
            .await
            .unwrap();
        let request = ReplayQuarantineRequest {
            mapping_yaml: mapping_yaml.to_owned(),
            actor: "wei".to_owned(),
            ..ReplayQuarantineRequest::default()
        };
        client
            .replay_quarantine(request)
            .await
            .unwrap()
            .into_inner()
    }

    async fn ids(&self) -> Vec<String> {
        let facts = self.facts().await.into_iter();
        facts.map(|fact| fact.entity_id).collect()
    }

    async fn reasons(&self) -> Vec<(i64, String, String)> {
        sqlx::query_as("SELECT line, field, error FROM quarantine ORDER BY position")
            .fetch_all(self.pool())
            .await
            .unwrap()
    }
}

fn figures(answer: &ReplayQuarantineResponse) -> (i32, i32, i64, i64) {
    (
        answer.replayed,
        answer.facts,
        answer.still_total,
        answer.left,
    )
}

#[tokio::test]
async fn a_call_whose_list_was_moved_is_run_again_and_its_rest_stays() {
    let (post, mended) = opened().await;
    assert_eq!(post.call("d1", MOVED).await.status, 200);
    assert!(post.facts().await.is_empty());
    assert!(post.reasons().await[0].2.starts_with("`records`: "));

    let unchanged = post.replay("").await;
    assert_eq!(figures(&unchanged), (0, 0, 1, 0));
    let answer = post.replay(&mended).await;
    assert_eq!(figures(&answer), (1, 2, 1, 0));
    assert!(
        answer.still_quarantined[0]
            .error
            .contains("\"many\" is not a number")
    );
    assert_eq!(post.ids().await, ["o1", "o3"]);
    let reasons = post.reasons().await;
    assert_eq!((reasons.len(), reasons[0].0), (1, 2));
    assert_eq!(reasons[0].1, "amount");

    let again = post.replay(&mended).await;
    assert_eq!(figures(&again), (0, 0, 1, 0));
    let amount = "amount: number(row.amount)";
    let lenient = mended.replace(amount, "status: row.amount");
    assert_eq!(figures(&post.replay(&lenient).await), (1, 1, 0, 0));
    assert_eq!(post.ids().await, ["o1", "o3", "o2"]);
    assert_eq!(post.count("quarantine").await, 0);
}

#[tokio::test]
async fn which_calls_are_about_records_is_asked_again_with_their_headers() {
    let (vendor, mended) = connectors();
    let post = Post::with(&[vendor], ingest::RawConfig::default(), |_| {}).await;
    let bodies = [MOVED.to_owned(), MOVED.replace("o1", "o4")];
    for (topic, body) in [("orders/paid", &bodies[0]), ("refunds", &bodies[1])] {
        let signature = signed(SECRET, body.as_bytes());
        let headers = [("x-topic", topic), ("x-shopify-hmac-sha256", &*signature)];
        let mut caller = post.caller().await;
        let heard = caller.post("/webhooks/shop/orders", &headers, body.as_bytes());
        assert_eq!(heard.await.unwrap().status, 200);
    }
    let paid = mended.replace("!= \"other\"", "== \"orders/paid\"");
    assert_ne!(paid, mended);
    assert_eq!(figures(&post.replay(&paid).await), (2, 2, 1, 0));
    assert_eq!(post.ids().await, ["o1", "o3"]);
}

#[tokio::test]
async fn what_came_meanwhile_or_in_two_calls_is_once() {
    let (post, mended) = opened().await;
    post.call("d1", MOVED).await;
    let repeated = MOVED.replace("{\"data\"", "{\"try\": 2, \"data\"");
    post.call("d2", &repeated).await;
    assert_eq!(post.count("quarantine").await, 2);
    sqlx::query("UPDATE connectors SET yaml = $1, version = 2")
        .bind(&mended)
        .execute(post.pool())
        .await
        .unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let sent_again = MOVED.replace("{\"data\"", "{\"try\": 3, \"data\"");
    for attempt in 0.. {
        post.call(&format!("d3-{attempt}"), &sent_again).await;
        if !post.facts().await.is_empty() {
            break;
        }
        assert!(
            std::time::Instant::now() < until,
            "the connector is not seen"
        );
    }
    let journalled = post.ids().await;
    let answer = post.replay(&mended).await;
    assert_eq!((answer.facts, answer.left), (0, 0));
    assert_eq!(post.ids().await, journalled);
    let reasons = post.reasons().await;
    assert_eq!((reasons.len(), reasons[0].0), (1, 2), "{reasons:?}");
}

#[tokio::test]
async fn two_calls_that_bring_the_same_are_one_in_a_replay() {
    let (post, mended) = opened().await;
    post.call("d1", MOVED).await;
    post.call("d2", &MOVED.replace("{\"data\"", "{\"try\": 2, \"data\""))
        .await;
    assert_eq!(figures(&post.replay(&mended).await), (2, 2, 1, 0));
    assert_eq!(post.ids().await, ["o1", "o3"]);
}

#[tokio::test]
async fn a_body_that_is_not_json_stays_and_says_so() {
    let (post, mended) = opened().await;
    post.call("d1", "<orders/>").await;
    let answer = post.replay(&mended).await;
    assert_eq!(figures(&answer), (0, 0, 1, 0));
    let told = &answer.still_quarantined[0].error;
    assert_eq!(told, "the body is not JSON at line 1, column 1");
    assert_eq!(post.count("quarantine").await, 1);
}

/// Versions that could not replay calls kept their bodies alone.
#[tokio::test]
async fn a_call_of_which_only_the_body_was_kept_is_run_again() {
    let (post, mended) = opened().await;
    post.call("d1", MOVED).await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT record FROM quarantine")
        .fetch_one(post.pool())
        .await
        .unwrap();
    let mut kept = ImportRecordsRequest::decode(kept.as_slice()).unwrap();
    let call = kept.records[0].call.take().unwrap();
    assert!(call.headers.iter().any(|header| header.name == "x-topic"));
    sqlx::query("UPDATE quarantine SET record = $1")
        .bind(kept.encode_to_vec())
        .execute(post.pool())
        .await
        .unwrap();
    let without_headers = mended.replace("when: headers[\"x-topic\"] != \"other\"", "when: 'true'");
    assert_ne!(without_headers, mended);
    assert_eq!(figures(&post.replay(&without_headers).await), (1, 2, 1, 0));
    assert_eq!(post.ids().await, ["o1", "o3"]);
}
