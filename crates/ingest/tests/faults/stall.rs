//! A journal that takes nothing for a while, as when its disk stalls.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use crate::shop::Shop;

pub(crate) struct Stall {
    blocker: PgConnection,
}

impl Stall {
    /// Keeps every transaction of the journal waiting.
    pub(crate) async fn begin(shop: &Shop) -> Self {
        let mut blocker = PgConnection::connect(shop.database.url()).await.unwrap();
        let locked = "BEGIN; LOCK TABLE ingest.accepted_batches IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(locked).execute(&mut blocker).await.unwrap();
        Self { blocker }
    }

    /// Waits until the journal waits.
    pub(crate) async fn felt(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let waiting: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
                                AND relation = 'ingest.accepted_batches'::regclass)",
            )
            .fetch_one(&mut self.blocker)
            .await
            .unwrap();
            if waiting {
                return;
            }
            assert!(Instant::now() < deadline, "nobody journals");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn end(mut self) {
        let ended = sqlx::query("ROLLBACK").execute(&mut self.blocker).await;
        ended.unwrap();
    }
}
