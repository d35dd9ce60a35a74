//! The journal read by order and by what orders share.

use contracts::fact::v1::{EntityKind, Fact, FactBatch};
use contracts::ingest::v1::{Archive, ArchivedFact, ReadEntityFactsRequest, ReadOrderFactsRequest};
use ingest::RawConfig;
use tonic::{Code, Status};

use crate::shop::{Shop, batch, order};

/// What one answer held.
pub(crate) struct Read {
    pub(crate) archive: Archive,
    pub(crate) facts: Vec<ArchivedFact>,
    pub(crate) messages: usize,
}

impl Read {
    /// Source, sequence and entity of each fact.
    pub(crate) fn told(&self) -> Vec<(String, i64, String)> {
        let told = |archived: &ArchivedFact| {
            let fact = archived.fact.as_ref().unwrap();
            (
                fact.source.clone(),
                archived.sequence,
                fact.entity_id.clone(),
            )
        };
        self.facts.iter().map(told).collect()
    }
}

impl Shop {
    pub(crate) async fn order_facts(&self, id: &str) -> Result<Read, Status> {
        self.order_facts_of(id, &[]).await
    }

    async fn order_facts_of(&self, id: &str, sources: &[&str]) -> Result<Read, Status> {
        let request = ReadOrderFactsRequest {
            order_id: id.to_owned(),
            sources: sources.iter().map(ToString::to_string).collect(),
        };
        let mut answers = self
            .client
            .clone()
            .read_order_facts(request)
            .await?
            .into_inner();
        let (mut archive, mut facts, mut messages) = (None, Vec::new(), 0);
        while let Some(answer) = answers.message().await? {
            archive = archive.or(answer.archive);
            facts.extend(answer.facts);
            messages += 1;
        }
        let archive = archive.expect("the first answer says what is retained");
        Ok(Read {
            archive,
            facts,
            messages,
        })
    }

    async fn entity_facts(&self, kind: EntityKind, id: &str) -> Result<Vec<ArchivedFact>, Status> {
        let request = ReadEntityFactsRequest {
            kind: kind as i32,
            entity_id: id.to_owned(),
            sources: Vec::new(),
        };
        let mut answers = self
            .client
            .clone()
            .read_entity_facts(request)
            .await?
            .into_inner();
        let mut facts = Vec::new();
        while let Some(answer) = answers.message().await? {
            facts.extend(answer.facts);
        }
        Ok(facts)
    }

    /// Waits until everything is sealed.
    pub(crate) async fn sealed(&self) {
        self.forgotten("SELECT count(*) FROM fact_tail").await;
    }
}

/// A service that seals whatever it finds.
pub(crate) fn sealing() -> RawConfig {
    RawConfig {
        seal_entries: 1,
        ..RawConfig::default()
    }
}

pub(crate) fn entity(kind: EntityKind, id: &str, order_id: &str) -> Fact {
    Fact {
        source: "logistics".to_owned(),
        kind: kind as i32,
        entity_id: id.to_owned(),
        order_id: order_id.to_owned(),
        revision: 1,
        ..Fact::default()
    }
}

pub(crate) fn shipments(batch_id: &str, facts: Vec<Fact>) -> FactBatch {
    FactBatch {
        source: "logistics".to_owned(),
        ..batch(batch_id, facts)
    }
}

#[tokio::test]
async fn the_facts_of_an_order_come_in_order_of_arrival_across_sources_and_restarts() {
    let mut shop = Shop::with(sealing()).await;
    let shipment = |id| entity(EntityKind::Shipment, id, "o1");
    shop.push(batch("b1", vec![order("o1", 1.0), order("o2", 1.0)]))
        .await
        .unwrap();
    shop.push(shipments("b1", vec![shipment("w1"), shipment("w2")]))
        .await
        .unwrap();
    shop.push(batch("b2", vec![order("o2", 2.0)]))
        .await
        .unwrap();
    shop.sealed().await;
    shop.push(batch("b3", vec![order("o3", 1.0), order("o1", 3.0)]))
        .await
        .unwrap();
    shop.sealed().await;
    shop = shop.reopen().await;
    // These are not sealed any more.
    shop.push(shipments("b2", vec![shipment("w3")]))
        .await
        .unwrap();
    shop.push(batch("b4", vec![order("o1", 4.0), order("o1", 5.0)]))
        .await
        .unwrap();

    let read = shop.order_facts("o1").await.unwrap();
    let told = read.told();
    let told: Vec<_> = told
        .iter()
        .map(|(s, n, e)| (s.as_str(), *n, e.as_str()))
        .collect();
    let expected = [
        ("erp", 1, "o1"),
        ("logistics", 1, "w1"),
        ("logistics", 1, "w2"),
        ("erp", 3, "o1"),
        ("logistics", 2, "w3"),
        ("erp", 4, "o1"),
        ("erp", 4, "o1"),
    ];
    assert_eq!(told, expected);
    let at = |fact: &ArchivedFact| fact.journalled_at.map(|at| (at.seconds, at.nanos));
    assert!(read.facts.iter().map(at).is_sorted());
    assert_eq!(
        at(&read.facts[0]),
        read.archive.oldest.map(|at| (at.seconds, at.nanos))
    );
    assert!(
        read.facts
            .iter()
            .all(|fact| fact.fact.as_ref().unwrap().received_at.is_some())
    );

    let of_logistics = shop.order_facts_of("o1", &["logistics"]).await.unwrap();
    assert_eq!(of_logistics.facts.len(), 3);
    assert_eq!(shop.order_facts("o3").await.unwrap().facts.len(), 1);
}

#[tokio::test]
async fn of_an_unknown_order_there_is_no_fact_and_it_is_said_what_is_retained() {
    let shop = Shop::open().await;
    let nothing = shop.order_facts("o1").await.unwrap();
    assert_eq!((nothing.facts.len(), nothing.archive.oldest), (0, None));
    shop.push(batch("b1", vec![order("o2", 1.0)]))
        .await
        .unwrap();
    let unknown = shop.order_facts("o1").await.unwrap();
    assert!(unknown.facts.is_empty());
    assert!(unknown.archive.oldest.is_some());
    assert!(unknown.archive.unindexed_days.is_empty());
}

#[tokio::test]
async fn orders_of_the_same_hash_are_told_apart() {
    let shop = Shop::with(sealing()).await;
    let (one, other) = ("A-77802", "A-79094");
    shop.push(batch("b1", vec![order(one, 1.0)])).await.unwrap();
    shop.push(batch("b2", vec![order(other, 1.0), order("o1", 1.0)]))
        .await
        .unwrap();
    for _ in 0..2 {
        for (id, sequence) in [(one, 1), (other, 2)] {
            let read = shop.order_facts(id).await.unwrap();
            assert_eq!(read.told(), [("erp".to_owned(), sequence, id.to_owned())]);
        }
        shop.sealed().await;
    }
}

#[tokio::test]
async fn what_orders_share_is_found_by_its_own_id() {
    let shop = Shop::with(sealing()).await;
    let facts = vec![
        entity(EntityKind::Customer, "7", ""),
        entity(EntityKind::Stock, "7", ""),
        entity(EntityKind::Shipment, "7", "7"),
    ];
    shop.push(shipments("b1", facts)).await.unwrap();
    for _ in 0..2 {
        for kind in [EntityKind::Customer, EntityKind::Stock] {
            let found = shop.entity_facts(kind, "7").await.unwrap();
            let kinds: Vec<_> = found
                .iter()
                .map(|fact| fact.fact.as_ref().unwrap().kind)
                .collect();
            assert_eq!(kinds, [kind as i32]);
        }
        assert_eq!(shop.order_facts("7").await.unwrap().facts.len(), 1);
        shop.sealed().await;
    }
    let refused = shop
        .entity_facts(EntityKind::Shipment, "7")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("ReadOrderFacts"), "{refused:?}");
    assert!(refused.message().contains("`shipment`"), "{refused:?}");
}

#[tokio::test]
async fn an_order_of_ten_thousand_facts_is_read_whole_in_several_answers() {
    let shop = Shop::with(sealing()).await;
    let note = "n".repeat(400);
    for number in 0..20 {
        let fact = |line: usize| {
            let mut fact = order("o1", 1.0);
            fact.kind = EntityKind::Line as i32;
            fact.entity_id = format!("{number}-{line}");
            "o1".clone_into(&mut fact.order_id);
            "x_note".clone_into(&mut fact.attributes[0].name);
            fact.attributes[0].value.as_mut().unwrap().value =
                Some(contracts::fact::v1::value::Value::TextValue(note.clone()));
            fact
        };
        let facts: Vec<Fact> = (0..500).map(fact).chain([order("o2", 1.0)]).collect();
        let answer = shop
            .push(batch(&format!("b{number}"), facts))
            .await
            .unwrap();
        assert_eq!(answer.accepted, 501);
    }
    for _ in 0..2 {
        let read = shop.order_facts("o1").await.unwrap();
        let expected = (0..20).flat_map(|number| {
            (0..500).map(move |line| ("erp".to_owned(), number + 1, format!("{number}-{line}")))
        });
        assert!(read.told().into_iter().eq(expected));
        assert!(read.messages > 2, "{} messages", read.messages);
        shop.sealed().await;
    }
}

#[tokio::test]
async fn ids_that_mean_mischief_are_ids_like_others_or_refused() {
    let shop = Shop::open().await;
    let long = "x".repeat(128);
    let ids = [
        "'; DROP TABLE fact_tail; --",
        "%",
        "o_1\\",
        "{1,2}",
        "双11-0001",
        "\u{202e}1",
        &long,
    ];
    for (number, id) in ids.iter().enumerate() {
        let facts = vec![order(id, 1.0)];
        shop.push(batch(&format!("b{number}"), facts))
            .await
            .unwrap();
    }
    for id in ids {
        let read = shop.order_facts(id).await.unwrap();
        assert_eq!(read.facts.len(), 1, "{id}");
        assert_eq!(read.facts[0].fact.as_ref().unwrap().order_id, id);
    }
    // Blanks around an id are no part of it.
    assert_eq!(shop.order_facts(" % ").await.unwrap().facts.len(), 1);
    let too_long = "x".repeat(10_000);
    for (id, told) in [
        ("", "empty"),
        (" ", "empty"),
        ("o\0", "control"),
        (too_long.as_str(), "bytes"),
    ] {
        let refused = shop.order_facts(id).await.err().unwrap();
        assert_eq!(refused.code(), Code::InvalidArgument, "{id:?}");
        assert!(refused.message().contains("order_id"), "{refused:?}");
        assert!(refused.message().contains(told), "{refused:?}");
    }
}
