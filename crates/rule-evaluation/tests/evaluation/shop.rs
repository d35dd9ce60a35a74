//! A small shop that sends batches to a judge on a fresh database.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::event::v1::Event;
use contracts::fact::v1;
use contracts::facts::Declaration;
use contracts::time::timestamp;
use order::{EntityKind, Fact, Revision, Span, System, Systems, Timestamp, Value};
use prost::Message;
use rule_engine::{RuleSet, documents};
use rule_evaluation::MIGRATOR;
use rule_evaluation::domain::source::{Completeness, TimerGate};
use rule_evaluation::evaluation::Evaluation;
use rule_evaluation::gates;
use rule_evaluation::grpc::trial::Trials;
use rule_evaluation::lateness::Lateness;
use rule_evaluation::preview::Previews;
use rule_evaluation::rule_sets::RuleSets;
use rule_evaluation::store::{
    encoding, exceptions, rejudgements, resources, rule_sets, sources, states, timers,
};
use rule_evaluation::timers::Timers;
use rule_evaluation::wake::Wake;
use service::clock::Clock;
use service::consume::{Position, Received, Upstream};
use service::lifecycle::Shutdown;
use service::relay::RelayHandle;
use service::testkit::TestDatabase;

pub(crate) fn hours(hours: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000) + Span::from_hours(hours)
}

pub(crate) fn minutes(minutes: i64) -> Span {
    Span::from_seconds(minutes * 60)
}

pub(crate) type Interval = (String, String, Timestamp, Option<Timestamp>);

pub(crate) struct Shop {
    database: TestDatabase,
    clock: Clock,
    evaluation: Evaluation,
    sequences: HashMap<String, i64>,
    /// What batches say that the journal retains.
    pub(crate) oldest_retained: i64,
    roster: Vec<Declaration>,
    roster_version: i64,
    sent: i64,
    rule_set: i64,
}

impl Shop {
    pub(crate) async fn open(rules: &str) -> Self {
        let database = TestDatabase::create("rule_evaluation", &MIGRATOR).await;
        let clock = Clock::manual(hours(0).into());
        let evaluation = judge(&database, &clock);
        let mut shop = Self {
            database,
            clock,
            evaluation,
            sequences: HashMap::new(),
            oldest_retained: 1,
            roster: Vec::new(),
            roster_version: 0,
            sent: 0,
            rule_set: 0,
        };
        shop.apply(rules).await;
        shop
    }

    pub(crate) fn replica(&self) -> Evaluation {
        judge(&self.database, &self.clock)
    }

    /// The service that people try rules with.
    pub(crate) fn trials(&self) -> Trials {
        Trials {
            database: self.database.database().clone(),
            clock: self.clock.clone(),
            rule_sets: Arc::new(RuleSets::default()),
            relay: RelayHandle::default(),
            previews: self.previews(),
            shutdown: Shutdown::new(),
        }
    }

    /// Whether one text may take the place of another.
    pub(crate) async fn passes_gates(&self, in_force: &str, candidate: &str) -> Result<(), String> {
        let mut conn = self.database.database().pool().acquire().await.unwrap();
        let in_force = RuleSet::parse(1, in_force).unwrap();
        let candidate = Arc::new(RuleSet::parse(2, candidate).unwrap());
        gates::pass(&mut conn, &in_force, &candidate, false)
            .await
            .map_err(|error| error.to_string())
    }

    /// Who previews rule sets, beside the judge.
    pub(crate) fn previews(&self) -> Previews {
        Previews::new(
            self.database.database().clone(),
            self.clock.clone(),
            Arc::new(RuleSets::default()),
            self.evaluation.live().clone(),
        )
    }

    /// Runs the timers until what they do satisfies.
    pub(crate) async fn run_timers(&self, until: impl Fn(&[Interval]) -> bool) {
        let shutdown = Shutdown::new();
        let timers = Timers {
            evaluation: self.replica(),
            database: self.database.database().clone(),
            clock: self.clock.clone(),
            wake: Wake::default(),
        };
        let running = tokio::spawn(timers.run(shutdown.clone()));
        let satisfied = async {
            while !until(&self.exceptions().await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), satisfied)
            .await
            .unwrap();
        shutdown.cancel();
        running.await.unwrap();
    }

    /// Makes what is kept of an order unreadable.
    pub(crate) async fn damage(&self, order_id: &str) {
        sqlx::query("UPDATE order_states SET state = '\\xff' WHERE order_id = $1")
            .bind(order_id)
            .execute(self.database.database().pool())
            .await
            .unwrap();
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn clock_shows(&self, instant: Timestamp) {
        self.clock.set(instant.into());
    }

    pub(crate) async fn apply(&mut self, rules: &str) {
        self.rule_set += 1;
        let compiled = RuleSet::parse(self.rule_set, rules).unwrap();
        let row = rule_sets::Row {
            number: self.rule_set,
            digest: compiled.digest().to_owned(),
            rules: 1,
            actor: "test".to_owned(),
            reason: "test".to_owned(),
            activated_at: self.clock.now(),
            restored: None,
        };
        let mut transaction = self.database.database().pool().begin().await.unwrap();
        let active = rule_sets::lock_active(&mut transaction).await.unwrap();
        let before = resources::base(&mut transaction, active).await.unwrap();
        let after = documents::split(rules).unwrap();
        rule_sets::activate(&mut transaction, &row, &before, &after)
            .await
            .unwrap();
        rejudgements::all(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Name, system, and whether it states watermarks (then with six hours of patience).
    pub(crate) async fn declare(&mut self, sources: &[(&str, &str, bool)]) {
        self.roster = sources
            .iter()
            .map(|(source, system, states_watermarks)| Declaration {
                source: source.parse().unwrap(),
                system: system.parse::<System>().unwrap(),
                states_watermarks: *states_watermarks,
                patience: states_watermarks.then(|| Span::from_hours(6)),
                late_after: None,
            })
            .collect();
        let message = self.message(sources[0].0, vec![], None);
        self.deliver(&[message]).await;
    }

    /// Declares that a source is an exception once it is so far behind.
    pub(crate) async fn late_after(&mut self, source: &str, late_after: Option<Span>) {
        for declaration in &mut self.roster {
            if declaration.source.as_str() == source {
                declaration.late_after = late_after;
            }
        }
        self.roster_version += 1;
        let message = self.message(source, vec![], None);
        self.deliver(&[message]).await;
    }

    /// Who watches the sources, as a replica of its own.
    pub(crate) fn lateness(&self) -> Lateness {
        Lateness {
            database: self.database.database().clone(),
            clock: self.clock.clone(),
            rule_sets: Arc::new(RuleSets::default()),
            relay: RelayHandle::default(),
        }
    }

    /// Reasons of everything said of exceptions, in order.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.exceptions.%'
             ORDER BY xid, id",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        let reason = |payload: Vec<u8>| Event::decode(payload.as_slice()).unwrap().reason;
        payloads.into_iter().map(reason).collect()
    }

    pub(crate) fn message(
        &mut self,
        source: &str,
        facts: Vec<Fact>,
        watermark: Option<Timestamp>,
    ) -> Received {
        let sequence = self.sequences.entry(source.to_owned()).or_default();
        *sequence += 1;
        self.sent += 1;
        let batch = v1::FactBatch {
            batch_id: format!("{source}-{sequence}"),
            source: source.to_owned(),
            facts: facts.iter().map(Into::into).collect(),
            watermark: watermark.map(timestamp),
            roster: Some(v1::SourceRoster {
                version: self.roster_version + self.roster.len() as i64,
                sources: self.roster.iter().map(Into::into).collect(),
            }),
            sequence: *sequence,
            oldest_retained_sequence: self.oldest_retained,
        };
        Received {
            upstream: Upstream::named("ingest"),
            position: Position {
                transaction: 100 + self.sent,
                sequence: self.sent,
            },
            event_id: format!("facts/{source}/{sequence}"),
            subject: format!("orderwatch.facts.{source}"),
            payload: Bytes::from(batch.encode_to_vec()),
            traceparent: None,
        }
    }

    pub(crate) async fn deliver(&self, messages: &[Received]) {
        self.evaluation.take_in(messages).await.unwrap();
    }

    pub(crate) async fn send(&mut self, source: &str, facts: Vec<Fact>) {
        let message = self.message(source, facts, None);
        self.deliver(&[message]).await;
    }

    pub(crate) async fn paid(&mut self, id: &str, at: Timestamp) {
        self.send("erp", vec![order(id, at)]).await;
    }

    pub(crate) async fn shipped(&mut self, id: &str, at: Timestamp) {
        self.send("carrier", vec![shipment(id, at)]).await;
    }

    pub(crate) async fn watermark(&mut self, source: &str, at: Timestamp) {
        let message = self.message(source, vec![], Some(at));
        self.deliver(&[message]).await;
    }

    /// What the timers do, until nothing is due.
    pub(crate) async fn judge_due(&self) {
        while self.evaluation.judge_listed(100).await.unwrap() > 0 {}
        let mut conn = self.database.database().pool().acquire().await.unwrap();
        let standings = sources::standings(&mut conn).await.unwrap();
        let completeness = Completeness::new(self.clock.now().into(), standings);
        for next in timers::next(&mut conn).await.unwrap() {
            let gate = TimerGate::from_stored(next.gate);
            let before = gate.due_before(&completeness);
            while self.evaluation.judge_due(gate, before, 100).await.unwrap() > 0 {}
        }
    }

    pub(crate) fn pool(&self) -> &sqlx::PgPool {
        self.database.database().pool()
    }

    pub(crate) async fn rows(&self) -> Vec<exceptions::Row> {
        self.filtered(None, None).await
    }

    pub(crate) async fn filtered(
        &self,
        exempt: Option<bool>,
        shadow: Option<bool>,
    ) -> Vec<exceptions::Row> {
        let mut conn = self.pool().acquire().await.unwrap();
        let filter = exceptions::Filter {
            states: vec![1, 2],
            exempt,
            shadow,
            limit: 1_000,
            ..Default::default()
        };
        exceptions::list(&mut conn, &filter).await.unwrap()
    }

    pub(crate) async fn exceptions(&self) -> Vec<Interval> {
        let mut found: Vec<Interval> = self
            .rows()
            .await
            .into_iter()
            .map(|row| {
                (
                    row.order_id,
                    row.rule,
                    row.opened_at.into(),
                    row.cleared_at.map(Into::into),
                )
            })
            .collect();
        found.sort();
        found
    }

    /// Subjects of everything said, in order.
    pub(crate) async fn told(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT subject FROM event_log ORDER BY xid, id")
            .fetch_all(self.database.database().pool())
            .await
            .unwrap()
    }

    /// Rule and transition of everything said of exceptions, in order.
    pub(crate) async fn events(&self) -> Vec<(String, &'static str)> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT payload FROM event_log WHERE subject LIKE 'orderwatch.exceptions.%'
             ORDER BY xid, id",
        )
        .fetch_all(self.database.database().pool())
        .await
        .unwrap();
        payloads.into_iter().map(|payload| said(&payload)).collect()
    }

    /// How many orders are joined with what they share with others.
    pub(crate) async fn links(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM order_links")
            .fetch_one(self.database.database().pool())
            .await
            .unwrap()
    }

    pub(crate) async fn version(&self, order_id: &str) -> i64 {
        let mut conn = self.database.database().pool().acquire().await.unwrap();
        states::read(&mut conn, order_id)
            .await
            .unwrap()
            .unwrap()
            .version
    }

    pub(crate) async fn facts_kept(&self) -> usize {
        let mut conn = self.database.database().pool().acquire().await.unwrap();
        let mut kept = 0;
        for number in 0..8 {
            let row = states::read(&mut conn, &format!("o-{number}"))
                .await
                .unwrap()
                .unwrap();
            kept += encoding::decode_state(row).unwrap().facts().len();
        }
        kept
    }

    pub(crate) async fn frontier(&self, source: &str) -> i64 {
        sqlx::query_scalar("SELECT frontier FROM judged_sources WHERE source = $1")
            .bind(source)
            .fetch_one(self.database.database().pool())
            .await
            .unwrap()
    }

    pub(crate) async fn gate(&self, rule: &str) -> Systems {
        let mut conn = self.database.database().pool().acquire().await.unwrap();
        RuleSets::default()
            .current(&mut conn)
            .await
            .unwrap()
            .rule(rule)
            .unwrap()
            .gate()
    }
}

fn judge(database: &TestDatabase, clock: &Clock) -> Evaluation {
    Evaluation::new(
        database.database().clone(),
        clock.clone(),
        Arc::new(RuleSets::default()),
        RelayHandle::default(),
        Wake::default(),
        2,
    )
}

fn said(payload: &[u8]) -> (String, &'static str) {
    use contracts::event::v1::{Event, ExceptionTransition, event::Payload};

    let Some(Payload::Exception(change)) = Event::decode(payload).unwrap().payload else {
        panic!("an event of exceptions carries one");
    };
    let transition = change.transition();
    let exception = change.exception.unwrap();
    let what = match transition {
        ExceptionTransition::Opened => "opened",
        ExceptionTransition::Updated => "updated",
        ExceptionTransition::Cleared if exception.retroactive => "retroactive",
        ExceptionTransition::Cleared => "cleared",
        ExceptionTransition::Retracted => "retracted",
        ExceptionTransition::Unspecified => panic!("a transition is told"),
    };
    (exception.rule, what)
}

fn fact(
    kind: EntityKind,
    id: &str,
    order: &str,
    values: Vec<(&str, Value)>,
    revision: i64,
) -> Fact {
    Fact::new(
        "shop".parse().unwrap(),
        kind,
        id.parse().unwrap(),
        Some(order.parse().unwrap()),
        Revision(revision),
        values
            .into_iter()
            .map(|(name, value)| (Arc::from(name), value))
            .collect(),
    )
    .unwrap()
}

pub(crate) fn order(id: &str, paid_at: Timestamp) -> Fact {
    order_of(id, paid_at, "c-1")
}

pub(crate) fn order_of(id: &str, paid_at: Timestamp, customer: &str) -> Fact {
    let customer = ("customer_id", Value::text(customer));
    let values = vec![("paid_at", Value::Timestamp(paid_at)), customer];
    fact(EntityKind::Order, id, id, values, 1)
}

/// An order that is over.
pub(crate) fn completed(id: &str, paid_at: Timestamp, completed_at: Timestamp) -> Fact {
    let values = vec![
        ("paid_at", Value::Timestamp(paid_at)),
        ("completed_at", Value::Timestamp(completed_at)),
    ];
    fact(EntityKind::Order, id, id, values, 1)
}

pub(crate) fn shipment(order: &str, handed_over_at: Timestamp) -> Fact {
    let values = vec![("handed_over_at", Value::Timestamp(handed_over_at))];
    fact(
        EntityKind::Shipment,
        &format!("{order}-p"),
        order,
        values,
        1,
    )
}

pub(crate) fn line(order: &str, number: i64) -> Fact {
    let values = vec![("quantity", Value::Int(number))];
    fact(
        EntityKind::Line,
        &format!("{order}-{number}"),
        order,
        values,
        1,
    )
}

pub(crate) fn customer(id: &str, tier: &str, revision: i64) -> Fact {
    fact(
        EntityKind::Customer,
        id,
        "unused",
        vec![("tier", Value::text(tier))],
        revision,
    )
}
