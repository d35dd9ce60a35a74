use contracts::fact::v1::{FactBatch, SourceDeclaration, WatermarkMode};
use contracts::ingest::v1::{AdvanceWatermarkRequest, DeclareSourceRequest, ListSourcesRequest};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::shop::{Shop, batch, order};

impl Shop {
    pub(crate) async fn declare(&self, source: &str, stated: bool) {
        let mode = if stated {
            WatermarkMode::Stated
        } else {
            WatermarkMode::Live
        };
        let declaration = SourceDeclaration {
            source: source.to_owned(),
            system: "erp".to_owned(),
            mode: mode as i32,
            patience: None,
            late_after: None,
        };
        let request = DeclareSourceRequest {
            declaration: Some(declaration),
        };
        self.client.clone().declare_source(request).await.unwrap();
    }

    async fn advance(&self, source: &str, seconds: i64) -> Result<i64, Status> {
        let request = AdvanceWatermarkRequest {
            source: source.to_owned(),
            watermark: Some(Timestamp { seconds, nanos: 0 }),
        };
        let answer = self.client.clone().advance_watermark(request).await?;
        Ok(answer.into_inner().watermark.unwrap().seconds)
    }
}

#[tokio::test]
async fn a_watermark_is_journalled_after_what_came_before_and_never_moves_back() {
    let shop = Shop::open().await;
    shop.declare("erp", true).await;
    shop.declare("erp", true).await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    assert_eq!(
        shop.advance("erp", 1_700_000_000).await.unwrap(),
        1_700_000_000
    );
    assert_eq!(
        shop.advance("erp", 1_600_000_000).await.unwrap(),
        1_700_000_000
    );
    let journal = shop.journal().await;
    let rows: Vec<_> = journal
        .iter()
        .map(|row| {
            (
                row.sequence,
                row.facts.len(),
                row.watermark.map(|at| at.seconds),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [(1, 0, None), (2, 1, None), (3, 0, Some(1_700_000_000))]
    );
    assert!(
        journal
            .iter()
            .all(|row| row.roster.as_ref().unwrap().sources.len() == 1)
    );
}

#[tokio::test]
async fn a_batch_says_which_one_is_the_oldest_that_the_journal_retains() {
    let mut shop = Shop::open().await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    // The first batch was taken 40 days ago, the second yesterday.
    shop.antedate(1, 40).await;
    shop.push(batch("b2", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    shop.antedate(2, 1).await;
    shop.push(batch("b3", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    shop.drop_day_of(1).await;
    shop = shop.reopen().await;
    shop.forgotten("SELECT count(*) FROM journal_days WHERE first_sequence = 1")
        .await;
    shop.push(batch("b4", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    let journal = shop.journal().await;
    let retained: Vec<_> = journal
        .iter()
        .map(|row| (row.sequence, row.oldest_retained_sequence))
        .collect();
    assert_eq!(retained, [(1, 1), (2, 1), (3, 1), (4, 2)]);
}

#[tokio::test]
async fn watermarks_that_cannot_be_are_refused() {
    let shop = Shop::open().await;
    shop.declare("erp", true).await;
    shop.declare("live", false).await;
    let ahead = shop.advance("erp", 4_000_000_000).await.unwrap_err();
    assert_eq!(ahead.code(), Code::InvalidArgument);
    assert!(ahead.message().contains("ahead of the clock"), "{ahead:?}");
    let live = shop.advance("live", 1_700_000_000).await.unwrap_err();
    assert_eq!(live.code(), Code::FailedPrecondition);
    assert!(live.message().contains("WATERMARK_MODE_STATED"));
    let unknown = shop.advance("shop", 1_700_000_000).await.unwrap_err();
    assert!(unknown.message().contains("DeclareSource"), "{unknown:?}");
}

#[tokio::test]
async fn a_source_whose_name_says_nothing_must_be_declared_first() {
    let shop = Shop::open().await;
    let unknown = FactBatch {
        source: "shop".to_owned(),
        ..batch("b1", vec![])
    };
    let refused = shop.push(unknown.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("OW-INGEST-UNDECLARED"));
    shop.declare("shop", true).await;
    assert!(!shop.push(unknown).await.unwrap().duplicate);
}

#[tokio::test]
async fn sources_are_listed_with_what_is_known_of_them() {
    let shop = Shop::open().await;
    shop.declare("erp", true).await;
    shop.push(batch("b1", vec![order("o1", 1.0), order("", 1.0)]))
        .await
        .unwrap();
    shop.advance("erp", 1_700_000_000).await.unwrap();
    let listed = shop
        .client
        .clone()
        .list_sources(ListSourcesRequest {})
        .await
        .unwrap()
        .into_inner()
        .sources;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].facts, listed[0].quarantined, listed[0].sequence),
        (1, 1, 3)
    );
    assert_eq!(listed[0].watermark.unwrap().seconds, 1_700_000_000);
    assert!(listed[0].last_fact_at.is_some());
}
