use contracts::event::v1::event::Payload;
use contracts::ingest::v1::PushFactsStreamRequest;
use ingest::RawConfig;
use sqlx::Connection;
use tonic::Code;
use tonic_types::StatusExt;

use crate::shop::{Shop, batch, order};

#[tokio::test]
async fn what_is_acknowledged_is_in_the_journal_and_announced() {
    let shop = Shop::open().await;
    let answer = shop
        .push(batch(
            "b1",
            vec![order("o1", 1.0), order("o2", 2.0), order("o1", 3.0)],
        ))
        .await
        .unwrap();
    assert_eq!((answer.accepted, answer.duplicate), (3, false));

    let journal = shop.journal().await;
    assert_eq!(journal.len(), 1);
    assert_eq!((journal[0].sequence, journal[0].facts.len()), (1, 3));
    assert!(
        journal[0]
            .facts
            .iter()
            .all(|fact| fact.received_at.is_some() && !fact.order_id.is_empty())
    );
    let roster = journal[0].roster.as_ref().unwrap();
    assert_eq!(
        (roster.version, roster.sources[0].source.as_str()),
        (1, "erp")
    );

    let events = shop.events("facts.accepted").await;
    assert_eq!(events[0].order_ids, ["o1", "o2"]);
    let Some(Payload::Facts(facts)) = &events[0].payload else {
        panic!("{events:?}");
    };
    assert_eq!((facts.facts, facts.digest.len()), (3, 64));
}

#[tokio::test]
async fn the_same_batch_again_is_a_duplicate_also_for_another_process() {
    let shop = Shop::open().await;
    let first = batch("b1", vec![order("o1", 1.0), order("o2", -1.0)]);
    let answer = shop.push(first.clone()).await.unwrap();
    let shop = shop.reopen().await;
    let again = shop.push(first).await.unwrap();
    assert_eq!((again.accepted, again.duplicate), (1, true));
    assert_eq!(again.rejected, answer.rejected);
    assert_eq!(shop.journal().await.len(), 1);
    assert_eq!(shop.events("record.quarantined").await.len(), 1);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_an_error() {
    let shop = Shop::open().await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    let refused = shop
        .push(batch("b1", vec![order("o1", 2.0)]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(
        refused.message().contains("`b1`")
            && refused.message().contains("OW-INGEST-BATCH-CONFLICT")
    );
    assert_eq!(shop.journal().await.len(), 1);
}

#[tokio::test]
async fn facts_that_cannot_be_understood_are_answered_one_by_one() {
    let shop = Shop::open().await;
    let mut other = order("o3", 1.0);
    other.source = "crm".to_owned();
    let answer = shop
        .push(batch(
            "b1",
            vec![order("o1", 1.0), order("", 1.0), other, order("o4", -2.0)],
        ))
        .await
        .unwrap();
    assert_eq!(answer.accepted, 1);
    let told: Vec<_> = answer
        .rejected
        .iter()
        .map(|fact| (fact.index, fact.field.as_str()))
        .collect();
    assert_eq!(
        told,
        [(1, "entity_id"), (2, "source"), (3, "attributes[amount]")]
    );
    assert!(
        answer
            .rejected
            .iter()
            .all(|fact| !fact.quarantine_id.is_empty())
    );
}

#[tokio::test]
async fn large_batches_take_several_rows_and_the_watermark_goes_with_the_last() {
    let shop = Shop::open().await;
    shop.declare("erp", true).await;
    let facts = (0..2_500)
        .map(|number| order(&format!("o{number}"), 1.0))
        .collect();
    let mut large = batch("b1", facts);
    large.watermark = Some(prost_types::Timestamp {
        seconds: 1_700_000_000,
        nanos: 0,
    });
    let answer = shop.push(large).await.unwrap();
    assert_eq!(answer.accepted, 2_500);
    let journal = shop.journal().await;
    let rows: Vec<_> = journal
        .iter()
        .map(|row| (row.sequence, row.facts.len(), row.watermark.is_some()))
        .collect();
    assert_eq!(
        rows,
        [
            (1, 0, false),
            (2, 1_000, false),
            (3, 1_000, false),
            (4, 500, true)
        ]
    );
}

#[tokio::test]
async fn a_stream_is_answered_once_with_the_totals() {
    let shop = Shop::open().await;
    let batches: Vec<_> = (0..200)
        .map(|number| PushFactsStreamRequest {
            batch: Some(batch(
                &format!("b{}", number % 190),
                vec![order("o1", f64::from(number % 190)), order("", 1.0)],
            )),
        })
        .collect();
    let answer = shop
        .client
        .clone()
        .push_facts_stream(tokio_stream::iter(batches))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.batches, answer.duplicates, answer.accepted),
        (200, 10, 200)
    );
    assert_eq!((answer.rejected.len(), answer.rejected_total), (200, 200));
    let sequences: Vec<_> = shop
        .journal()
        .await
        .iter()
        .map(|row| row.sequence)
        .collect();
    assert_eq!(sequences, (1..=190).collect::<Vec<_>>());
}

#[tokio::test]
async fn many_senders_share_transactions_and_sequences_have_no_gaps() {
    let shop = Shop::open().await;
    let pushes = (0..300).map(|number| {
        let batch = batch(
            &format!("b{number}"),
            vec![order(&format!("o{number}"), 1.0)],
        );
        let client = shop.client.clone();
        tokio::spawn(async move {
            let request = contracts::ingest::v1::PushFactsRequest { batch: Some(batch) };
            client
                .clone()
                .push_facts(request)
                .await
                .unwrap()
                .into_inner()
                .accepted
        })
    });
    let pushes: Vec<_> = pushes.collect();
    for push in pushes {
        assert_eq!(push.await.unwrap(), 1);
    }
    let sequences: Vec<_> = shop
        .journal()
        .await
        .iter()
        .map(|row| row.sequence)
        .collect();
    assert_eq!(sequences, (1..=300).collect::<Vec<_>>());
    let transactions: i64 = sqlx::query_scalar("SELECT count(DISTINCT xid) FROM event_log")
        .fetch_one(shop.pool())
        .await
        .unwrap();
    assert!(
        transactions < 150,
        "{transactions} transactions for 300 batches"
    );
}

#[tokio::test]
async fn while_the_broker_is_down_facts_are_accepted_and_published_afterwards() {
    let mut shop = Shop::open().await;
    shop.push(batch("b0", vec![order("o0", 1.0)]))
        .await
        .unwrap();
    shop.published().await;
    shop.broker.kill();
    for number in 1..=5 {
        let answer = shop
            .push(batch(&format!("b{number}"), vec![order("o1", 1.0)]))
            .await
            .unwrap();
        assert_eq!(answer.accepted, 1);
    }
    shop.broker.start_again().await;
    shop.published().await;
}

#[tokio::test]
async fn nothing_is_acknowledged_that_the_database_lost() {
    let shop = Shop::open().await;
    shop.push(batch("b0", vec![order("o0", 1.0)]))
        .await
        .unwrap();
    let mut blocker = sqlx::PgConnection::connect(shop.database.url())
        .await
        .unwrap();
    let mut blocking = blocker.begin().await.unwrap();
    sqlx::query("LOCK TABLE ingest.accepted_batches IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *blocking)
        .await
        .unwrap();
    let client = shop.client.clone();
    let push = tokio::spawn(async move {
        let request = contracts::ingest::v1::PushFactsRequest {
            batch: Some(batch("b1", vec![order("o1", 1.0)])),
        };
        client.clone().push_facts(request).await
    });
    until_blocked(&shop, true).await;
    let refused = push.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    assert!(refused.get_error_details().retry_info().is_some());
    blocking.rollback().await.unwrap();
    assert_eq!(shop.journal().await.len(), 1);

    let again = shop
        .push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    assert_eq!((again.accepted, again.duplicate), (1, false));
    assert_eq!(shop.journal().await[1].sequence, 2);
}

#[tokio::test]
async fn a_full_queue_tells_senders_to_wait_and_loses_nothing() {
    let shop = Shop::with(RawConfig {
        queue_kib: 64,
        ..RawConfig::default()
    })
    .await;
    let mut blocker = sqlx::PgConnection::connect(shop.database.url())
        .await
        .unwrap();
    let mut blocking = blocker.begin().await.unwrap();
    sqlx::query("LOCK TABLE ingest.accepted_batches IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *blocking)
        .await
        .unwrap();
    let facts: Vec<_> = (0..800)
        .map(|number| order(&format!("o{number}"), 1.0))
        .collect();
    let large = contracts::ingest::v1::PushFactsRequest {
        batch: Some(batch("large", facts)),
    };
    let client = shop.client.clone();
    let waiting = tokio::spawn(async move { client.clone().push_facts(large).await });
    until_blocked(&shop, false).await;
    let facts: Vec<_> = (0..800)
        .map(|number| order(&format!("p{number}"), 1.0))
        .collect();
    let refused = shop.push(batch("more", facts)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert!(refused.message().contains("the queue is full"));
    assert!(refused.get_error_details().retry_info().is_some());
    blocking.rollback().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().into_inner().accepted, 800);
    assert!(
        shop.push(batch("small", vec![order("o1", 1.0)]))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn requests_that_make_no_sense_name_their_field() {
    let shop = Shop::open().await;
    for (bad, field) in [
        (batch("", vec![]), "batch.batch_id"),
        (
            contracts::fact::v1::FactBatch {
                source: "ERP".to_owned(),
                ..batch("b", vec![])
            },
            "batch.source",
        ),
    ] {
        let refused = shop.push(bad).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(
            refused
                .get_error_details()
                .bad_request()
                .unwrap()
                .field_violations[0]
                .field,
            field
        );
    }
}

/// Waits until the writer waits inside its transaction, and kills its connection there if asked to.
async fn until_blocked(shop: &Shop, kill: bool) {
    let mut watcher = sqlx::PgConnection::connect(shop.database.url())
        .await
        .unwrap();
    loop {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FILTER (WHERE NOT $1 OR pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%accepted_batches%'",
        )
        .bind(kill)
        .fetch_one(&mut watcher)
        .await
        .unwrap();
        if found > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}
