//! A service starts only where its event log was written.

use std::time::Duration;

use chrono::DateTime;
use secrecy::SecretString;
use service::Error;
use service::config::PostgresSettings;
use service::database::Database;
use service::error::{Classified, ErrorKind};
use service::event_log::append;
use service::lifecycle::Shutdown;
use service::testkit::TestDatabase;

use crate::support::{MIGRATOR, event};

async fn start_again(database: &TestDatabase) -> Result<Database, Error> {
    let settings = PostgresSettings {
        url: SecretString::from(database.url().to_owned()),
        ..PostgresSettings::default()
    };
    Database::connect(&settings, "log", &MIGRATOR).await
}

#[tokio::test]
async fn a_log_from_another_cluster_is_refused_with_the_epoch_that_mends_it() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    // In the sixth epoch of 2^32 transactions: no test cluster has got there.
    sqlx::query(
        "INSERT INTO event_log (xid, event_id, subject, payload, created_at)
         VALUES ((5::bigint << 32) + 17, 'old', 'orderwatch.tickets.opened', '', now())",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let refused = start_again(&database).await.unwrap_err();
    assert_eq!(refused.code(), "OW-DATABASE-RESTORED");
    let told = refused.to_string();
    assert!(told.contains("schema log"), "{told}");
    assert!(told.contains("pg_resetwal --epoch=6 "), "{told}");
    sqlx::query("DELETE FROM event_log")
        .execute(database.pool())
        .await
        .unwrap();
    start_again(&database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_being_written_is_no_log_from_another_cluster() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let shutdown = Shutdown::new();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (pool, shutdown) = (database.pool().clone(), shutdown.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while shutdown.sleep(Duration::ZERO).await {
                    number += 1;
                    let mut transaction = pool.begin().await.unwrap();
                    append(&mut transaction, &[event(&format!("{writer}-{number}"))])
                        .await
                        .unwrap();
                    transaction.commit().await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..10 {
        start_again(&database).await.unwrap();
    }
    shutdown.cancel();
    futures::future::join_all(writers).await;
}

#[tokio::test]
async fn a_value_that_the_database_cannot_hold_is_the_fault_of_whoever_sent_it() {
    let database = TestDatabase::create("log", &MIGRATOR).await;
    let before_the_first = DateTime::from_timestamp(-377_705_116_801, 0).unwrap();
    let nul = sqlx::query("SELECT $1::text").bind("a\0b");
    let instant = sqlx::query("SELECT $1::timestamptz").bind(before_the_first);
    for statement in [nul, instant] {
        let refused = statement.execute(database.pool()).await.unwrap_err();
        assert_eq!(Error::from(refused).kind(), ErrorKind::InvalidArgument);
    }
}
