//! Connectors are applied, paused and deleted by somebody, for a reason.

use chrono::TimeDelta;
use contracts::event::v1::ResourceOutcome;
use contracts::ingest::v1 as wire;
use tonic::Code;

use crate::shop::{INSTANTS, Shop, applying, document, noon};
use crate::vendor::{Answer, Vendor, orders};

#[tokio::test]
async fn a_change_based_on_what_is_not_there_any_more_is_refused() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    let yaml = document(&vendor, "", INSTANTS);
    let mut client = shop.connectors.clone();
    let first = shop.apply(&yaml).await;
    assert_eq!(first.outcome(), ResourceOutcome::Created);
    assert_eq!(
        shop.apply(&yaml).await.outcome(),
        ResourceOutcome::Unchanged
    );
    let changed = |etag: &str, minutes: i32, dry_run| wire::ApplyConnectorRequest {
        etag: etag.to_owned(),
        dry_run,
        ..applying(&yaml.replace("every: 15m", &format!("every: {minutes}m")))
    };
    let tried = client.apply_connector(changed(&first.etag, 20, true)).await;
    assert_eq!(
        tried.unwrap().into_inner().outcome(),
        ResourceOutcome::Configured
    );
    assert_eq!(shop.connector().await.etag, first.etag);
    client
        .apply_connector(changed(&first.etag, 20, false))
        .await
        .unwrap();
    for stale in [first.etag.as_str(), "none"] {
        let refused = client
            .apply_connector(changed(stale, 30, false))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::Aborted);
        assert!(
            refused.message().contains("OW-INGEST-CONNECTOR-CHANGED"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn parameters_are_filled_in_and_none_is_forgotten() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    let yaml = document(
        &vendor,
        "headers: {x-shop: \"${parameter.shop}\"}",
        INSTANTS,
    )
    .replace("  sources:", "  parameters: {shop: }\n  sources:");
    let mut client = shop.connectors.clone();
    let refused = client.apply_connector(applying(&yaml)).await.unwrap_err();
    assert!(
        refused.message().contains("`shop` has no default"),
        "{refused}"
    );
    let mut request = applying(&yaml);
    request
        .parameters
        .insert("shop".to_owned(), "acme".to_owned());
    request
        .parameters
        .insert("sho".to_owned(), "acme".to_owned());
    let refused = client.apply_connector(request.clone()).await.unwrap_err();
    assert!(
        refused.message().contains("no parameter `sho`"),
        "{refused}"
    );
    request.parameters.remove("sho");
    client.apply_connector(request).await.unwrap();
    shop.succeeded_since(noon()).await;
    assert_eq!(vendor.seen()[0].headers["x-shop"], "acme");
}

#[tokio::test]
async fn a_document_with_faults_is_refused_with_all_of_them() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    let yaml = document(&vendor, "rate: fast", INSTANTS).replace("every: 15m", "every: 1s");
    let refused = shop
        .connectors
        .clone()
        .apply_connector(applying(&yaml))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("2 fault(s)"), "{refused}");
    shop.close().await;
}

#[tokio::test]
async fn what_is_paused_is_not_asked_until_it_is_resumed() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    shop.succeeded_since(noon()).await;
    let mut client = shop.connectors.clone();
    let by = ("li".to_owned(), "maintenance".to_owned());
    let pause = wire::PauseConnectorRequest {
        name: "shop".to_owned(),
        actor: by.0.clone(),
        reason: by.1.clone(),
    };
    let paused = client
        .pause_connector(pause.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(!paused.unchanged);
    assert!(
        client
            .pause_connector(pause)
            .await
            .unwrap()
            .into_inner()
            .unchanged
    );
    shop.clock.advance(TimeDelta::hours(1));
    assert!(shop.connector().await.paused);
    let resume = wire::ResumeConnectorRequest {
        name: "shop".to_owned(),
        actor: by.0,
        reason: by.1,
    };
    assert_eq!(vendor.seen().len(), 1);
    client.resume_connector(resume).await.unwrap();
    shop.succeeded_since(noon() + TimeDelta::hours(1)).await;
    assert_eq!(vendor.seen().len(), 2);
}

#[tokio::test]
async fn every_change_is_told_with_who_and_why() {
    let vendor = Vendor::open(|_| Answer::json(&orders(&[]))).await;
    let shop = Shop::open().await;
    shop.apply(&document(&vendor, "", INSTANTS)).await;
    shop.succeeded_since(noon()).await;
    shop.run(false).await;
    let mut client = shop.connectors.clone();
    let delete = wire::DeleteConnectorRequest {
        name: "shop".to_owned(),
        actor: "li".to_owned(),
        reason: "  ".to_owned(),
        ..wire::DeleteConnectorRequest::default()
    };
    let refused = client.delete_connector(delete.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let delete = wire::DeleteConnectorRequest {
        reason: "the shop is closed".to_owned(),
        ..delete
    };
    client.delete_connector(delete.clone()).await.unwrap();
    let gone = client.delete_connector(delete).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let told: Vec<_> = shop
        .changes()
        .await
        .into_iter()
        .map(|event| (event.r#type, event.actor.unwrap().name, event.reason))
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(what, who, why)| (what.as_str(), who.as_str(), why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("connector.applied", "wang", "new shop"),
            ("connector.run", "li", "to see"),
            ("connector.deleted", "li", "the shop is closed"),
        ]
    );
    let list = client.list_connectors(wire::ListConnectorsRequest {}).await;
    assert!(list.unwrap().into_inner().connectors.is_empty());
    shop.close().await;
}
