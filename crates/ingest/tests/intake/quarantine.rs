use contracts::ingest::v1::{
    DiscardQuarantineRequest, ListQuarantineRequest, ListQuarantineResponse,
    ReplayQuarantineRequest,
};
use tonic::Code;

use crate::shop::{MAPPING, Shop, batch, order, records};

impl Shop {
    async fn quarantine(&self, request: ListQuarantineRequest) -> ListQuarantineResponse {
        self.client
            .clone()
            .list_quarantine(request)
            .await
            .unwrap()
            .into_inner()
    }
}

#[tokio::test]
async fn quarantine_is_listed_by_pages_and_filters() {
    let shop = Shop::open().await;
    let lines: Vec<&[u8]> = vec![b"|2026-06-01|1||"; 5];
    shop.client
        .clone()
        .import_records(records("1", &lines))
        .await
        .unwrap();
    shop.push(batch("b1", vec![order("", 1.0)])).await.unwrap();
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = shop
            .quarantine(ListQuarantineRequest {
                page_size: 4,
                page_token,
                ..Default::default()
            })
            .await;
        assert_eq!(page.total, 6);
        seen.extend(page.records.into_iter().map(|record| record.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let of_mapping = ListQuarantineRequest {
        mapping: "shop".to_owned(),
        ..Default::default()
    };
    assert_eq!(shop.quarantine(of_mapping).await.total, 5);
    let of_source = ListQuarantineRequest {
        source: "erp".to_owned(),
        ..Default::default()
    };
    let of_source = shop.quarantine(of_source).await;
    assert_eq!(
        (of_source.total, of_source.records[0].field.as_str()),
        (1, "entity_id")
    );
}

#[tokio::test]
async fn a_mended_mapping_turns_quarantined_records_into_facts() {
    let shop = Shop::open().await;
    let lines: [&[u8]; 2] = [b"o1|01.06.2026|1||", b"o2|2026-06-01|eleven||"];
    shop.client
        .clone()
        .import_records(records("1", &lines))
        .await
        .unwrap();
    assert!(shop.journal().await.iter().all(|row| row.facts.is_empty()));
    let mended = MAPPING.replace("paid_at: wall(row.paid)", "status: row.paid");
    let replay = ReplayQuarantineRequest {
        mapping_yaml: mended,
        actor: "wei".to_owned(),
        ..Default::default()
    };
    let answer = shop
        .client
        .clone()
        .replay_quarantine(replay.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (
            answer.replayed,
            answer.facts,
            answer.still_quarantined.len()
        ),
        (1, 1, 1)
    );
    assert!(
        answer.still_quarantined[0]
            .error
            .contains("\"eleven\" is not a number")
    );

    let facts: Vec<_> = shop
        .journal()
        .await
        .into_iter()
        .flat_map(|row| row.facts)
        .collect();
    assert_eq!((facts.len(), facts[0].entity_id.as_str()), (1, "o1"));
    let events = shop.events("record.replayed").await;
    assert_eq!(
        (
            events.len(),
            events[0].actor.as_ref().unwrap().name.as_str()
        ),
        (1, "wei")
    );
    let left = shop.quarantine(ListQuarantineRequest::default()).await;
    assert_eq!((left.total, left.records[0].line), (1, 3));
    let nothing = ReplayQuarantineRequest {
        ids: vec![events[0].id.clone()],
        ..replay
    };
    let refused = shop
        .client
        .clone()
        .replay_quarantine(nothing)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn records_are_given_up_only_by_name_and_with_a_reason() {
    let shop = Shop::open().await;
    let answer = shop.push(batch("b1", vec![order("", 1.0)])).await.unwrap();
    let mut discard = DiscardQuarantineRequest {
        ids: vec![answer.rejected[0].quarantine_id.clone()],
        actor: "wei".to_owned(),
        ..DiscardQuarantineRequest::default()
    };
    let mut client = shop.client.clone();
    let refused = client
        .discard_quarantine(discard.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    discard.reason = "test data".to_owned();
    assert_eq!(
        client
            .discard_quarantine(discard.clone())
            .await
            .unwrap()
            .into_inner()
            .discarded,
        1
    );
    assert_eq!(
        client
            .discard_quarantine(discard)
            .await
            .unwrap()
            .into_inner()
            .discarded,
        0
    );
    let events = shop.events("record.discarded").await;
    assert_eq!((events.len(), events[0].reason.as_str()), (1, "test data"));
    assert_eq!(
        shop.quarantine(ListQuarantineRequest::default())
            .await
            .total,
        0
    );
}
