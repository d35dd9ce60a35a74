//! A sealed fact says what the fact says that was taken apart.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::sync::Arc;

use contracts::fact::v1;
use contracts::facts::{SealedBatch, SealedFact};
use order::{
    Catalogue, EntityKind, Fact, OrderFacts, OrderView, Revision, Span, Statement, Timestamp, Value,
};
use proptest::prelude::*;
use prost::Message;

const NAMES: [&str; 5] = ["status", "warehouse", "customer_id", "sku", "x_own"];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        ".{0,8}".prop_map(|text| Value::text(&text)),
        any::<i64>().prop_map(|micros| Value::Timestamp(Timestamp::from_micros(micros))),
        any::<i64>().prop_map(|micros| Value::Duration(Span::from_micros(micros))),
        proptest::collection::vec(".{0,4}", 0..3)
            .prop_map(|texts| Value::TextList(texts.into_iter().map(Arc::from).collect())),
        proptest::collection::vec(any::<i64>(), 0..3).prop_map(|instants| {
            Value::instants(instants.into_iter().map(Timestamp::from_micros))
        }),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    let kind = proptest::sample::select(EntityKind::ALL.as_slice());
    let attributes =
        proptest::collection::btree_map(proptest::sample::select(NAMES.as_slice()), value(), 0..5);
    (kind, 0..2_u8, 0..2_u8, -1_i64..2, any::<i64>(), attributes).prop_map(
        |(kind, entity, source, revision, received, attributes)| {
            let entity = match kind {
                EntityKind::Order => "订单 1".to_owned(),
                _ => format!("entity-{entity}"),
            };
            Fact::new(
                format!("source-{source}").parse().unwrap(),
                kind,
                entity.parse().unwrap(),
                Some("订单 1".parse().unwrap()),
                Revision(revision),
                attributes
                    .into_iter()
                    .map(|(name, value)| (Arc::from(name), value))
                    .collect(),
            )
            .unwrap()
            .received(Timestamp::from_micros(received))
        },
    )
}

fn seal(fact: &Fact) -> SealedFact {
    SealedFact::read(v1::Fact::from(fact).encode_to_vec().into()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_sealed_is_copied_byte_by_byte_and_opens_as_it_was(fact in fact()) {
        let bytes = v1::Fact::from(&fact).encode_to_vec();
        let sealed = SealedFact::read(bytes.clone().into()).unwrap();
        prop_assert_eq!(sealed.bytes().as_ref(), bytes.as_slice());
        let opened = sealed.open().unwrap();
        prop_assert_eq!(&opened, &fact);
        prop_assert_eq!(opened.received_at(), fact.received_at());
        prop_assert_eq!(sealed.order_id(), fact.order_id().cloned());
        prop_assert_eq!(Statement::key(&sealed), Statement::key(&fact));
        let mut attributes = Vec::new();
        sealed.each_attribute(|name, value| attributes.push((Arc::from(name), value)));
        prop_assert_eq!(attributes.as_slice(), fact.attributes());
    }

    #[test]
    fn sealed_facts_merge_and_join_as_facts_do(facts in proptest::collection::vec(fact(), 0..12)) {
        let open: OrderFacts = facts.iter().cloned().collect();
        let sealed: OrderFacts<SealedFact> = facts.iter().map(seal).collect();
        let opened: Vec<Fact> = sealed.iter().map(|fact| fact.open().unwrap()).collect();
        prop_assert!(opened.iter().eq(open.iter()));
        let catalogue = Catalogue::standard();
        let id: order::OrderId = "订单 1".parse().unwrap();
        prop_assert_eq!(
            OrderView::join(&catalogue, id.clone(), &sealed),
            OrderView::join(&catalogue, id, &open)
        );
    }

    #[test]
    fn bytes_are_refused_or_read_as_the_decoder_reads_them(
        fact in fact(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = v1::Fact::from(&fact).encode_to_vec();
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let decoded = v1::Fact::decode(bytes.as_slice()).ok().and_then(|wire| Fact::try_from(wire).ok());
        let sealed = SealedFact::read(bytes.into()).ok();
        prop_assert_eq!(sealed.is_some(), decoded.is_some());
        if let (Some(sealed), Some(decoded)) = (sealed, decoded) {
            prop_assert_eq!(sealed.open().unwrap(), decoded);
        }
    }
}

#[test]
fn a_fact_that_is_written_in_an_unusual_way_is_written_anew() {
    let wire = v1::Fact {
        source: " erp ".to_owned(),
        kind: v1::EntityKind::Order.into(),
        entity_id: "A-1\t".trim_end().to_owned() + "  ",
        attributes: vec![
            attribute(
                "warehouse",
                Some(v1::value::Value::TextValue("SH".to_owned())),
            ),
            attribute("amount", Some(v1::value::Value::DoubleValue(2.5))),
            attribute("channel", None),
        ],
        ..v1::Fact::default()
    };
    let sealed = SealedFact::read(wire.encode_to_vec().into()).unwrap();
    assert_eq!(Statement::source(&sealed), "erp");
    assert_eq!(Statement::entity_id(&sealed), "A-1");
    assert_eq!(sealed.order_id(), Some("A-1".parse().unwrap()));
    let mut names = Vec::new();
    sealed.each_attribute(|name, _| names.push(name.to_owned()));
    assert_eq!(names, ["amount", "warehouse"]);
}

#[test]
fn what_is_no_fact_is_refused_with_the_field_at_fault() {
    let mut wire = v1::Fact {
        source: "erp".to_owned(),
        kind: v1::EntityKind::Line.into(),
        entity_id: "1".to_owned(),
        ..v1::Fact::default()
    };
    let refused = |wire: &v1::Fact| {
        SealedFact::read(wire.encode_to_vec().into())
            .unwrap_err()
            .field()
    };
    assert_eq!(refused(&wire), "order_id");
    wire.order_id = "A-1".to_owned();
    wire.attributes = vec![attribute("sku", Some(v1::value::Value::IntValue(1))); 2];
    assert_eq!(refused(&wire), "attributes[sku]");
}

fn attribute(name: &str, value: Option<v1::value::Value>) -> v1::Attribute {
    v1::Attribute {
        name: name.to_owned(),
        value: value.map(|value| v1::Value { value: Some(value) }),
    }
}

#[test]
fn a_sealed_batch_says_what_the_whole_batch_says() {
    let whole = v1::FactBatch {
        batch_id: "b1".to_owned(),
        source: "erp".to_owned(),
        facts: vec![v1::Fact {
            entity_id: "o-1".to_owned(),
            revision: 7,
            ..v1::Fact::default()
        }],
        watermark: Some(prost_types::Timestamp {
            seconds: 5,
            nanos: 6,
        }),
        roster: Some(v1::SourceRoster {
            version: 3,
            sources: vec![v1::SourceDeclaration::default()],
        }),
        sequence: 8,
        oldest_retained_sequence: 9,
    };
    let sealed = SealedBatch::decode(whole.encode_to_vec().as_slice()).unwrap();
    let facts = sealed
        .facts
        .iter()
        .map(|fact| v1::Fact::decode(fact.clone()));
    assert_eq!(facts.collect::<Result<Vec<_>, _>>().unwrap(), whole.facts);
    assert_eq!(sealed.source, whole.source);
    assert_eq!(sealed.watermark, whole.watermark);
    assert_eq!(sealed.roster, whole.roster);
    assert_eq!(sealed.sequence, whole.sequence);
    let oldest = sealed.oldest_retained_sequence;
    assert_eq!(oldest, whole.oldest_retained_sequence);
}
