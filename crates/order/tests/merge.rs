//! The merge of facts does not depend on how they arrive.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::sync::Arc;

use order::{Catalogue, EntityKind, Fact, OrderFacts, OrderView, Revision, Timestamp, Value};
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Missing),
        any::<bool>().prop_map(Value::Bool),
        (0_i64..3).prop_map(Value::Int),
        prop_oneof![Just(f64::NAN), Just(-0.0), Just(0.0), Just(1.5)].prop_map(Value::Double),
        "[ab]{0,2}".prop_map(|text| Value::text(&text)),
        (0_i64..3).prop_map(|hours| Value::Timestamp(Timestamp::from_seconds(hours * 3_600))),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    let kind = prop_oneof![
        Just(EntityKind::Order),
        Just(EntityKind::Line),
        Just(EntityKind::Shipment),
    ];
    let attributes = proptest::collection::vec((0..3_usize, value()), 0..3);
    (kind, 0..2_u8, 0..2_u8, 0_i64..3, attributes).prop_map(
        |(kind, entity, source, revision, mut attributes)| {
            attributes.sort_by_key(|(name, _)| *name);
            attributes.dedup_by_key(|(name, _)| *name);
            let entity = if kind == EntityKind::Order {
                "o".to_owned()
            } else {
                entity.to_string()
            };
            let names = ["status", "warehouse", "x_own"];
            Fact::new(
                format!("source-{source}").parse().unwrap(),
                kind,
                entity.parse().unwrap(),
                Some("o".parse().unwrap()),
                Revision(revision),
                attributes
                    .into_iter()
                    .map(|(n, v)| (Arc::from(names[n]), v))
                    .collect(),
            )
            .unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_and_any_repetition_give_the_same_facts_and_the_same_view(
        facts in proptest::collection::vec(fact(), 0..12),
        again in proptest::collection::vec(any::<proptest::sample::Index>(), 0..6),
        shuffle in any::<u64>(),
    ) {
        let once: OrderFacts = facts.iter().cloned().collect();
        let mut disturbed = facts.clone();
        if !facts.is_empty() {
            disturbed.extend(again.iter().map(|index| index.get(&facts).clone()));
        }
        let length = disturbed.len().max(1);
        for index in 0..disturbed.len() {
            disturbed.swap(index, (shuffle as usize).wrapping_mul(index + 7) % length);
        }
        let twice: OrderFacts = disturbed.into_iter().collect();
        prop_assert_eq!(&once, &twice);
        let catalogue = Catalogue::standard();
        let id: order::OrderId = "o".parse().unwrap();
        prop_assert_eq!(
            OrderView::join(&catalogue, id.clone(), &once),
            OrderView::join(&catalogue, id, &twice)
        );
    }

    #[test]
    fn two_halves_merged_apart_and_together_are_the_whole(
        facts in proptest::collection::vec(fact(), 0..12),
        cut in any::<proptest::sample::Index>(),
    ) {
        let cut = cut.index(facts.len() + 1);
        let mut left: OrderFacts = facts[..cut].iter().cloned().collect();
        let right: OrderFacts = facts[cut..].iter().cloned().collect();
        for fact in &right {
            left.merge(fact.clone());
        }
        prop_assert_eq!(left, facts.into_iter().collect::<OrderFacts>());
    }

    #[test]
    fn merging_says_whether_anything_is_new(facts in proptest::collection::vec(fact(), 0..8)) {
        let mut known = OrderFacts::default();
        for fact in facts {
            let before = known.clone();
            let news = known.merge(fact);
            prop_assert_eq!(news, before != known);
        }
    }
}

#[test]
fn a_newer_version_without_an_attribute_takes_it_away() {
    let version = |revision, attributes: Vec<(Arc<str>, Value)>| {
        Fact::new(
            "erp".parse().unwrap(),
            EntityKind::Order,
            "o".parse().unwrap(),
            None,
            Revision(revision),
            attributes,
        )
        .unwrap()
    };
    let mut facts = OrderFacts::default();
    assert!(facts.merge(version(1, vec![(Arc::from("status"), Value::text("paid"))])));
    assert!(facts.merge(version(2, vec![])));
    assert!(!facts.merge(version(1, vec![(Arc::from("status"), Value::text("paid"))])));
    assert!(
        facts
            .iter()
            .next()
            .unwrap()
            .attribute("status")
            .is_missing()
    );
}
