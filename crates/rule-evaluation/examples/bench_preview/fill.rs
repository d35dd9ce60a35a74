//! Orders in bulk: the simulated day again and again under other ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use contracts::fact::v1;
use contracts::facts::SealedFact;
use order::{EntityKind, Fact, OrderFacts, OrderId, Timestamp, Value};
use prost::Message;
use rule_engine::{RuleSet, documents};
use rule_evaluation::domain::circumstances::Circumstances;

use rule_evaluation::domain::order_state::{OrderState, TimerChange};
use rule_evaluation::domain::source::Completeness;
use rule_evaluation::store::{encoding, resources, rule_sets, shared, states, timers};
use service::database::Database;
use simulator::Day;

use crate::Fault;

/// Orders written at once.
const CHUNK: usize = 2_000;

/// Fills the tables as if every order had been judged by rules just now; says what is there.
pub(crate) async fn fill(
    database: &Database,
    day: &Day,
    rules: &str,
    orders: usize,
    now: Timestamp,
) -> Result<String, Fault> {
    let rule_set = Arc::new(RuleSet::parse(1, rules)?);
    activate(database, &rule_set, rules, now).await?;
    let circumstances = Circumstances::new(rule_set, Completeness::new(now, Vec::new()));
    let templates: Vec<(OrderId, Vec<Fact>)> = day
        .orders()
        .map(|(id, facts)| (id.clone(), facts.iter().cloned().collect()))
        .collect();
    let mut batch = Batch::default();
    let (mut bytes, mut customers) = (0, 0);
    for number in 0..orders {
        let (id, facts) = &templates[number % templates.len()];
        batch.add(id, facts, number / templates.len(), &circumstances)?;
        if batch.states.len() == CHUNK || number + 1 == orders {
            bytes += batch
                .states
                .iter()
                .map(|row| row.state.len())
                .sum::<usize>();
            customers += batch.customers.len();
            std::mem::take(&mut batch).write(database).await?;
        }
    }
    sqlx::query("VACUUM ANALYZE")
        .execute(database.pool())
        .await?;
    let each = bytes / orders.max(1);
    Ok(format!(
        "{orders} orders of {each} bytes, {customers} customers"
    ))
}

async fn activate(
    database: &Database,
    rule_set: &RuleSet,
    text: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let row = rule_sets::Row {
        number: 1,
        digest: rule_set.digest().to_owned(),
        rules: i32::try_from(rule_set.rules().len())?,
        actor: "bench".to_owned(),
        reason: "bench".to_owned(),
        activated_at: now.into(),
        restored: None,
    };
    let mut transaction = database.pool().begin().await?;
    let active = rule_sets::lock_active(&mut transaction).await?;
    let before = resources::base(&mut transaction, active).await?;
    let after = documents::split(text).map_err(|faults| format!("{faults:?}"))?;
    rule_sets::activate(&mut transaction, &row, &before, &after).await?;
    Ok(transaction.commit().await?)
}

#[derive(Default)]
struct Batch {
    states: Vec<states::Row>,
    timers: Vec<timers::Change>,
    customers: BTreeMap<shared::Key, Vec<u8>>,
}

impl Batch {
    fn add(
        &mut self,
        id: &OrderId,
        facts: &[Fact],
        copy: usize,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let catalogue = circumstances.rule_set().catalogue();
        let order_id: OrderId = copied(copy, id.as_str()).parse()?;
        let copies = facts.iter().map(|fact| copied_fact(fact, copy));
        let copies = copies.collect::<Result<Vec<Fact>, Fault>>()?;
        let mut state = OrderState::new(order_id);
        let mut common = OrderFacts::<SealedFact>::default();
        for fact in &copies {
            if fact.kind() == EntityKind::Customer {
                common.merge(sealed(fact)?);
                let key = (fact.kind() as i16, fact.entity_id().to_string());
                self.customers.insert(key, encoding::encode_facts(&common));
            } else {
                state.merge([sealed(fact)?]);
            }
        }
        let mut view = state.view(catalogue);
        state.take_new_links(&view, catalogue, |kind| circumstances.reads(kind));
        view.add(catalogue, &common);
        let decision = state.decide(view, circumstances);
        let order_id = decision.state.order_id().to_string();
        for TimerChange { gate, due_at } in decision.timers {
            self.timers.push(timers::Change {
                order_id: order_id.clone(),
                gate: gate.to_stored(),
                due_at: due_at.map(Into::into),
            });
        }
        self.states.push(states::Row {
            order_id,
            version: 1,
            state: encoding::encode_state(&decision.state),
        });
        Ok(())
    }

    async fn write(self, database: &Database) -> Result<(), Fault> {
        let mut transaction = database.pool().begin().await?;
        states::save(&mut transaction, &self.states).await?;
        timers::change(&mut transaction, &self.timers).await?;
        let keys: Vec<shared::Key> = self.customers.keys().cloned().collect();
        shared::lock(&mut transaction, &keys).await?;
        let rows: Vec<shared::Row> = self
            .customers
            .into_iter()
            .map(|((kind, entity_id), facts)| shared::Row {
                kind,
                entity_id,
                facts,
            })
            .collect();
        shared::save(&mut transaction, &rows).await?;
        Ok(transaction.commit().await?)
    }
}

/// An id as it is in one copy of the day.
pub(crate) fn copied(copy: usize, id: &str) -> String {
    format!("{copy}-{id}")
}

/// A fact as it is in one copy of the day.
pub(crate) fn copied_fact(fact: &Fact, copy: usize) -> Result<Fact, Fault> {
    let attributes = fact.attributes().iter().map(|(name, value)| {
        let value = match (name.as_ref(), value.as_text()) {
            ("customer_id", Some(id)) => Value::text(&copied(copy, id)),
            _ => value.clone(),
        };
        (Arc::clone(name), value)
    });
    let order_id = match fact.order_id() {
        Some(id) => Some(copied(copy, id.as_str()).parse()?),
        None => None,
    };
    let copied = Fact::new(
        fact.source().clone(),
        fact.kind(),
        copied(copy, fact.entity_id().as_str()).parse()?,
        order_id,
        fact.revision(),
        attributes.collect(),
    )?;
    Ok(copied.received(fact.received_at()))
}

fn sealed(fact: &Fact) -> Result<SealedFact, Fault> {
    let bytes = Bytes::from(v1::Fact::from(fact).encode_to_vec());
    Ok(SealedFact::read(bytes)?)
}
