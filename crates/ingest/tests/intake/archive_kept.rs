//! The archive's index beside the journal: sealed, joined, caught up, dropped.

use std::collections::BTreeMap;

use contracts::fact::v1::EntityKind;
use contracts::ingest::v1::Archive;
use service::clock::Clock;
use service::testkit::TestContext;
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;

use crate::archive::{entity, sealing, shipments};
use crate::shop::{Shop, batch, order};

impl Shop {
    async fn execute(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements)
            .execute(self.pool())
            .await
            .unwrap();
    }

    async fn count(&self, of: &str) -> i64 {
        let query = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
        sqlx::query_scalar(query)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// Makes all that was journalled so many days older, with a partition of its own.
    async fn age(&self, days: i32) {
        self.execute(&format!(
            "DO $$ DECLARE today date := (clock_timestamp() AT TIME ZONE 'UTC')::date; BEGIN
                 EXECUTE format('CREATE TABLE event_log_%s PARTITION OF event_log FOR VALUES FROM (%L) TO (%L)',
                     to_char(today - {days}, 'YYYYMMDD'),
                     (today - {days})::timestamp AT TIME ZONE 'UTC', (today - {days} + 1)::timestamp AT TIME ZONE 'UTC');
                 UPDATE event_log SET created_at = (today - {days} + interval '12 hours') AT TIME ZONE 'UTC';
                 UPDATE fact_tail SET journalled_at = (today - {days} + interval '12 hours') AT TIME ZONE 'UTC';
             END $$"
        ))
        .await;
    }
}

#[tokio::test]
async fn retention_drops_journal_and_index_and_the_archive_begins_later() {
    let shop = Shop::open().await;
    shop.push(batch("b1", vec![order("old", 1.0), order("o1", 1.0)]))
        .await
        .unwrap();
    shop.published().await;
    shop.age(40).await;
    // A day that is over is sealed, however little it brought.
    shop.sealed().await;
    shop.push(batch("b2", vec![order("o1", 2.0)]))
        .await
        .unwrap();
    let before = shop.order_facts("o1").await.unwrap();
    assert_eq!(before.told().len(), 2);
    assert_eq!(shop.count("fact_leaves").await, 1);
    shop.running
        .context()
        .database
        .maintain_partitions(30)
        .await
        .unwrap();
    // The index still names what is gone; nobody notices.
    let after = shop.order_facts("o1").await.unwrap();
    assert_eq!(after.told(), [("erp".to_owned(), 2, "o1".to_owned())]);
    let seconds = |archive: &Archive| archive.oldest.map(|at| at.seconds);
    assert!(seconds(&after.archive) > seconds(&before.archive));
    let shop = shop.reopen().await;
    shop.forgotten("SELECT count(*) FROM fact_segments").await;
    assert_eq!(shop.count("fact_leaves").await, 0);
    assert!(shop.order_facts("old").await.unwrap().facts.is_empty());
    assert_eq!(shop.order_facts("o1").await.unwrap().facts.len(), 1);
    let all = shop.between(None, None, &[]).await.unwrap();
    assert_eq!(all.told(), [("erp".to_owned(), 2)]);
    assert_eq!(all.archive.oldest, after.archive.oldest);
}

#[tokio::test]
async fn segments_of_a_day_that_is_over_are_joined() {
    let shop = Shop::with(sealing()).await;
    for number in 0..3 {
        let id = format!("b{number}");
        shop.push(batch(&id, vec![order("o1", 1.0), order(&id, 1.0)]))
            .await
            .unwrap();
        shop.sealed().await;
    }
    assert_eq!(shop.count("fact_segments").await, 3);
    shop.published().await;
    // Two days ago they were, and the journal with them.
    shop.execute(
        "UPDATE event_log SET created_at = created_at - interval '2 days';
         UPDATE fact_segments SET day = day - 2, first_at = first_at - interval '2 days'",
    )
    .await;
    shop.forgotten("SELECT count(*) - 1 FROM fact_segments")
        .await;
    let read = shop.order_facts("o1").await.unwrap();
    let sequences: Vec<i64> = read
        .told()
        .iter()
        .map(|(_, sequence, _)| *sequence)
        .collect();
    assert_eq!(sequences, [1, 2, 3]);
    assert_eq!(shop.order_facts("b1").await.unwrap().facts.len(), 1);
}

#[tokio::test]
async fn a_journal_of_a_version_without_an_archive_is_indexed_once_the_service_runs() {
    let mut shop = Shop::open().await;
    shop.push(batch("b1", vec![order("old", 1.0), order("o1", 1.0)]))
        .await
        .unwrap();
    shop.push(shipments("b1", vec![entity(EntityKind::Stock, "s", "")]))
        .await
        .unwrap();
    shop.execute(
        "DROP TABLE fact_tail, fact_leaves, fact_segments, unindexed_days;
         DROP INDEX event_log_by_arrival;
         DELETE FROM _sqlx_migrations WHERE version = 2",
    )
    .await;
    shop = shop.reopen().await;
    shop.push(batch("b2", vec![order("o1", 2.0)]))
        .await
        .unwrap();
    shop.forgotten(
        "SELECT count(*) FROM unindexed_days WHERE indexed_at IS NULL AND day <= (now() AT TIME ZONE 'UTC')::date",
    )
    .await;
    let read = shop.order_facts("o1").await.unwrap();
    assert_eq!(read.told().len(), 2);
    assert!(read.archive.unindexed_days.is_empty());
    assert_eq!(shop.order_facts("old").await.unwrap().facts.len(), 1);
    // An old replica beside the new one writes no index; the day is looked at again when
    // it is over by some minutes, and only what is missing is added.
    shop.push(batch("b3", vec![order("old", 3.0)]))
        .await
        .unwrap();
    shop.published().await;
    shop.execute("DELETE FROM fact_tail WHERE id = (SELECT max(id) FROM fact_tail)")
        .await;
    shop.execute(
        "UPDATE event_log SET created_at = created_at - interval '3 days';
         UPDATE fact_tail SET journalled_at = journalled_at - interval '3 days';
         UPDATE fact_segments SET day = day - 3, first_at = first_at - interval '3 days';
         UPDATE unindexed_days SET day = day - 3",
    )
    .await;
    shop.forgotten("SELECT count(*) FROM unindexed_days").await;
    let sequences = |told: Vec<(String, i64, String)>| -> Vec<i64> {
        told.iter().map(|(_, sequence, _)| *sequence).collect()
    };
    let old = shop.order_facts("old").await.unwrap();
    assert_eq!(sequences(old.told()), [1, 3]);
    assert_eq!(
        sequences(shop.order_facts("o1").await.unwrap().told()),
        [1, 2]
    );
}

#[tokio::test]
async fn while_an_old_journal_is_not_indexed_yet_answers_say_so() {
    let shop = Shop::open().await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    // Another replica is at it, and does not come to its end.
    let mut other = shop.pool().acquire().await.unwrap();
    let locked = "SELECT pg_advisory_lock(hashtextextended('orderwatch.archive', 0))";
    sqlx::raw_sql(locked).execute(&mut *other).await.unwrap();
    shop.execute(
        "DELETE FROM fact_tail;
         INSERT INTO unindexed_days VALUES ((now() AT TIME ZONE 'UTC')::date)",
    )
    .await;
    let read = shop.order_facts("o1").await.unwrap();
    assert!(read.facts.is_empty());
    assert_eq!(read.archive.unindexed_days.len(), 1);
    // Between two instants nothing is missing.
    assert_eq!(
        shop.between(None, None, &[]).await.unwrap().batches.len(),
        1
    );
    other.close_on_drop();
    drop(other);
    shop.forgotten("SELECT count(*) FROM unindexed_days WHERE indexed_at IS NULL")
        .await;
    assert_eq!(shop.order_facts("o1").await.unwrap().facts.len(), 1);
}

#[tokio::test]
async fn writers_on_several_replicas_lose_nothing_while_others_read_and_seal() {
    let shop = Shop::with(sealing()).await;
    let context = TestContext::on(
        &ingest::SERVICE,
        Clock::wall(),
        &shop.database,
        &shop.broker,
        |_| {},
    )
    .await;
    let other = ingest::start(context, ingest::Config::default())
        .await
        .unwrap();
    let endpoints = [shop.running.endpoint(), other.endpoint()];
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let endpoint = endpoints[writer % 2].clone();
        writers.spawn(async move {
            let mut client =
                contracts::ingest::v1::ingest_service_client::IngestServiceClient::connect(
                    endpoint,
                )
                .await
                .unwrap();
            for number in 0..25 {
                let id = format!("{writer}-{number}");
                let mut facts = batch(&id, vec![order("o1", f64::from(number)), order(&id, 1.0)]);
                facts.source = format!("erp-{}", writer % 3);
                facts
                    .facts
                    .iter_mut()
                    .for_each(|fact| fact.source.clone_from(&facts.source));
                let request = contracts::ingest::v1::PushFactsRequest { batch: Some(facts) };
                client.push_facts(request).await.unwrap();
            }
        });
    }
    let mut seen = 0;
    while writers.try_join_next().is_some() || !writers.is_empty() {
        let read = shop.order_facts("o1").await.unwrap();
        assert!(read.facts.len() >= seen, "what was read stays");
        seen = read.facts.len();
    }
    let read = shop.order_facts("o1").await.unwrap();
    assert_eq!(read.facts.len(), 200);
    let mut sequences: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (source, sequence, _) in read.told() {
        sequences.entry(source).or_default().push(sequence);
    }
    assert!(sequences.values().all(|of_source| of_source.is_sorted()));
    let between = shop.between(None, None, &[]).await.unwrap().told();
    let by_order: Vec<(String, i64)> = read
        .told()
        .into_iter()
        .map(|(source, sequence, _)| (source, sequence))
        .collect();
    assert_eq!(
        between, by_order,
        "both ways of reading agree on the order of arrival"
    );
    shop.sealed().await;
    assert_eq!(shop.order_facts("o1").await.unwrap().told(), read.told());
    assert_eq!(shop.order_facts("7-24").await.unwrap().facts.len(), 1);
}
