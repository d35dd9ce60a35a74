//! What a caller, and an operator, gets to see.

use std::collections::BTreeMap;
use std::time::Duration;

use contracts::operations::v1 as wire;
use contracts::operations::v1::event_log_service_client::EventLogServiceClient;
use secrecy::SecretString;
use service::Error;
use service::clock::Clock;
use service::config::{Interval, PostgresSettings};
use service::database::Database;
use service::runtime::Directory;
use service::server::Server;
use service::testkit::{TestContext, test_settings};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use crate::support::{MIGRATOR, WRITER, World, eventually, ids};

#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_is_served_page_by_page_and_whole() {
    let world = World::start().await;
    world.write(ids("event", 25)).await;
    let mut client = EventLogServiceClient::connect(world.writer.endpoint())
        .await
        .unwrap();
    let mut after = None;
    let mut seen = Vec::new();
    while seen.len() < 25 {
        let request = wire::ListEventsRequest {
            after,
            subject_prefix: "orderwatch.tickets.".to_owned(),
            limit: 10,
        };
        let page = client
            .list_events(request)
            .await
            .unwrap()
            .into_inner()
            .events;
        after = page.last().map_or(after, |event| event.position);
        seen.extend(page);
    }
    let positions: Vec<_> = seen.iter().map(|event| event.position.unwrap()).collect();
    let events = client
        .get_events(wire::GetEventsRequest { positions })
        .await
        .unwrap()
        .into_inner()
        .events;
    assert_eq!(events.len(), 25);
    assert_eq!(events[24].payload, b"event-00024");
    let refused = client
        .list_events(wire::ListEventsRequest {
            limit: -1,
            ..Default::default()
        })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(
        refused
            .get_error_details()
            .bad_request()
            .unwrap()
            .field_violations[0]
            .field,
        "limit"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_served_and_stopping_ends_everything_in_time() {
    let world = World::start().await;
    let channel =
        service::client::channel(&world.writer.endpoint(), Duration::from_secs(5)).unwrap();
    let mut client = HealthClient::new(channel);
    let answer = client
        .check(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.status, 1);
    drop(client);
    let stopped = tokio::time::timeout(Duration::from_secs(15), world.writer.stop()).await;
    stopped.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_with_what_to_do() {
    let world = World::start().await;
    let taken = world.writer.address();
    let context = TestContext::on(
        &WRITER,
        Clock::wall(),
        &world.database,
        &world.broker,
        |settings| settings.server.listen = Some(taken),
    )
    .await;
    let error = Server::builder(&context).start().await.err().unwrap();
    let text = error.to_string();
    assert!(
        text.contains(&taken.to_string()) && text.contains("ORDERWATCH__SERVER__LISTEN"),
        "{text}"
    );
    assert!(matches!(error, Error::Listen { .. }));
}

#[tokio::test]
async fn a_wrong_database_address_is_named_with_what_to_do_and_without_the_password() {
    let settings = PostgresSettings {
        url: SecretString::from("postgres://me:hush@127.0.0.1:9/nothing"),
        start_timeout: Interval::seconds(1),
        ..PostgresSettings::default()
    };
    let text = Database::connect(&settings, "writer", &MIGRATOR)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("127.0.0.1:9/nothing") && text.contains("ORDERWATCH__POSTGRES__URL"),
        "{text}"
    );
    assert!(!text.contains("hush"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_starts_without_its_broker_and_finds_it_later() {
    let mut world = World::start().await;
    world.broker.kill_and_wipe();
    let context = TestContext::on(
        &WRITER,
        Clock::wall(),
        &world.database,
        &world.broker,
        |_| {},
    )
    .await;
    assert!(!context.bus.is_connected());
    let unreachable = context
        .bus
        .wait_connected(Duration::ZERO)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        unreachable.contains(&world.broker.url()) && unreachable.contains("ORDERWATCH__NATS__URL"),
        "{unreachable}"
    );
    world.broker.start_again().await;
    eventually("the streams are there", || async {
        context.bus.created_at(bus::Stream::Facts).is_some()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_clock_shows_the_time_of_the_database() {
    let world = World::start().await;
    let told: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(world.reader.pool())
        .await
        .unwrap();
    assert!((world.context().clock.now() - told).abs() < chrono::TimeDelta::seconds(1));
}

#[test]
fn a_service_under_test_meets_none_that_happens_to_run_on_this_machine() {
    let usual = Directory::new(&BTreeMap::new());
    let tested = test_settings("postgres://unused", "nats://unused");
    let tested = Directory::new(&tested.endpoints);
    for service in [
        "ingest",
        "rule-evaluation",
        "ticketing",
        "escalation-notifier",
        "audit",
    ] {
        assert_ne!(usual.endpoint(service), "");
        assert_ne!(tested.endpoint(service), usual.endpoint(service));
    }
}
