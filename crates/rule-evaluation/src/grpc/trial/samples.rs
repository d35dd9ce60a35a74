//! Samples over gRPC.

use std::collections::{BTreeMap, HashMap};

use contracts::rules::v1;
use contracts::time::timestamp;
use rule_engine::Language;
use service::event_log;

use super::{Act, Trials, origin, require_actor};
use crate::candidates::Candidate;
use crate::domain::circumstances::Circumstances;
use crate::domain::sample::{Label, Score, Subject, Wrong};
use crate::error::Error;
use crate::gates;
use crate::grpc::explain::{explain_rule, language};
use crate::samples::{self, picture};
use crate::store::marks;
use crate::store::samples::{self as store, Row};

/// Most labels of a sample.
const MOST_LABELS: usize = 10_000;
/// Wrong verdicts explained of each rule, unless the caller says otherwise.
const EXPLAINED: usize = 10;
/// Most of them.
const MOST_EXPLAINED: usize = 100;

impl Trials {
    pub(super) async fn put(
        &self,
        request: v1::PutSampleRequest,
    ) -> Result<v1::PutSampleResponse, Error> {
        require_actor(&request.actor)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if request.name.is_empty() || !request.name.chars().all(plain) {
            let expected = "must have only a-z, 0-9 and -, and not be empty";
            return Err(Error::invalid("name", expected));
        }
        let mut transaction = self.database.pool().begin().await?;
        let mut labels = from_people(&mut transaction, request.from_marks.as_ref()).await?;
        labels.extend(given(request.labels)?);
        let labels: Vec<Label> = labels.into_values().collect();
        if labels.is_empty() || labels.len() > MOST_LABELS {
            let message = format!("expected 1 to {MOST_LABELS} labels, found {}", labels.len());
            return Err(Error::invalid("labels", message));
        }
        let rule_set = self.rule_sets.current(&mut transaction).await?;
        let orders = picture(&mut transaction, &rule_set, &labels).await?;
        let row = Row {
            name: request.name,
            actor: request.actor,
            reason: request.reason,
            stored_at: self.clock.now(),
            orders: count(orders.len()),
            labels: count(labels.len()),
        };
        let replaced = store::put(&mut transaction, &row, &orders, &labels).await?;
        event_log::append(&mut transaction, &[stored(&row, orders)]).await?;
        transaction.commit().await?;
        self.relay.wake();
        Ok(v1::PutSampleResponse {
            sample: Some(wire(row, Vec::new())),
            replaced,
        })
    }

    pub(super) async fn get(&self, name: &str) -> Result<v1::GetSampleResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let row = store::read(&mut conn, name)
            .await?
            .ok_or_else(|| Error::NoSample(name.to_owned()))?;
        let labels = store::labels(&mut conn, name).await?;
        let sample = wire(row, labels);
        Ok(v1::GetSampleResponse {
            sample: Some(sample),
        })
    }

    pub(super) async fn list(&self) -> Result<v1::ListSamplesResponse, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let rows = store::list(&mut conn).await?.into_iter();
        Ok(v1::ListSamplesResponse {
            samples: rows.map(|row| wire(row, Vec::new())).collect(),
        })
    }

    pub(super) async fn delete(
        &self,
        request: &v1::DeleteSampleRequest,
    ) -> Result<v1::DeleteSampleResponse, Error> {
        require_actor(&request.actor)?;
        let mut transaction = self.database.pool().begin().await?;
        let rule_set = self.rule_sets.current(&mut transaction).await?;
        if let Some(gate) = gates::needing(&rule_set, &request.name) {
            return Err(Error::SampleNeeded {
                sample: request.name.clone(),
                gate: gate.to_owned(),
            });
        }
        if !store::delete(&mut transaction, &request.name).await? {
            return Err(Error::NoSample(request.name.clone()));
        }
        let at = self.clock.now();
        let act = Act {
            id: format!("sample/{}/{}/deleted", request.name, at.timestamp_micros()),
            kind: "sample.deleted",
            at,
            actor: &request.actor,
            reason: format!("sample {} deleted", request.name),
            note: &request.reason,
            order_ids: Vec::new(),
            exception_id: String::new(),
        };
        event_log::append(&mut transaction, &[act.event("sample")]).await?;
        transaction.commit().await?;
        self.relay.wake();
        Ok(v1::DeleteSampleResponse {})
    }

    pub(super) async fn run(
        &self,
        request: v1::RunSampleRequest,
    ) -> Result<v1::RunSampleResponse, Error> {
        let language = language(&request.language)?;
        let explained = match usize::try_from(request.explained) {
            Ok(0) => EXPLAINED,
            asked => asked.unwrap_or_default().min(MOST_EXPLAINED),
        };
        let origin = origin(request.candidate)?;
        let candidate = Candidate::load(&self.database, &self.rule_sets, &origin).await?;
        let mut conn = self.database.pool().acquire().await?;
        let (row, circumstances, outcome) =
            samples::run(&mut conn, candidate.rule_set, &request.name, &[]).await?;
        drop(conn);
        let explain = |wrongs| explained_verdicts(wrongs, &circumstances, language, explained);
        Ok(v1::RunSampleResponse {
            sample: Some(wire(row, Vec::new())),
            total: Some(wire_score(outcome.scores.total)),
            scores: outcome
                .scores
                .by_subject
                .iter()
                .map(|(subject, score)| v1::LabelScore {
                    rule: subject.rule().to_owned(),
                    scenario: subject.scenario().to_owned(),
                    score: Some(wire_score(*score)),
                })
                .collect(),
            missed: explain(outcome.missed),
            false_alarms: explain(outcome.false_alarms),
        })
    }
}

type Labels = BTreeMap<(String, Subject), Label>;

/// The labels that a request carries; of two that contradict each other it is at fault.
fn given(wire: Vec<v1::OrderLabel>) -> Result<Labels, Error> {
    let mut labels = Labels::new();
    for label in wire {
        let subject = Subject::of(&label.rule, &label.scenario).ok_or_else(|| {
            let message = format!("name a rule or a scenario of order `{}`", label.order_id);
            Error::invalid("labels", message)
        })?;
        let key = (label.order_id.clone(), subject.clone());
        let is_exception = label.is_exception;
        let label = Label {
            order_id: label.order_id,
            subject,
            is_exception,
            note: label.note,
        };
        if let Some(other) = labels.insert(key, label)
            && other.is_exception != is_exception
        {
            let message = format!("order `{}` is labelled both ways", other.order_id);
            return Err(Error::invalid("labels", message));
        }
    }
    Ok(labels)
}

/// The labels that people agree on.
async fn from_people(
    conn: &mut sqlx::PgConnection,
    asked: Option<&v1::LabelsFromMarks>,
) -> Result<Labels, Error> {
    let Some(asked) = asked else {
        return Ok(Labels::new());
    };
    let rule = Some(asked.rule.as_str()).filter(|rule| !rule.is_empty());
    let newest = match asked.newest {
        newest if newest <= 0 => i64::MAX,
        newest => newest.into(),
    };
    let agreed = marks::agreed(conn, rule, newest).await?;
    Ok(agreed
        .into_iter()
        .filter_map(|agreed| {
            let subject = Subject::of(&agreed.rule, &agreed.scenario)?;
            let label = Label {
                order_id: agreed.order_id.clone(),
                subject: subject.clone(),
                is_exception: agreed.is_exception,
                note: String::new(),
            };
            Some(((agreed.order_id, subject), label))
        })
        .collect())
}

fn stored(row: &Row, orders: Vec<store::Order>) -> event_log::NewEvent {
    Act {
        id: format!("sample/{}/{}", row.name, row.stored_at.timestamp_micros()),
        kind: "sample.stored",
        at: row.stored_at,
        actor: &row.actor,
        reason: format!("sample {} stored with {} labels", row.name, row.labels),
        note: &row.reason,
        order_ids: orders.into_iter().map(|order| order.order_id).collect(),
        exception_id: String::new(),
    }
    .event("sample")
}

/// Wrong verdicts, the first of each subject with the explanations of its rules.
fn explained_verdicts(
    wrongs: Vec<Wrong>,
    circumstances: &Circumstances,
    language: Language,
    limit: usize,
) -> Vec<v1::WrongVerdict> {
    let mut explained: HashMap<Subject, usize> = HashMap::new();
    wrongs
        .into_iter()
        .map(|wrong| {
            let count = explained.entry(wrong.label.subject.clone()).or_default();
            *count += 1;
            let rules = circumstances.rule_set().rules().iter();
            let concerned =
                rules.filter(|rule| *count <= limit && wrong.label.subject.covers(rule));
            v1::WrongVerdict {
                explanations: concerned
                    .map(|rule| explain_rule(circumstances, rule, &wrong.view, language))
                    .collect(),
                label: Some(wire_label(wrong.label)),
            }
        })
        .collect()
}

fn wire(row: Row, labels: Vec<Label>) -> v1::Sample {
    v1::Sample {
        name: row.name,
        actor: row.actor,
        reason: row.reason,
        stored_at: Some(timestamp(row.stored_at.into())),
        orders: row.orders,
        labels: row.labels,
        label: labels.into_iter().map(wire_label).collect(),
    }
}

fn wire_label(label: Label) -> v1::OrderLabel {
    v1::OrderLabel {
        rule: label.subject.rule().to_owned(),
        scenario: label.subject.scenario().to_owned(),
        order_id: label.order_id,
        is_exception: label.is_exception,
        note: label.note,
    }
}

fn wire_score(score: Score) -> v1::Score {
    v1::Score {
        true_positives: score.true_positives,
        false_positives: score.false_positives,
        false_negatives: score.false_negatives,
        true_negatives: score.true_negatives,
        precision: score.precision(),
        recall: score.recall(),
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
