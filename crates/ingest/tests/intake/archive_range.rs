//! The journal read between two instants.

use contracts::ingest::v1::{Archive, ArchivedBatch, ReadFactsRequest};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::archive::{entity, shipments};
use crate::shop::{Shop, batch, order};
use contracts::fact::v1::EntityKind;

/// What one answer held.
pub(crate) struct Between {
    pub(crate) archive: Archive,
    pub(crate) batches: Vec<ArchivedBatch>,
}

impl Between {
    /// Source and sequence of each batch.
    pub(crate) fn told(&self) -> Vec<(String, i64)> {
        let batches = self
            .batches
            .iter()
            .map(|batch| batch.batch.as_ref().unwrap());
        batches
            .map(|batch| (batch.source.clone(), batch.sequence))
            .collect()
    }
}

impl Shop {
    pub(crate) async fn between(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        sources: &[&str],
    ) -> Result<Between, Status> {
        let sources = sources.iter().map(ToString::to_string).collect();
        let request = ReadFactsRequest { from, to, sources };
        let mut answers = self.client.clone().read_facts(request).await?.into_inner();
        let (mut archive, mut batches) = (None, Vec::new());
        while let Some(answer) = answers.message().await? {
            archive = archive.or(answer.archive);
            batches.extend(answer.batches);
        }
        let archive = archive.expect("the first answer says what is retained");
        Ok(Between { archive, batches })
    }
}

fn sources(told: &[(String, i64)]) -> Vec<(&str, i64)> {
    told.iter()
        .map(|(source, sequence)| (source.as_str(), *sequence))
        .collect()
}

/// The instant that many seconds after another.
fn after(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp {
        seconds: at.seconds + seconds,
        ..at
    }
}

#[tokio::test]
async fn what_was_journalled_between_two_instants_comes_in_order_of_arrival() {
    let shop = Shop::open().await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    shop.push(shipments("b1", vec![entity(EntityKind::Customer, "c", "")]))
        .await
        .unwrap();
    shop.push(batch("b2", vec![order("o1", 2.0), order("o2", 2.0)]))
        .await
        .unwrap();
    shop.push(batch("b3", vec![order("o3", 2.0)]))
        .await
        .unwrap();
    let all = shop.between(None, None, &[]).await.unwrap();
    let expected = [("erp", 1), ("logistics", 1), ("erp", 2), ("erp", 3)];
    assert_eq!(sources(&all.told()), expected);
    // Batches are as they were journalled.
    let journal = shop.journal().await;
    assert!(
        all.batches
            .iter()
            .map(|batch| batch.batch.clone().unwrap())
            .eq(journal)
    );

    // The beginning belongs to the range, the end does not.
    let at = |index: usize| all.batches[index].journalled_at;
    let some = shop.between(at(1), at(3), &[]).await.unwrap();
    assert_eq!(sources(&some.told()), [("logistics", 1), ("erp", 2)]);
    assert_eq!(some.archive.through, at(3));
    let nothing = shop.between(at(1), at(1), &[]).await.unwrap();
    assert!(nothing.batches.is_empty());
    let of_one = shop.between(None, None, &["logistics"]).await.unwrap();
    assert_eq!(sources(&of_one.told()), [("logistics", 1)]);
    let of_both = shop
        .between(at(2), None, &["logistics", "erp"])
        .await
        .unwrap();
    assert_eq!(sources(&of_both.told()), [("erp", 2), ("erp", 3)]);
}

#[tokio::test]
async fn a_range_outside_of_what_is_retained_is_answered_with_what_is() {
    let shop = Shop::open().await;
    let long_ago = Timestamp {
        seconds: 1_500_000_000,
        nanos: 0,
    };
    let empty = shop.between(Some(long_ago), None, &[]).await.unwrap();
    assert_eq!((empty.batches.len(), empty.archive.oldest), (0, None));
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    let oldest = shop.between(None, None, &[]).await.unwrap().batches[0].journalled_at;
    assert!(oldest.is_some());
    for to in [after(long_ago, 1), after(long_ago, 3_600)] {
        let before = shop.between(Some(long_ago), Some(to), &[]).await.unwrap();
        assert!(before.batches.is_empty());
        assert_eq!(before.archive.oldest, oldest);
        assert_eq!(before.archive.through, Some(to));
    }
    let overlapping = shop.between(Some(long_ago), None, &[]).await.unwrap();
    assert_eq!(
        (overlapping.batches.len(), overlapping.archive.oldest),
        (1, oldest)
    );
    // Nor does it matter how far away an instant is.
    let far = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let (early, late) = (far(-9_000_000_000_000), far(9_000_000_000_000));
    assert_eq!(
        shop.between(early, late, &[]).await.unwrap().batches.len(),
        1
    );
    assert!(
        shop.between(early, early, &[])
            .await
            .unwrap()
            .batches
            .is_empty()
    );
    assert!(
        shop.between(late, None, &[])
            .await
            .unwrap()
            .batches
            .is_empty()
    );
    // What is to come is not promised.
    let tomorrow = after(oldest.unwrap(), 86_400);
    let ahead = shop.between(None, Some(tomorrow), &[]).await.unwrap();
    assert_eq!(ahead.batches.len(), 1);
    assert!(ahead.archive.through.unwrap().seconds < tomorrow.seconds);
    let later = after(tomorrow, 1);
    let future = shop
        .between(Some(tomorrow), Some(later), &[])
        .await
        .unwrap();
    assert!(future.batches.is_empty());
}

#[tokio::test]
async fn ranges_and_sources_that_cannot_be_are_refused() {
    let shop = Shop::open().await;
    shop.push(batch("b1", vec![order("o1", 1.0)]))
        .await
        .unwrap();
    let (one, two) = (
        Timestamp {
            seconds: 1,
            nanos: 0,
        },
        Timestamp {
            seconds: 2,
            nanos: 0,
        },
    );
    let broken = Timestamp {
        seconds: 0,
        nanos: -1,
    };
    let absurd = Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    };
    for (from, to, names, told) in [
        (
            Some(two),
            Some(one),
            &[][..],
            "from: 1970-01-01T00:00:02Z is later than `to`",
        ),
        (Some(broken), None, &[], "from: -1 nanoseconds"),
        (None, Some(absurd), &[], "to: 9223372036854775807 seconds"),
        (None, None, &["shop"], "no source `shop` was ever declared"),
        (None, None, &["ERP"], "sources: source name `ERP`"),
    ] {
        let refused = shop.between(from, to, names).await.err().unwrap();
        assert_eq!(refused.code(), Code::InvalidArgument, "{told}");
        assert!(
            refused.message().contains(told),
            "{told}: {}",
            refused.message()
        );
    }
}

#[tokio::test]
async fn a_range_of_many_batches_is_read_page_by_page_each_batch_once() {
    let shop = Shop::open().await;
    let pushes = (0..2_300).map(|number| {
        let id = format!("b{number}");
        let batch = batch(&id, vec![order(&id, 1.0)]);
        contracts::ingest::v1::PushFactsStreamRequest { batch: Some(batch) }
    });
    let pushes: Vec<_> = pushes.collect();
    shop.client
        .clone()
        .push_facts_stream(tokio_stream::iter(pushes))
        .await
        .unwrap();
    let all = shop.between(None, None, &[]).await.unwrap().told();
    assert!(
        all.into_iter()
            .eq((1..=2_300).map(|number| ("erp".to_owned(), number)))
    );
}

#[tokio::test]
async fn an_answer_that_a_stop_cuts_short_does_not_look_complete() {
    let shop = Shop::open().await;
    for number in 0..12 {
        let mut fact = order("o1", 1.0);
        "x_note".clone_into(&mut fact.attributes[0].name);
        let text = contracts::fact::v1::value::Value::TextValue("n".repeat(600_000));
        fact.attributes[0].value.as_mut().unwrap().value = Some(text);
        shop.push(batch(&format!("b{number}"), vec![fact]))
            .await
            .unwrap();
    }
    let request = ReadFactsRequest::default();
    let mut answers = shop
        .client
        .clone()
        .read_facts(request)
        .await
        .unwrap()
        .into_inner();
    let first = answers.message().await.unwrap().unwrap();
    shop.running.context().shutdown.cancel();
    let mut batches = first.batches.len();
    let cut = loop {
        match answers.message().await {
            Ok(Some(answer)) => batches += answer.batches.len(),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    // All of it may have been on its way already.
    if batches < 12 {
        let cut = cut.unwrap_or_else(|| panic!("no error after {batches} of 12 batches"));
        assert_eq!(cut.code(), Code::Unavailable, "{cut:?}");
        assert!(cut.message().contains("not complete"), "{cut:?}");
    }
}
