//! The template for an ERP's views, as it is shipped.

use chrono::TimeDelta;
use service::testkit::TestDatabase;
use sqlx::PgPool;

use super::erp::knowing;
use super::mysql;
use crate::shop::{Shop, noon};

const TEMPLATE: &str = include_str!("../../../../../deploy/connectors/generic-sql.yaml");

/// The views, as the template's header describes them, over what either database understands.
const VIEWS: &str = "
    CREATE TABLE sales (no varchar(20), state varchar(20), total decimal(12, 2), placed timestamp,
                        paid timestamp, changed timestamp(6));
    INSERT INTO sales VALUES ('A1', 'paid', 1234.50, '2026-11-11 17:00:00', '2026-11-11 17:05:00', '2026-11-11 19:30:00'),
                             ('A2', 'new', 0.00, '2026-11-11 19:00:00', NULL, '2026-11-11 19:40:00');
    CREATE VIEW orderwatch_orders AS SELECT no AS order_no, state AS status, 'shop' AS channel,
        'c1' AS customer_no, 'W1' AS warehouse, 'CNY' AS currency, total AS amount, total AS paid_amount,
        placed AS created_at, paid AS paid_at, paid AS ship_by, paid AS cancelled_at,
        paid AS completed_at, changed AS updated_at FROM sales;
    CREATE VIEW orderwatch_lines AS SELECT no AS line_no, no AS order_no, 'S1' AS sku, 2 AS quantity,
        total AS price, changed AS updated_at FROM sales;
    CREATE VIEW orderwatch_shipments AS SELECT no AS shipment_no, no AS order_no, 'SF' AS carrier,
        state AS status, placed AS handed_over_at, paid AS delivered_at, changed AS updated_at FROM sales";

async fn is_read(shop: &Shop) {
    let yaml = TEMPLATE.replace("{name: generic-sql}", "{name: shop}");
    shop.apply(&yaml).await;
    loop {
        let feeds = shop.connector().await.feeds;
        assert_eq!(feeds.len(), 3);
        if let Some(failed) = feeds.iter().find(|feed| !feed.error_code.is_empty()) {
            panic!("{failed:#?}");
        }
        if feeds.iter().all(|feed| feed.last_success_at.is_some()) {
            let counted = |feed: &contracts::ingest::v1::Feed| (feed.facts, feed.quarantined);
            assert_eq!(feeds.iter().map(counted).collect::<Vec<_>>(), [(2, 0); 3]);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let stated = shop.watermarks().await;
    assert_eq!(stated.last(), Some(&(noon() - TimeDelta::minutes(1))));
}

#[tokio::test]
async fn the_template_reads_views_of_postgresql() {
    let database = TestDatabase::empty().await;
    let pool = PgPool::connect(database.url()).await.unwrap();
    sqlx::raw_sql(VIEWS).execute(&pool).await.unwrap();
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), database.url()).unwrap();
    let mut raw = knowing(&secret);
    let place = raw.secrets["shop.erp"].clone();
    raw.secrets.insert("shop.database".to_owned(), place);
    let shop = Shop::with(raw).await;
    is_read(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn the_template_reads_views_of_mysql() {
    let Some(mut erp) = mysql::Erp::open().await else {
        return;
    };
    let of_mysql = VIEWS.replace(" timestamp", " datetime");
    erp.run(&of_mysql).await;
    let mut raw = knowing(&erp.secret);
    let place = raw.secrets["shop.erp"].clone();
    raw.secrets.insert("shop.database".to_owned(), place);
    let shop = Shop::with(raw).await;
    is_read(&shop).await;
    shop.close().await;
    erp.close().await;
}
