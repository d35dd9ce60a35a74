//! Twice is once, lost is fetched, poison is set aside.

use std::sync::atomic::Ordering;

use bus::{Outgoing, Position};
use contracts::operations::v1 as wire;
use contracts::operations::v1::dead_letter_service_client::DeadLetterServiceClient;
use service::consume::{Received, Subscription, Upstream};
use service::inbox;
use service::testkit::TestDatabase;

use crate::support::{
    CountingHandler, MIGRATOR, TwoAtOnce, World, await_handled, dead, event, eventually, handled,
    ids,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_delivered_twice_is_handled_once() {
    let world = World::start().await;
    let expected = ids("event", 50);
    world.write(expected.clone()).await;
    let subscription = Subscription {
        concurrency: 3,
        max_messages: 8,
        ..world.subscription()
    };
    let stop = world.read(subscription, CountingHandler::new(&world.reader));
    await_handled(&world.reader, &expected).await;
    // The same events again, past the broker's duplicate window: under other ids.
    let rows: Vec<(i64, i64, String)> = sqlx::query_as("SELECT xid, id, event_id FROM event_log")
        .fetch_all(world.context().database.pool())
        .await
        .unwrap();
    let again: Vec<Outgoing> = rows
        .into_iter()
        .map(|(transaction, sequence, id)| Outgoing {
            subject: "orderwatch.tickets.opened".to_owned(),
            event_id: format!("{id}-again"),
            service: "writer".to_owned(),
            position: Position {
                transaction,
                sequence,
            },
            traceparent: None,
            payload: event(&id).payload,
        })
        .collect();
    assert!(
        world
            .reader_bus
            .publish(&again)
            .await
            .iter()
            .all(Result::is_ok)
    );
    world.write(["last".to_owned()]).await;
    let all: Vec<String> = expected.into_iter().chain(["last".to_owned()]).collect();
    await_handled(&world.reader, &all).await;
    world.await_acknowledged().await;
    await_handled(&world.reader, &all).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_lost_is_fetched_from_the_log_exactly_once() {
    let mut world = World::start().await;
    let before = ids("before", 120);
    world.write(before.clone()).await;
    let pool = world.context().database.pool().clone();
    eventually("everything is published", || async {
        let pending: i64 = sqlx::query_scalar("SELECT count(*) FROM event_pending")
            .fetch_one(&pool)
            .await
            .unwrap();
        pending == 0
    })
    .await;
    world.broker.kill_and_wipe();
    let during = ids("during", 30);
    world.write(during.clone()).await;
    world.broker.start_again().await;
    let stop = world.read(world.subscription(), CountingHandler::new(&world.reader));
    let after = ids("after", 30);
    for id in &after {
        world.write([id.clone()]).await;
    }
    let all: Vec<String> = before.into_iter().chain(during).chain(after).collect();
    await_handled(&world.reader, &all).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_robbed_while_it_is_read_costs_nothing() {
    let mut world = World::start().await;
    let stop = world.read(world.subscription(), CountingHandler::new(&world.reader));
    let mut all = Vec::new();
    for round in 0..3 {
        let some = ids(&format!("round-{round}"), 100);
        world.write(some.clone()).await;
        all.extend(some);
        world.broker.kill_and_wipe();
        world.broker.start_again().await;
    }
    await_handled(&world.reader, &all).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_flow_by_reconciliation_alone_while_the_broker_is_away() {
    let mut world = World::start().await;
    let stop = world.read(world.subscription(), CountingHandler::new(&world.reader));
    world.broker.kill();
    let expected = ids("event", 40);
    world.write(expected.clone()).await;
    await_handled(&world.reader, &expected).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_goes_to_the_dead_letters_and_is_handled_when_replayed() {
    let world = World::start().await;
    let handler = CountingHandler::new(&world.reader);
    handler.allergic.store(1, Ordering::SeqCst);
    let neighbours = ids("event", 20);
    world
        .write(
            neighbours
                .iter()
                .cloned()
                .chain(["poison".to_owned(), "stubborn".to_owned()]),
        )
        .await;
    let stop = world.read(world.subscription(), handler.clone());
    await_handled(&world.reader, &neighbours).await;
    let letters = world.reader_bus.dead_letters("reader");
    world.await_settled().await;
    let listed = letters.list(0, 10).await.unwrap();
    let mut dead: Vec<&str> = listed
        .iter()
        .map(|letter| letter.message.event_id.as_str())
        .collect();
    dead.sort_unstable();
    assert_eq!(dead, ["poison", "stubborn"]);
    let poison = listed
        .iter()
        .find(|letter| letter.message.event_id == "poison")
        .unwrap();
    // The broker and the reconciliation may each offer an event at the same moment, and
    // then there is one attempt more; poison is not tried until the attempts run out.
    assert_eq!(poison.cause, "the payload names no ticket");
    assert!((1..=2).contains(&poison.attempts), "{poison:?}");
    let stubborn = listed
        .iter()
        .find(|letter| letter.message.event_id == "stubborn")
        .unwrap();
    assert_eq!(stubborn.cause, "not ready");
    assert!((3..=4).contains(&stubborn.attempts), "{stubborn:?}");

    handler.allergic.store(0, Ordering::SeqCst);
    for letter in &listed {
        letters.replay(letter.sequence).await.unwrap();
    }
    let all: Vec<String> = neighbours
        .into_iter()
        .chain(["poison".to_owned(), "stubborn".to_owned()])
        .collect();
    await_handled(&world.reader, &all).await;
    assert!(letters.list(0, 10).await.unwrap().is_empty());
    let gone = letters.replay(poison.sequence).await.unwrap_err();
    assert!(gone.to_string().contains("no dead letter"), "{gone}");
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_given_up_twice_at_once_is_kept_as_one_dead_letter() {
    let world = World::start().await;
    let subscription = Subscription {
        concurrency: 2,
        max_messages: 1,
        ..world.subscription()
    };
    let stop = world.read(subscription, TwoAtOnce::default());
    let delivered = ["given-up", "given-up-again"].map(|id| Outgoing {
        subject: "orderwatch.tickets.opened".to_owned(),
        event_id: id.to_owned(),
        service: "writer".to_owned(),
        position: Position {
            transaction: 7,
            sequence: 1,
        },
        traceparent: None,
        payload: event(id).payload,
    });
    let published = world.reader_bus.publish(&delivered).await;
    assert!(published.iter().all(Result::is_ok));
    eventually("it is given up", || async {
        !dead(&world.reader).await.is_empty()
    })
    .await;
    world.await_acknowledged().await;
    let letters = world.reader_bus.dead_letters("reader");
    let listed = letters.list(0, 10).await.unwrap();
    let kept: Vec<i64> = listed.iter().map(|letter| letter.sequence).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept, dead(&world.reader).await);
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_the_broker_lost_is_tried_again() {
    let mut world = World::start().await;
    let handler = CountingHandler::new(&world.reader);
    handler.allergic.store(1, Ordering::SeqCst);
    world.write(["poison".to_owned()]).await;
    let stop = world.read(world.subscription(), handler.clone());
    let letters = world.reader_bus.dead_letters("reader");
    eventually("it is dead", || async {
        letters
            .list(0, 10)
            .await
            .is_ok_and(|letters| letters.len() == 1)
    })
    .await;
    handler.allergic.store(0, Ordering::SeqCst);
    assert!(handled(&world.reader).await.is_empty());
    world.broker.kill_and_wipe();
    world.broker.start_again().await;
    await_handled(&world.reader, &["poison".to_owned()]).await;
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_and_replayed_over_grpc() {
    let world = World::start().await;
    let letters = world.reader_bus.dead_letters("writer");
    let message = Outgoing {
        subject: "orderwatch.tickets.opened".to_owned(),
        event_id: "stuck".to_owned(),
        service: "writer".to_owned(),
        position: Position {
            transaction: 7,
            sequence: 1,
        },
        traceparent: None,
        payload: event("stuck").payload,
    };
    letters
        .bury(
            &message,
            bus::Obituary {
                cause: "two\nlines",
                attempts: 4,
            },
        )
        .await
        .unwrap();
    let mut client = DeadLetterServiceClient::connect(world.writer.endpoint())
        .await
        .unwrap();
    let listed = client
        .list_dead_letters(wire::ListDeadLettersRequest::default())
        .await
        .unwrap()
        .into_inner();
    let [letter] = &listed.dead_letters[..] else {
        panic!("{listed:?}")
    };
    assert_eq!(
        (
            letter.event_id.as_str(),
            letter.error.as_str(),
            letter.deliveries
        ),
        ("stuck", "two lines", 4)
    );
    let replayed = client
        .replay_dead_letters(wire::ReplayDeadLettersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(replayed.replayed, 1);
    let missing = client
        .replay_dead_letters(wire::ReplayDeadLettersRequest {
            sequences: vec![99],
        })
        .await
        .unwrap_err();
    assert_eq!(missing.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn a_claim_is_given_once_even_behind_the_cursor_and_after_pruning() {
    let database = TestDatabase::create("reader", &MIGRATOR).await;
    let received = |sequence| Received {
        upstream: Upstream::named("writer"),
        position: Position {
            transaction: 100,
            sequence,
        },
        event_id: sequence.to_string(),
        subject: "orderwatch.tickets.opened".to_owned(),
        payload: bytes::Bytes::new(),
        traceparent: None,
    };
    let mut connection = database.pool().acquire().await.unwrap();
    let claimed = inbox::claim(&mut connection, &[received(1), received(2), received(1)])
        .await
        .unwrap();
    assert_eq!(claimed, [true, true, false]);
    let reconciled = "INSERT INTO reconciliation VALUES ('writer', 'orderwatch.tickets.', 100, 2)";
    sqlx::query(reconciled)
        .execute(&mut *connection)
        .await
        .unwrap();
    sqlx::query("DELETE FROM inbox")
        .execute(&mut *connection)
        .await
        .unwrap();
    let claimed = inbox::claim(&mut connection, &[received(1), received(2), received(3)])
        .await
        .unwrap();
    assert_eq!(claimed, [false, false, true]);
}
