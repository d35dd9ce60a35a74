//! A journal of many facts, as if they had arrived over the last days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::fact::v1::{Fact, FactBatch, value};
use contracts::time::timestamp;
use order::Timestamp;
use prost::Message;
use simulator::Day;
use sqlx::{AssertSqlSafe, PgPool};

use crate::Fault;

/// Journal rows written at once.
const CHUNK: usize = 200;

/// The simulated day, cut into parts that arrive on the days of the journal.
pub(crate) struct Filling {
    templates: Vec<FactBatch>,
    copies: usize,
    days: usize,
}

/// What was written.
#[derive(Default)]
pub(crate) struct Filled {
    pub(crate) facts: usize,
    pub(crate) batches: usize,
    pub(crate) orders: usize,
    pub(crate) samples: Vec<Sample>,
}

/// An order to be read, and when its batches were journalled.
pub(crate) struct Sample {
    pub(crate) order_id: String,
    pub(crate) journalled_at: Vec<DateTime<Utc>>,
}

#[derive(Default)]
struct Rows {
    ids: Vec<String>,
    subjects: Vec<String>,
    payloads: Vec<Vec<u8>>,
    instants: Vec<DateTime<Utc>>,
}

impl Filling {
    pub(crate) fn of(day: &Day, facts: usize, days: usize) -> Self {
        let templates: Vec<FactBatch> = day
            .deliveries()
            .map(|delivery| FactBatch::from(&delivery))
            .filter(|batch| !batch.facts.is_empty())
            .collect();
        let each: usize = templates.iter().map(|batch| batch.facts.len()).sum();
        Self {
            templates,
            copies: facts.div_ceil(each),
            days,
        }
    }

    pub(crate) async fn fill(&self, pool: &PgPool, samples: usize) -> Result<Filled, Fault> {
        let first_day = Utc::now().date_naive() - TimeDelta::days(self.days as i64);
        let share = self.templates.len().div_ceil(self.days);
        let mut filled = Filled::default();
        let mut places: Vec<Vec<DateTime<Utc>>> =
            vec![Vec::new(); self.templates.len() * self.copies];
        for (number, part) in self.templates.chunks(share).enumerate() {
            let day = first_day + TimeDelta::days(number as i64);
            partition(pool, day).await?;
            let begins = day.and_time(chrono::NaiveTime::MIN).and_utc();
            let step = TimeDelta::hours(23) / i32::try_from(part.len() * self.copies)?;
            let mut at = begins;
            let mut rows = Rows::default();
            for copy in 0..self.copies {
                for (index, template) in part.iter().enumerate() {
                    at += step;
                    let template_index = number * share + index;
                    places[copy * self.templates.len() + template_index].push(at);
                    let batch = renamed(template, copy, at);
                    filled.facts += batch.facts.len();
                    filled.batches += 1;
                    rows.push(&batch, filled.batches, at);
                    if rows.ids.len() == CHUNK {
                        std::mem::take(&mut rows).write(pool).await?;
                    }
                }
            }
            rows.write(pool).await?;
            sqlx::query("INSERT INTO unindexed_days (day) VALUES ($1)")
                .bind(day)
                .execute(pool)
                .await?;
        }
        self.sample(&mut filled, &places, samples);
        Ok(filled)
    }

    /// Chooses orders at even distances, from all copies.
    fn sample(&self, filled: &mut Filled, places: &[Vec<DateTime<Utc>>], samples: usize) {
        let mut of_order: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (index, template) in self.templates.iter().enumerate() {
            for fact in template
                .facts
                .iter()
                .filter(|fact| !fact.order_id.is_empty())
            {
                of_order.entry(&fact.order_id).or_default().insert(index);
            }
        }
        let orders: Vec<_> = of_order.into_iter().collect();
        filled.orders = orders.len() * self.copies;
        filled.samples = (0..samples)
            .map(|number| {
                let order = number * 7_919 % orders.len();
                let copy = number * 31 % self.copies;
                let (id, templates) = &orders[order];
                let at = |index: &usize| places[copy * self.templates.len() + index].clone();
                Sample {
                    order_id: format!("{id}-{copy}"),
                    journalled_at: templates.iter().flat_map(at).collect(),
                }
            })
            .collect();
    }
}

impl Rows {
    fn push(&mut self, batch: &FactBatch, number: usize, at: DateTime<Utc>) {
        self.ids.push(format!("facts/{}/{number}", batch.source));
        self.subjects
            .push(format!("orderwatch.facts.{}", batch.source));
        self.payloads.push(batch.encode_to_vec());
        self.instants.push(at);
    }

    async fn write(self, pool: &PgPool) -> Result<(), Fault> {
        sqlx::query(
            "INSERT INTO event_log (xid, event_id, subject, payload, created_at)
             SELECT pg_current_xact_id()::text::bigint, new.* FROM
                 UNNEST($1::text[], $2::text[], $3::bytea[], $4::timestamptz[]) AS new",
        )
        .bind(self.ids)
        .bind(self.subjects)
        .bind(self.payloads)
        .bind(self.instants)
        .execute(pool)
        .await?;
        Ok(())
    }
}

/// The same batch of other orders and customers.
pub(crate) fn renamed(template: &FactBatch, copy: usize, at: DateTime<Utc>) -> FactBatch {
    let mut batch = template.clone();
    batch.batch_id = format!("{}-{copy}", batch.batch_id);
    let received_at = timestamp(Timestamp::from(at));
    for fact in &mut batch.facts {
        rename(fact, copy);
        fact.received_at = Some(received_at);
    }
    batch
}

fn rename(fact: &mut Fact, copy: usize) {
    let add = |id: &mut String| {
        if !id.is_empty() {
            *id = format!("{id}-{copy}");
        }
    };
    add(&mut fact.entity_id);
    add(&mut fact.order_id);
    for attribute in &mut fact.attributes {
        let text = attribute
            .value
            .as_mut()
            .and_then(|value| value.value.as_mut());
        if let ("customer_id", Some(value::Value::TextValue(text))) = (&*attribute.name, text) {
            add(text);
        }
    }
}

async fn partition(pool: &PgPool, day: NaiveDate) -> Result<(), Fault> {
    let (name, next) = (day.format("%Y%m%d"), day + TimeDelta::days(1));
    let statement = format!(
        "CREATE TABLE event_log_{name} PARTITION OF event_log
         FOR VALUES FROM ('{day} 00:00:00+00') TO ('{next} 00:00:00+00')"
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(pool)
        .await?;
    Ok(())
}
