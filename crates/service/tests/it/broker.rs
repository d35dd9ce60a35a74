//! Streams as declared, and what a message must not be.

use std::time::Duration;

use bus::{ConsumerOptions, MAX_MESSAGE_BYTES, Outgoing, Position, PublishError, Stream};
use service::testkit::TestBroker;

fn message(id: &str, bytes: usize) -> Outgoing {
    Outgoing {
        subject: "orderwatch.facts.erp".to_owned(),
        event_id: id.to_owned(),
        service: "ingest".to_owned(),
        position: Position {
            transaction: 5,
            sequence: 1,
        },
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        payload: vec![7; bytes].into(),
    }
}

fn consumer() -> ConsumerOptions {
    ConsumerOptions {
        stream: Stream::Facts,
        durable: "reader".to_owned(),
        subjects: vec!["orderwatch.facts.>".to_owned()],
        max_messages: 10,
        max_bytes: 0,
        ack_wait: Duration::from_secs(5),
        heartbeat: Duration::from_millis(500),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_too_large_is_refused_clearly_and_its_neighbours_are_published() {
    let broker = TestBroker::start().await;
    let bus = broker.connect("ingest").await;
    let messages = [
        message("one", 10),
        message("large", MAX_MESSAGE_BYTES),
        message("two", 10),
    ];
    let answers = bus.publish(&messages).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    let Err(error @ PublishError::TooLarge { .. }) = &answers[1] else {
        panic!("{:?}", answers[1])
    };
    assert!(
        !error.is_retryable() && error.to_string().contains("max_payload"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_carries_its_id_its_place_and_its_trace() {
    let broker = TestBroker::start().await;
    let bus = broker.connect("ingest").await;
    let sent = message("batch-1", 100);
    assert!(
        bus.publish(&[sent.clone(), sent.clone()])
            .await
            .iter()
            .all(Result::is_ok)
    );
    let mut deliveries = bus.consume(consumer());
    let delivery = deliveries.next().await;
    assert_eq!(delivery.event_id(), "batch-1");
    assert_eq!(delivery.origin().unwrap(), ("ingest", sent.position));
    assert_eq!(delivery.traceparent(), sent.traceparent.as_deref());
    delivery.acknowledge().await.unwrap();
    let backlog = bus.backlog(Stream::Facts, "reader").await.unwrap();
    assert_eq!((backlog.pending, backlog.unacknowledged), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_vanish_while_running_are_made_anew_and_read_on() {
    let mut broker = TestBroker::start().await;
    let bus = broker.connect("ingest").await;
    let mut changes = bus.changes();
    let mut deliveries = bus.consume(consumer());
    assert!(bus.publish(&[message("before", 10)]).await[0].is_ok());
    assert_eq!(deliveries.next().await.event_id(), "before");
    let created = bus.created_at(Stream::Facts).unwrap();
    broker.kill_and_wipe();
    broker.start_again().await;
    changes.changed().await.unwrap();
    while bus.publish(&[message("after", 10)]).await[0].is_err() {}
    let delivery = tokio::time::timeout(Duration::from_secs(20), deliveries.next())
        .await
        .unwrap();
    assert_eq!(delivery.event_id(), "after");
    assert!(bus.created_at(Stream::Facts).unwrap() > created);
}
