//! What is in quarantine by source and reason.

use contracts::ingest::v1 as wire;
use tonic::Code;

use crate::shop::{MAPPING, Shop, records};

async fn groups(shop: &Shop) -> wire::ListQuarantineGroupsResponse {
    let request = wire::ListQuarantineGroupsRequest::default();
    let listed = shop.client.clone().list_quarantine_groups(request).await;
    listed.unwrap().into_inner()
}

/// Fills the quarantine: 1,200 records whose instant is written otherwise, three whose amount
/// is no number.
async fn filled() -> Shop {
    let shop = Shop::open().await;
    let lines: Vec<String> = (0..1_200)
        .map(|number| {
            format!(
                "o{number}|{:02}.06.2026 um {number}|1||1381234{number:04}",
                number % 30
            )
        })
        .chain(
            ["eleven", "tel 13912345678", "x"]
                .map(|amount| format!("p{amount}|2026-06-01|{amount}||")),
        )
        .collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let imported = shop
        .client
        .clone()
        .import_records(records("1", &lines))
        .await;
    assert_eq!(imported.unwrap().into_inner().quarantined.len(), 1_203);
    shop
}

#[tokio::test]
async fn a_thousand_records_with_one_reason_are_one_line() {
    let shop = filled().await;
    let found = groups(&shop).await;
    assert_eq!((found.total_groups, found.total_records), (2, 1_203));
    let [largest, amounts] = found.groups.as_slice() else {
        panic!("{:#?}", found.groups);
    };
    assert_eq!((largest.records, amounts.records), (1_200, 3));
    let named = |group: &wire::QuarantineGroup| {
        let parts = [&group.mapping, &group.dataset, &group.source, &group.field];
        parts.map(String::clone)
    };
    assert_eq!(
        named(largest),
        ["shop", "orders.csv", "shop-erp", "paid_at"]
    );
    assert_eq!(named(amounts), ["shop", "orders.csv", "shop-erp", "amount"]);
    assert!(
        largest
            .reason
            .contains("… is not a wall-clock time: expected"),
        "{}",
        largest.reason
    );
    assert!(
        amounts.reason.contains("… is not a number"),
        "{}",
        amounts.reason
    );
    assert!(largest.first_at.is_some() && largest.last_at.is_some());
    assert_eq!(largest.samples.len(), 2);
    let told = format!("{found:?}");
    for personal in ["13812340000", "13812341199", "13912345678"] {
        assert!(!told.contains(personal), "{personal}");
    }
    assert!(
        largest.samples[0].sample.contains("phone=138****"),
        "{largest:?}"
    );
}

#[tokio::test]
async fn records_are_listed_by_their_group() {
    let shop = filled().await;
    let amounts = groups(&shop).await.groups.swap_remove(1);
    let request = wire::ListQuarantineRequest {
        group: amounts.id.clone(),
        ..wire::ListQuarantineRequest::default()
    };
    let listed = shop.client.clone().list_quarantine(request).await;
    let listed = listed.unwrap().into_inner();
    assert_eq!((listed.total, listed.records.len()), (3, 3));
    assert!(listed.records.iter().all(|record| record.field == "amount"));
    let request = wire::ListQuarantineRequest {
        ids: vec![listed.records[1].id.clone()],
        ..wire::ListQuarantineRequest::default()
    };
    let one = shop.client.clone().list_quarantine(request).await;
    assert_eq!(
        one.unwrap().into_inner().records,
        [listed.records[1].clone()]
    );
}

#[tokio::test]
async fn a_mended_mapping_replays_a_whole_group_and_tells_what_stays() {
    let shop = filled().await;
    let found = groups(&shop).await;
    let mended = MAPPING.replace("paid_at: wall(row.paid)", "status: row.paid");
    let replay = wire::ReplayQuarantineRequest {
        group: found.groups[0].id.clone(),
        mapping_yaml: mended.clone(),
        actor: "wei".to_owned(),
        ..wire::ReplayQuarantineRequest::default()
    };
    let mut client = shop.client.clone();
    // Somebody else works on one of them.
    let mut other = shop.pool().begin().await.unwrap();
    let held =
        "SELECT id FROM quarantine WHERE field = 'paid_at' ORDER BY position LIMIT 1 FOR UPDATE";
    sqlx::query(held).fetch_one(&mut *other).await.unwrap();
    let answer = client
        .replay_quarantine(replay.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.replayed, answer.facts), (1_199, 1_199));
    assert_eq!((answer.still_total, answer.left), (0, 1));
    other.rollback().await.unwrap();
    let answer = client
        .replay_quarantine(replay.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.replayed, answer.left), (1, 0));

    let amounts = wire::ReplayQuarantineRequest {
        group: found.groups[1].id.clone(),
        ..replay
    };
    let answer = client
        .replay_quarantine(amounts)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.replayed, answer.still_total), (0, 3));
    let left = groups(&shop).await;
    assert_eq!((left.total_groups, left.total_records), (1, 3));
}

#[tokio::test]
async fn a_record_that_is_damaged_does_not_stop_its_neighbours() {
    let shop = filled().await;
    let damage = "UPDATE quarantine SET record = '\\xff' WHERE position = (SELECT min(position) FROM quarantine)";
    sqlx::query(damage).execute(shop.pool()).await.unwrap();
    let replay = wire::ReplayQuarantineRequest {
        mapping: "shop".to_owned(),
        dataset: "orders.csv".to_owned(),
        mapping_yaml: MAPPING.replace("paid_at: wall(row.paid)", "status: row.paid"),
        actor: "wei".to_owned(),
        ..wire::ReplayQuarantineRequest::default()
    };
    let answer = shop.client.clone().replay_quarantine(replay).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!((answer.replayed, answer.still_total), (1_199, 4));
    let told = answer
        .still_quarantined
        .iter()
        .map(|record| record.error.as_str());
    assert!(
        told.into_iter()
            .any(|error| error.contains("cannot be read any more"))
    );
}

#[tokio::test]
async fn a_group_is_given_up_as_a_whole_with_a_reason() {
    let shop = filled().await;
    let found = groups(&shop).await;
    let discard = wire::DiscardQuarantineRequest {
        group: found.groups[0].id.clone(),
        actor: "wei".to_owned(),
        reason: "a test of the vendor's".to_owned(),
        ..wire::DiscardQuarantineRequest::default()
    };
    let mut client = shop.client.clone();
    let both = wire::DiscardQuarantineRequest {
        ids: vec![found.groups[0].samples[0].id.clone()],
        ..discard.clone()
    };
    let refused = client.discard_quarantine(both).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let unknown = wire::DiscardQuarantineRequest {
        group: "paid_at".to_owned(),
        ..discard.clone()
    };
    let refused = client.discard_quarantine(unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let answer = client
        .discard_quarantine(discard)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.discarded, answer.left), (1_200, 0));
    assert_eq!(shop.events("record.discarded").await.len(), 1_200);
    assert_eq!(groups(&shop).await.total_records, 3);
}
