//! The connectors that are delivered, with payloads that look like their vendors'.

use std::collections::BTreeMap;

use contracts::fact::v1::{EntityKind, Fact};
use ingest::RawConfig;

use crate::caller::{hex_signed, signed};
use crate::post::{Post, Vendor};

const SHOPIFY: &str = include_str!("../../../../deploy/connectors/shopify.yaml");
const EASYPOST: &str = include_str!("../../../../deploy/connectors/easypost.yaml");
const ORDER: &str = include_str!("fixtures/shopify-order.json");
const EVENT: &str = include_str!("fixtures/shopify-fulfillment-event.json");
const CUSTOMER: &str = include_str!("fixtures/shopify-customer.json");
const TRACKER: &str = include_str!("fixtures/easypost-event.json");
/// What must not be in any fact.
const PERSONAL: [&str; 5] = ["Erika", "mustermann", "123456", "Musterweg", "Berlin"];

async fn open(name: &str, document: &'static str) -> Post {
    let vendor = Vendor {
        name: name.to_owned(),
        document: Some(document),
        secret_name: "webhook",
        ..Vendor::shop()
    };
    Post::with(&[vendor], RawConfig::default(), |_| {}).await
}

async fn shopify(post: &Post, path: &str, topic: &str, body: &str) -> u16 {
    let signature = signed(crate::post::SECRET, body.as_bytes());
    let headers = [
        ("x-shopify-topic", topic),
        ("x-shopify-hmac-sha256", signature.as_str()),
    ];
    let path = format!("/webhooks/shopify/{path}");
    let mut caller = post.caller().await;
    let heard = caller.post(&path, &headers, body.as_bytes()).await;
    heard.unwrap().status
}

/// Names of the attributes of each fact, by kind and id.
fn told(facts: &[Fact]) -> BTreeMap<(EntityKind, &str), Vec<&str>> {
    facts
        .iter()
        .map(|fact| {
            let attributes = fact.attributes.iter();
            (
                (fact.kind(), fact.entity_id.as_str()),
                attributes
                    .map(|attribute| attribute.name.as_str())
                    .collect(),
            )
        })
        .collect()
}

async fn is_clean(post: &Post) {
    assert_eq!(post.count("quarantine").await, 0);
    let told = format!("{:?}", post.facts().await);
    for personal in PERSONAL {
        assert!(!told.contains(personal), "{personal} in {told}");
    }
}

#[tokio::test]
async fn a_shopify_order_brings_its_lines_refunds_and_shipments() {
    let post = open("shopify", SHOPIFY).await;
    assert_eq!(shopify(&post, "orders", "orders/updated", ORDER).await, 200);
    let facts = post.facts().await;
    let told = told(&facts);
    assert_eq!(told.len(), 5, "{told:#?}");
    assert_eq!(
        told[&(EntityKind::Order, "7001")],
        [
            "amount",
            "channel",
            "created_at",
            "currency",
            "customer_id",
            "line_count",
            "paid_at",
            "region",
            "status",
            "x_fulfillment_status",
            "x_name"
        ]
    );
    assert_eq!(
        told[&(EntityKind::Line, "1")],
        ["price", "product_id", "quantity", "seller", "sku"]
    );
    assert_eq!(
        told[&(EntityKind::Refund, "81")],
        ["amount", "approved_at", "completed_at", "requested_at"]
    );
    assert_eq!(
        told[&(EntityKind::Shipment, "61")],
        [
            "carrier",
            "handed_over_at",
            "lines",
            "status",
            "warehouse",
            "x_tracking_number"
        ]
    );
    assert!(facts.iter().all(|fact| fact.order_id == "7001"));
    is_clean(&post).await;
}

#[tokio::test]
async fn the_other_webhooks_of_shopify_say_the_same_entities() {
    let post = open("shopify", SHOPIFY).await;
    let order: serde_json::Value = serde_json::from_str(ORDER).unwrap();
    let refund = order["refunds"][0].to_string();
    let fulfillment = order["fulfillments"][0].to_string();
    for (path, topic, body) in [
        ("refunds", "refunds/create", refund.as_str()),
        ("fulfillments", "fulfillments/create", &fulfillment),
        ("fulfillment-events", "fulfillment_events/create", EVENT),
        ("customers", "customers/update", CUSTOMER),
        ("orders", "orders/delete", r#"{"id":7001}"#),
    ] {
        assert_eq!(shopify(&post, path, topic, body).await, 200, "{path}");
    }
    let facts = post.facts().await;
    let said: Vec<_> = facts
        .iter()
        .map(|fact| (fact.source.as_str(), fact.kind(), fact.entity_id.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("shopify-erp", EntityKind::Refund, "81"),
            ("shopify-erp", EntityKind::Shipment, "61"),
            ("shopify-tracking", EntityKind::Shipment, "61"),
            ("shopify-crm", EntityKind::Customer, "42"),
        ]
    );
    is_clean(&post).await;
}

#[tokio::test]
async fn an_easypost_tracker_says_every_scan() {
    let post = open("easypost", EASYPOST).await;
    let signature = format!(
        "hmac-sha256-hex={}",
        hex_signed(crate::post::SECRET, TRACKER.as_bytes())
    );
    let headers = [("x-hmac-signature", signature.as_str())];
    let path = "/webhooks/easypost/trackers";
    let mut caller = post.caller().await;
    let heard = caller.post(path, &headers, TRACKER.as_bytes()).await;
    assert_eq!(heard.unwrap().status, 200);
    let facts = post.facts().await;
    let told = told(&facts);
    assert_eq!(
        told[&(EntityKind::Shipment, "1Z0001")],
        [
            "carrier",
            "delivered_at",
            "estimated_delivery_at",
            "handed_over_at",
            "label_created_at",
            "out_for_delivery_at",
            "scans",
            "status",
            "x_status_detail"
        ]
    );
    is_clean(&post).await;
}
