//! Whether the facts of a pushed batch are sound.

use contracts::fact::v1;
use contracts::time;
use order::{Catalogue, Fact, SourceId, Span, Timestamp};
use prost::Message;
use sha2::{Digest, Sha256};

use super::intake::{BatchKey, Intake, MAX_PART_BYTES, parts};
use super::quarantine::fact_entry;
use super::source::{Introduction, implied};

/// Most bytes of a batch id.
const MAX_BATCH_ID_BYTES: usize = 256;
/// How far ahead of the clock a watermark may be: clocks differ.
const MAX_WATERMARK_AHEAD: Span = Span::from_seconds(5 * 60);

/// Why a request as a whole cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub(crate) struct BadRequest {
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl BadRequest {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "errors are handed over as they come"
    )]
    pub(crate) fn new(field: &'static str, message: impl ToString) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

/// Judges every fact of a batch: the sound ones become journal rows, the others are kept.
pub(crate) fn judge_batch(
    batch: v1::FactBatch,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<Intake, BadRequest> {
    let id = batch.batch_id.trim();
    if id.is_empty() || id.len() > MAX_BATCH_ID_BYTES || id.contains(char::is_control) {
        let message =
            format!("expected 1 to {MAX_BATCH_ID_BYTES} bytes without control characters");
        return Err(BadRequest::new("batch.batch_id", message));
    }
    let source: SourceId = batch
        .source
        .parse()
        .map_err(|error| BadRequest::new("batch.source", error))?;
    let watermark = batch
        .watermark
        .as_ref()
        .map(|at| no_later_than("batch.watermark", at, now))
        .transpose()?;
    let digest = digest(&batch);
    let key = BatchKey {
        origin: source.to_string(),
        batch_id: id.to_owned(),
    };
    let mut sound = Vec::with_capacity(batch.facts.len());
    let mut quarantine = Vec::new();
    for (index, fact) in batch.facts.into_iter().enumerate() {
        match sound_fact(&fact, &source, catalogue) {
            Ok(fact) => sound.push(v1::Fact::from(&fact.received(now))),
            Err((field, error)) => {
                quarantine.push(fact_entry(&source, index, &fact, &field, &error));
            }
        }
    }
    Ok(Intake {
        parts: parts(&source, &key.batch_id, sound),
        key: Some(key),
        digest,
        introductions: implied(&source)
            .map(|declaration| Introduction {
                declaration,
                is_explicit: false,
            })
            .into_iter()
            .collect(),
        watermark: watermark.map(|watermark| (source.clone(), watermark)),
        pushed_by: Some(source),
        progress: None,
        delivery: None,
        quarantine,
        received_at: now,
        traceparent: None,
    })
}

/// Refuses a watermark that is too far ahead of the clock: it would end waiting for facts
/// that are still to come.
pub(crate) fn no_later_than(
    field: &'static str,
    watermark: &prost_types::Timestamp,
    now: Timestamp,
) -> Result<Timestamp, BadRequest> {
    let watermark = time::instant(watermark).map_err(|error| BadRequest::new(field, error))?;
    if watermark > now + MAX_WATERMARK_AHEAD {
        let message = format!(
            "{watermark} is more than {MAX_WATERMARK_AHEAD} ahead of the clock, which shows {now}"
        );
        return Err(BadRequest::new(field, message));
    }
    Ok(watermark)
}

/// Decides whether a fact is sound; else names the field at fault and what is wrong.
pub(crate) fn sound_fact(
    wire: &v1::Fact,
    source: &SourceId,
    catalogue: &Catalogue,
) -> Result<Fact, (String, String)> {
    let bytes = wire.encoded_len();
    if bytes + 64 > MAX_PART_BYTES {
        let error =
            format!("the fact has {bytes} bytes, at most {MAX_PART_BYTES} fit into a journal row");
        return Err((String::new(), error));
    }
    if wire.source != source.as_str() {
        let error = format!(
            "expected the batch's source `{source}`, found `{}`",
            wire.source
        );
        return Err(("source".to_owned(), error));
    }
    let fact = Fact::try_from(wire.clone()).map_err(|error| (error.field(), error.to_string()))?;
    let faults = catalogue.check(&fact);
    let Some(first) = faults.first() else {
        return Ok(fact);
    };
    let field = format!("attributes[{}]", first.attribute);
    let errors: Vec<_> = faults.iter().map(ToString::to_string).collect();
    Err((field, errors.join("; ")))
}

/// Digests what the sender sent, without what is ours to set.
fn digest(batch: &v1::FactBatch) -> Vec<u8> {
    let mut sent = v1::FactBatch {
        batch_id: batch.batch_id.clone(),
        source: batch.source.clone(),
        watermark: batch.watermark,
        ..Default::default()
    };
    let mut digest = Sha256::new();
    digest.update(sent.encode_to_vec());
    for fact in &batch.facts {
        sent.facts = vec![v1::Fact {
            received_at: None,
            ..fact.clone()
        }];
        digest.update(sent.facts[0].encode_length_delimited_to_vec());
    }
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use contracts::fact::v1::value::Value;

    use super::*;

    fn fact(id: &str, attributes: &[(&str, Value)]) -> v1::Fact {
        v1::Fact {
            source: "erp".to_owned(),
            kind: v1::EntityKind::Order as i32,
            entity_id: id.to_owned(),
            revision: 1,
            attributes: attributes
                .iter()
                .map(|(name, value)| v1::Attribute {
                    name: (*name).to_owned(),
                    value: Some(v1::Value {
                        value: Some(value.clone()),
                    }),
                })
                .collect(),
            ..Default::default()
        }
    }

    fn judge(facts: Vec<v1::Fact>) -> Result<Intake, BadRequest> {
        let batch = v1::FactBatch {
            batch_id: "b1".to_owned(),
            source: "erp".to_owned(),
            facts,
            ..Default::default()
        };
        judge_batch(
            batch,
            &Catalogue::standard(),
            Timestamp::from_seconds(1_800_000_000),
        )
    }

    #[test]
    fn a_bad_fact_does_not_harm_its_neighbours() {
        let other = v1::Fact {
            source: "crm".to_owned(),
            ..fact("o4", &[])
        };
        let intake = judge(vec![
            fact("o1", &[("amount", Value::DoubleValue(5.0))]),
            fact(
                "o2",
                &[
                    ("amount", Value::DoubleValue(-5.0)),
                    ("colour", Value::BoolValue(true)),
                ],
            ),
            fact("", &[]),
            other,
            fact("o5", &[("x_colour", Value::TextValue("red".to_owned()))]),
        ])
        .unwrap();
        assert_eq!(intake.facts(), 2);
        assert_eq!(intake.parts[0].orders, ["o1", "o5"]);
        let told: Vec<_> = intake
            .quarantine
            .iter()
            .map(|entry| (entry.line, entry.field.as_str()))
            .collect();
        assert_eq!(
            told,
            [(1, "attributes[amount]"), (2, "entity_id"), (3, "source")]
        );
        assert!(
            intake.quarantine[0]
                .error
                .contains("not negative, found -5")
        );
        assert!(intake.quarantine[0].error.contains("colour: "));
    }

    #[test]
    fn a_fact_larger_than_a_journal_row_is_refused() {
        let text = Value::TextValue("x".repeat(MAX_PART_BYTES));
        let intake = judge(vec![fact("o1", &[("x_note", text)]), fact("o2", &[])]).unwrap();
        assert_eq!(intake.facts(), 1);
        assert!(intake.quarantine[0].error.contains("at most 716800 fit"));
    }

    #[test]
    fn the_digest_is_of_what_the_sender_sent() {
        let sent = fact("o1", &[]);
        let received = v1::Fact {
            received_at: Some(prost_types::Timestamp::default()),
            ..sent.clone()
        };
        assert_eq!(
            judge(vec![sent.clone()]).unwrap().digest,
            judge(vec![received]).unwrap().digest
        );
        assert_ne!(
            judge(vec![sent]).unwrap().digest,
            judge(vec![fact("o2", &[])]).unwrap().digest
        );
    }

    #[test]
    fn a_watermark_far_ahead_is_refused() {
        let now = Timestamp::from_seconds(1_000);
        let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
        assert!(no_later_than("watermark", &at(1_300), now).is_ok());
        let refused = no_later_than("watermark", &at(1_301), now).unwrap_err();
        assert!(refused.message.contains("ahead of the clock"), "{refused}");
    }
}
