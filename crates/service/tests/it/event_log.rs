//! The log lists in an order in which nothing is skipped, and forgets by the day.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use service::consume::Position;
use service::event_log::{MAX_EVENT_BYTES, NewEvent, append, get, list};
use service::testkit::TestDatabase;

use crate::support::{MIGRATOR, event, eventually, ids};

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_skips_nothing_while_transactions_commit_in_any_order() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let pool = database.pool().clone();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for number in 0..60_u64 {
                    let mut transaction = pool.begin().await.unwrap();
                    append(&mut transaction, &[event(&format!("{writer}-{number}-a"))])
                        .await
                        .unwrap();
                    // Held open for different stretches, so that commits overtake each other.
                    tokio::time::sleep(Duration::from_millis((writer * 7 + number * 3) % 11)).await;
                    append(&mut transaction, &[event(&format!("{writer}-{number}-b"))])
                        .await
                        .unwrap();
                    transaction.commit().await.unwrap();
                }
            })
        })
        .collect();
    let mut read = Vec::new();
    let mut at = Position::default();
    // A transaction of another test on the same server may hold the end back, so
    // an empty page is no end.
    let deadline = Instant::now() + Duration::from_secs(30);
    while read.len() < 480 && Instant::now() < deadline {
        let page = list(&pool, at, "orderwatch.tickets.", 17).await.unwrap();
        assert!(page.is_sorted_by_key(|header| header.position));
        at = page.last().map_or(at, |last| last.position);
        read.extend(page.into_iter().map(|header| header.event_id));
    }
    futures::future::join_all(writers).await;
    assert_eq!(read.len(), 480);
    assert_eq!(read.iter().collect::<BTreeSet<_>>().len(), 480);
}

#[tokio::test]
async fn an_event_is_not_listed_before_an_older_transaction_has_ended() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let mut older = database.pool().begin().await.unwrap();
    append(&mut older, &[event("older")]).await.unwrap();
    let mut younger = database.pool().begin().await.unwrap();
    append(&mut younger, &[event("younger")]).await.unwrap();
    younger.commit().await.unwrap();
    assert!(
        list(database.pool(), Position::default(), "", 10)
            .await
            .unwrap()
            .is_empty()
    );
    older.commit().await.unwrap();
    // A transaction of another test on the same server may hold the end back.
    eventually("both are listed in order", || async {
        let page = list(database.pool(), Position::default(), "", 10)
            .await
            .unwrap();
        let listed: Vec<&str> = page.iter().map(|header| &*header.event_id).collect();
        assert!(["older", "younger"].starts_with(&listed), "{listed:?}");
        listed.len() == 2
    })
    .await;
}

#[tokio::test]
async fn events_are_fetched_whole_by_their_positions() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let mut transaction = database.pool().begin().await.unwrap();
    let events: Vec<NewEvent> = ids("event", 3).iter().map(|id| event(id)).collect();
    let sequences = append(&mut transaction, &events).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(sequences.is_sorted() && sequences.len() == 3);
    let xid: i64 = sqlx::query_scalar("SELECT xid FROM event_log LIMIT 1")
        .fetch_one(database.pool())
        .await
        .unwrap();
    let asked: Vec<Position> = [sequences[2], sequences[0], 999]
        .map(|sequence| Position {
            transaction: xid,
            sequence,
        })
        .into();
    let fetched = get(database.pool(), &asked).await.unwrap();
    let ids: Vec<&str> = fetched.iter().map(|event| &*event.event_id).collect();
    assert_eq!(ids, ["event-00000", "event-00002"]);
    assert_eq!(&*fetched[0].payload, b"event-00000");
}

#[tokio::test]
async fn an_event_too_large_for_a_message_is_refused_before_it_is_written() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let mut transaction = database.pool().begin().await.unwrap();
    let large = NewEvent {
        payload: vec![0; MAX_EVENT_BYTES + 1].into(),
        ..event("large")
    };
    let error = append(&mut transaction, &[event("small"), large])
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("large") && error.to_string().contains("smaller batches"),
        "{error}"
    );
}

#[tokio::test]
async fn partitions_are_made_ahead_and_dropped_beyond_retention() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let pool = database.pool();
    sqlx::query(
        "CREATE TABLE event_log_20200101 PARTITION OF event_log FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z')",
    )
    .execute(pool)
    .await
    .unwrap();
    database.database().maintain_partitions(30).await.unwrap();
    let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'event_log'::regclass";
    let partitions: i64 = sqlx::query_scalar(count).fetch_one(pool).await.unwrap();
    // Today, three days ahead, and the one for everything else.
    assert_eq!(partitions, 5);
}
