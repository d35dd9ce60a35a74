//! Sources that are late.

use order::Span;

use crate::shop::{Shop, hours, minutes};
use crate::{RULES, VIP};

async fn open() -> Shop {
    let mut shop = Shop::open(&format!("{RULES}---{VIP}")).await;
    shop.declare(&[("carrier", "logistics", true), ("erp", "erp", false)])
        .await;
    shop.late_after("carrier", Some(Span::from_hours(1))).await;
    shop.watermark("carrier", hours(2)).await;
    shop
}

#[tokio::test]
async fn a_source_is_late_when_its_time_is_up_names_who_waits_and_recovers_by_itself() {
    let mut shop = open().await;
    let lateness = shop.lateness();
    shop.clock_shows(hours(3) - Span::from_micros(1));
    lateness.look().await.unwrap();
    assert_eq!(shop.exceptions().await, []);

    shop.clock_shows(hours(3) + minutes(5));
    lateness.look().await.unwrap();
    lateness.look().await.unwrap();
    let opened = (
        "source:carrier".into(),
        "source-late".into(),
        hours(3),
        None,
    );
    assert_eq!(shop.exceptions().await, [opened]);
    // Only one of the two rules reads what the carrier knows.
    let through = hours(2);
    assert_eq!(
        shop.reasons().await,
        [format!(
            "source carrier is complete through {through}; rule late waits for it"
        )]
    );
    let row = shop.rows().await.remove(0);
    assert_eq!(row.late_sources, ["carrier"]);

    // It catches up in steps, and is late until it has.
    shop.clock_shows(hours(6));
    shop.watermark("carrier", hours(4)).await;
    lateness.look().await.unwrap();
    assert_eq!(shop.events().await.len(), 1);
    shop.watermark("carrier", hours(5) + minutes(30)).await;
    lateness.look().await.unwrap();
    let cleared = (
        "source:carrier".into(),
        "source-late".into(),
        hours(3),
        Some(hours(6)),
    );
    assert_eq!(shop.exceptions().await, [cleared]);
    let told = shop.events().await;
    assert_eq!(
        told,
        [
            ("source-late".into(), "opened"),
            ("source-late".into(), "cleared")
        ]
    );

    // The next time is another exception.
    shop.clock_shows(hours(8));
    lateness.look().await.unwrap();
    assert_eq!(shop.exceptions().await.len(), 2);
}

#[tokio::test]
async fn several_replicas_tell_once() {
    let shop = open().await;
    shop.clock_shows(hours(9));
    let replicas: Vec<_> = (0..4).map(|_| shop.lateness()).collect();
    let looks = replicas.iter().map(|replica| replica.look());
    for looked in futures::future::join_all(looks).await {
        looked.unwrap();
    }
    assert_eq!(shop.events().await, [("source-late".into(), "opened")]);
}

#[tokio::test]
async fn what_is_declared_otherwise_is_late_no_longer() {
    let mut shop = open().await;
    let lateness = shop.lateness();
    shop.clock_shows(hours(9));
    lateness.look().await.unwrap();
    shop.late_after("carrier", None).await;
    lateness.look().await.unwrap();
    let told = shop.events().await;
    assert_eq!(
        told,
        [
            ("source-late".into(), "opened"),
            ("source-late".into(), "cleared")
        ]
    );
    shop.clock_shows(hours(99));
    lateness.look().await.unwrap();
    assert_eq!(shop.events().await.len(), 2);
}

#[tokio::test]
async fn a_source_that_never_says_anything_is_late_from_when_it_was_heard_of() {
    let mut shop = Shop::open(RULES).await;
    shop.declare(&[("carrier", "logistics", true)]).await;
    shop.late_after("carrier", Some(Span::from_hours(2))).await;
    shop.clock_shows(hours(5));
    shop.lateness().look().await.unwrap();
    let opened = (
        "source:carrier".into(),
        "source-late".into(),
        hours(2),
        None,
    );
    assert_eq!(shop.exceptions().await, [opened]);
    let reasons = shop.reasons().await;
    assert_eq!(
        reasons,
        ["source carrier has never said how far it is complete; rule late waits for it"]
    );
}
