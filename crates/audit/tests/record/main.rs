//! The record under redelivery, concurrency, tampering and hostile input.

#![expect(
    clippy::unwrap_used,
    reason = "a test panics when its surroundings fail"
)]

mod said;

use std::collections::BTreeSet;

use audit::domain::{Filter, Happening, Key, PageSize};
use audit::store::{self, ReadError};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use said::{event, happening};
use service::testkit::TestDatabase;
use sqlx::PgPool;

async fn database() -> TestDatabase {
    TestDatabase::create("audit", &store::MIGRATOR).await
}

async fn append(pool: &PgPool, happenings: Vec<Happening>) -> Result<usize, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let turn = store::wait_for_turn(&mut transaction).await?;
    let count = store::append(&mut transaction, turn, happenings, now()).await?;
    transaction.commit().await?;
    Ok(count)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 123_456_789).unwrap()
}

fn everything() -> Filter {
    Filter {
        order_id: None,
        ticket_id: None,
        actor: None,
        type_prefix: Key::of(""),
        from: None,
        to: None,
    }
}

async fn positions(pool: &PgPool) -> Vec<i64> {
    sqlx::query_scalar("select position from entries order by position")
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn list(pool: &PgPool, filter: &Filter) -> Vec<String> {
    let mut conn = pool.acquire().await.unwrap();
    let size = PageSize::try_from(1_000).unwrap();
    let (entries, _) = store::page(&mut conn, filter, 0, size, usize::MAX)
        .await
        .unwrap();
    entries
        .iter()
        .map(|entry| entry.happening.event_id.as_str().to_owned())
        .collect()
}

#[tokio::test]
async fn an_event_delivered_three_times_is_one_entry() {
    let database = database().await;
    let pool = database.pool();
    let batch = || (0..50).map(|n| happening(&event(n))).collect::<Vec<_>>();
    assert_eq!(append(pool, batch()).await.unwrap(), 50);
    assert_eq!(append(pool, batch()).await.unwrap(), 0);
    let twice_in_one: Vec<_> = batch().into_iter().chain(batch()).collect();
    assert_eq!(append(pool, twice_in_one).await.unwrap(), 0);
    assert_eq!(positions(pool).await, (1..=50).collect::<Vec<_>>());
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(
        store::figures(&mut conn).await.unwrap(),
        [("ticket.opened".to_owned(), 50)]
    );
}

#[tokio::test]
async fn the_same_id_of_two_services_is_two_events() {
    let database = database().await;
    let mut other = happening(&event(1));
    other.service = Key::of("ingest");
    assert_eq!(
        append(database.pool(), vec![happening(&event(1)), other])
            .await
            .unwrap(),
        2
    );
}

#[tokio::test]
async fn positions_have_no_gaps_though_replicas_append_at_once_and_some_roll_back() {
    let database = database().await;
    let pool = database.pool();
    let replicas = (0..4_u32).map(|replica| async move {
        for round in 0..12 {
            // Neighbours overlap by half, so that replicas race for the same events.
            let first = (round * 4 + replica) * 10;
            let batch: Vec<_> = (first..first + 20).map(|n| happening(&event(n))).collect();
            if round % 3 == replica % 3 {
                let mut transaction = pool.begin().await?;
                let turn = store::wait_for_turn(&mut transaction).await?;
                store::append(&mut transaction, turn, batch.clone(), now()).await?;
                transaction.rollback().await?;
            }
            append(pool, batch).await?;
        }
        Ok::<(), sqlx::Error>(())
    });
    try_join_all(replicas).await.unwrap();
    let positions = positions(pool).await;
    assert_eq!(positions, (1..=490).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_entry_cannot_be_changed_removed_or_truncated_by_any_door() {
    let database = database().await;
    let pool = database.pool();
    append(pool, vec![happening(&event(1))]).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    for role in ["origin", "replica"] {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "set session_replication_role = {role}"
        )))
        .execute(&mut *conn)
        .await
        .unwrap();
        for statement in [
            "update entries set actor = 'nobody'",
            "update entries_0 set actor = 'nobody'",
            "delete from entries",
            "delete from entries_0",
            "truncate entries",
            "truncate entries_0",
            "insert into entries select * from entries on conflict (position) do update set actor = 'x'",
            "update entry_keys set position = 2",
            "delete from entry_keys",
            "truncate entry_keys",
            "truncate entry_keys_0",
        ] {
            let error = sqlx::query(statement)
                .execute(&mut *conn)
                .await
                .unwrap_err()
                .to_string();
            assert!(error.contains("append-only"), "{statement}: {error}");
        }
    }
    assert_eq!(positions(pool).await, [1]);
}

#[tokio::test]
async fn an_entry_altered_behind_the_triggers_is_named_when_read() {
    let database = database().await;
    let pool = database.pool();
    append(pool, vec![happening(&event(1)), happening(&event(2))])
        .await
        .unwrap();
    for statement in [
        "alter table entries disable trigger append_only",
        "update entries set actor = 'somebody-else' where position = 2",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
    let mut conn = pool.acquire().await.unwrap();
    let size = PageSize::try_from(10).unwrap();
    let error = store::page(&mut conn, &everything(), 0, size, usize::MAX)
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::Tampered(tampered) if tampered.position == 2));
}

#[tokio::test]
async fn the_trail_of_an_order_is_in_the_order_in_which_things_happened() {
    let database = database().await;
    let pool = database.pool();
    let at = |n: u32, seconds: i64| {
        let mut happening = happening(&event(n));
        happening.occurred_at = DateTime::from_timestamp(seconds, 0).unwrap();
        happening.order_ids = vec![Key::of("o-1")];
        happening
    };
    append(pool, vec![at(1, 300), at(2, 100)]).await.unwrap();
    append(pool, vec![at(3, 200), at(4, 100), happening(&event(5))])
        .await
        .unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let trail = store::trail(&mut conn, &Key::of("o-1"), 100).await.unwrap();
    let positions: Vec<i64> = trail.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, [2, 4, 3, 1]);
    assert!(
        store::trail(&mut conn, &Key::of("o-none"), 100)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn entries_are_found_by_order_ticket_actor_type_and_time() {
    let database = database().await;
    let pool = database.pool();
    append(pool, (0..10).map(|n| happening(&event(n))).collect())
        .await
        .unwrap();
    let second = |n: i64| DateTime::from_timestamp(said::START + n, 0);
    let filters = [
        (
            Filter {
                order_id: Some(Key::of("order-3")),
                ..everything()
            },
            vec!["event-3"],
        ),
        (
            Filter {
                ticket_id: Some(Key::of("ticket-4")),
                ..everything()
            },
            vec!["event-4"],
        ),
        (
            Filter {
                actor: Some(Key::of("actor-5")),
                ..everything()
            },
            vec!["event-5"],
        ),
        (
            Filter {
                type_prefix: Key::of("exception."),
                ..everything()
            },
            vec![],
        ),
        (
            Filter {
                from: second(2),
                to: second(4),
                ..everything()
            },
            vec!["event-2", "event-3"],
        ),
        (
            Filter {
                order_id: Some(Key::of("order-3")),
                actor: Some(Key::of("actor-5")),
                ..everything()
            },
            vec![],
        ),
        (
            Filter {
                type_prefix: Key::of("ticket.op"),
                from: second(9),
                ..everything()
            },
            vec!["event-9"],
        ),
    ];
    for (filter, expected) in filters {
        assert_eq!(list(pool, &filter).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn hostile_texts_are_recorded_and_found_like_any_other() {
    let database = database().await;
    let pool = database.pool();
    let long = "长".repeat(5_000);
    let hostile = [
        "a\0b",
        r#"{"x",NULL}"#,
        r"\\';drop table entries;--",
        "\u{202e}\n\t",
        "NULL",
        long.as_str(),
        " ",
        "{}",
    ];
    for (number, text) in (0..).zip(hostile) {
        let mut event = event(number);
        event.id = format!("{text}#{number}");
        event.order_ids = vec![text.to_owned(), "order".to_owned(), text.to_owned()];
        event.ticket_id = text.to_owned();
        event.r#type = text.to_owned();
        event.actor.as_mut().unwrap().name = text.to_owned();
        event.note = text.to_owned();
        assert_eq!(
            append(pool, vec![happening(&event)]).await.unwrap(),
            1,
            "{text:?}"
        );
        assert_eq!(
            append(pool, vec![happening(&event)]).await.unwrap(),
            0,
            "{text:?}"
        );
        let key = Some(Key::of(text));
        for filter in [
            Filter {
                order_id: key.clone(),
                ..everything()
            },
            Filter {
                ticket_id: key.clone(),
                ..everything()
            },
            Filter {
                actor: key.clone(),
                ..everything()
            },
        ] {
            assert_eq!(list(pool, &filter).await.len(), 1, "{text:?}");
        }
    }
    let order = Filter {
        order_id: Some(Key::of("order")),
        ..everything()
    };
    assert_eq!(list(pool, &order).await.len(), hostile.len());
}

#[tokio::test]
async fn a_batch_about_hundreds_of_orders_is_found_by_each_and_a_new_partition_follows_the_last() {
    let database = database().await;
    let pool = database.pool();
    sqlx::query("update entry_counter set next_position = 3999999")
        .execute(pool)
        .await
        .unwrap();
    let batch: Vec<_> = (0..4)
        .map(|n| {
            let mut happening = happening(&event(n));
            happening.order_ids = (0..400)
                .map(|order| Key::of(&format!("o-{n}-{order}")))
                .collect();
            happening
        })
        .collect();
    append(pool, batch).await.unwrap();
    assert_eq!(
        positions(pool).await,
        [3_999_999, 4_000_000, 4_000_001, 4_000_002]
    );
    for n in 0..4 {
        let filter = Filter {
            order_id: Some(Key::of(&format!("o-{n}-399"))),
            ..everything()
        };
        assert_eq!(list(pool, &filter).await, [format!("event-{n}")]);
    }
    let refused = sqlx::query("truncate entries_1")
        .execute(pool)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("append-only"));
}

#[tokio::test]
async fn pages_hold_every_entry_once_while_others_append() {
    let database = database().await;
    let pool = database.pool();
    append(pool, (0..100).map(|n| happening(&event(n))).collect())
        .await
        .unwrap();
    let writers = (1..4_u32).map(|writer| async move {
        for n in 0..60 {
            append(pool, vec![happening(&event(writer * 1_000 + n))]).await?;
        }
        Ok::<(), sqlx::Error>(())
    });
    let (written, read) = tokio::join!(try_join_all(writers), read_until(pool, 280));
    written.unwrap();
    assert_eq!(read, (1..=280).collect::<Vec<_>>());
}

/// Pages through the record, going on behind the last page, until so many entries were read.
async fn read_until(pool: &PgPool, count: usize) -> Vec<i64> {
    let mut read = Vec::new();
    let size = PageSize::try_from(7).unwrap();
    while read.len() < count {
        let mut conn = pool.acquire().await.unwrap();
        let after = read.last().copied().unwrap_or(0);
        let (entries, _) = store::page(&mut conn, &everything(), after, size, usize::MAX)
            .await
            .unwrap();
        read.extend(entries.iter().map(|entry| entry.position));
        tokio::task::yield_now().await;
    }
    read
}

#[tokio::test]
async fn a_page_ends_where_its_bytes_end_but_is_never_empty() {
    let database = database().await;
    let pool = database.pool();
    append(pool, (0..5).map(|n| happening(&event(n))).collect())
        .await
        .unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let size = PageSize::try_from(5).unwrap();
    let (entries, more) = store::page(&mut conn, &everything(), 0, size, 1)
        .await
        .unwrap();
    assert_eq!((entries.len(), more), (1, true));
    let (entries, more) = store::page(&mut conn, &everything(), 0, size, usize::MAX)
        .await
        .unwrap();
    assert_eq!((entries.len(), more), (5, false));
    let distinct: BTreeSet<_> = entries.iter().map(|entry| entry.digest.to_hex()).collect();
    assert_eq!(distinct.len(), 5);
}
