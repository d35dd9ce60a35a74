//! The relay loses nothing, whatever becomes of the broker.

use std::collections::BTreeSet;

use service::event_log::append;
use service::relay::{Relay, RelayHandle, Round};
use service::testkit::{TestBroker, TestDatabase};

use crate::support::{MIGRATOR, World, event, eventually, ids};

async fn pending(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM event_pending")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_while_the_broker_is_away_and_go_out_when_it_is_back() {
    let mut world = World::start().await;
    let pool = world.context().database.pool().clone();
    world.broker.kill();
    for id in ids("while-away", 300) {
        world.write([id]).await;
    }
    assert!(pending(&pool).await > 0);
    world.broker.start_again().await;
    eventually("everything is published", || async {
        pending(&pool).await == 0
    })
    .await;
    let backlog = read_all(&world, 300).await;
    assert_eq!(backlog, ids("while-away", 300).into_iter().collect());
}

async fn read_all(world: &World, count: usize) -> BTreeSet<String> {
    let options = bus::ConsumerOptions {
        stream: bus::Stream::Tickets,
        durable: "counter".to_owned(),
        subjects: Vec::new(),
        max_messages: 100,
        max_bytes: 1 << 20,
        ack_wait: std::time::Duration::from_secs(5),
        heartbeat: std::time::Duration::from_secs(1),
    };
    let mut deliveries = world.reader_bus.consume(options);
    let mut read = BTreeSet::new();
    while read.len() < count {
        let delivery = deliveries.next().await;
        assert_eq!(delivery.origin().unwrap().0, "writer");
        read.insert(delivery.event_id().to_owned());
        delivery.acknowledge().await.unwrap();
    }
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_the_work_without_publishing_twice() {
    let database = TestDatabase::create("writer", &MIGRATOR).await;
    let broker = TestBroker::start().await;
    let bus = broker.connect("writer").await;
    let mut transaction = database.pool().begin().await.unwrap();
    let events: Vec<_> = ids("shared", 1_000).iter().map(|id| event(id)).collect();
    append(&mut transaction, &events).await.unwrap();
    transaction.commit().await.unwrap();
    let replica = || {
        Relay::new(
            "writer",
            database.database().clone(),
            bus.clone(),
            RelayHandle::default(),
        )
    };
    let (one, other) = (replica(), replica());
    let (published, too) = tokio::join!(drain(&one), drain(&other));
    assert_eq!(published + too, 1_000);
    assert_eq!(pending(database.pool()).await, 0);
}

async fn drain(relay: &Relay) -> usize {
    let mut published = 0;
    while let Round::Published(count) = relay.round().await.unwrap() {
        published += count;
    }
    published
}
