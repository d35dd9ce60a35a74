//! The three occasions on which orders are judged: facts, the time, and a change of
//! something shared. Each is one transaction, made again when it was overtaken.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use order::{EntityKind, Fact, OrderFacts, OrderId, Timestamp};
use service::clock::Clock;
use service::consume::Received;
use service::database::Database;
use service::error::Classified;
use service::inbox;
use service::relay::RelayHandle;
use sqlx::PgConnection;

use crate::domain::batch::Sorted;
use crate::domain::circumstances::Circumstances;
use crate::domain::order_state::OrderState;
use crate::domain::source::{Completeness, TimerGate};
use crate::error::Error;
use crate::events::facts::Intake;
use crate::judgement::{self, Outcome};
use crate::rule_sets::RuleSets;
use crate::store::{encoding, rejudgements, shared, sources, states};
use crate::wake::Wake;

/// How often a transaction that was overtaken is made again at once.
const ATTEMPTS: usize = 8;

/// Judges orders.
#[derive(Clone)]
pub struct Evaluation {
    database: Database,
    clock: Clock,
    rule_sets: Arc<RuleSets>,
    relay: RelayHandle,
    wake: Wake,
}

impl Evaluation {
    /// Makes the judge of a service.
    #[must_use]
    pub const fn new(
        database: Database,
        clock: Clock,
        rule_sets: Arc<RuleSets>,
        relay: RelayHandle,
        wake: Wake,
    ) -> Self {
        Self {
            database,
            clock,
            rule_sets,
            relay,
            wake,
        }
    }

    /// Judges the orders that some messages tell of.
    ///
    /// # Errors
    ///
    /// When a message is no batch of facts, or the database refuses.
    pub async fn take_in(&self, messages: &[Received]) -> Result<(), Error> {
        let intakes = messages.iter().map(Intake::read).collect::<Result<Vec<_>, _>>()?;
        self.take_roster(&intakes).await?;
        let shared = Sorted::from_iter(intakes.iter().flat_map(|intake| &intake.facts)).shared;
        if !shared.is_empty() {
            again(|| self.merge_shared(&shared)).await?;
        }
        let outcome = again(|| self.judge_messages(messages, &intakes)).await?;
        let advanced = self.advance(&intakes).await?;
        self.follow_up(&outcome, advanced || !shared.is_empty());
        Ok(())
    }

    /// Judges orders whose verdict may have changed by now, of one gate.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn judge_due(
        &self,
        gate: TimerGate,
        before: Timestamp,
        limit: i64,
    ) -> Result<usize, Error> {
        let mut transaction = self.database.pool().begin().await?;
        let rule_set = self.rule_sets.hold(&mut transaction).await?;
        let rows =
            states::lock_due(&mut transaction, gate.to_stored(), before.into(), limit).await?;
        let orders = rows
            .iter()
            .map(encoding::decode_state)
            .collect::<Result<Vec<_>, _>>()?;
        let found = orders.len();
        let completeness = self.completeness(&mut transaction).await?;
        let circumstances = Circumstances::new(rule_set, completeness);
        let outcome = judgement::judge(&mut transaction, &circumstances, orders).await?;
        transaction.commit().await?;
        self.follow_up(&outcome, false);
        Ok(found)
    }

    /// Judges orders that are listed to be judged again.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn judge_listed(&self, limit: i64) -> Result<usize, Error> {
        let (found, outcome) = again(async || {
            let mut transaction = self.database.pool().begin().await?;
            let rule_set = self.rule_sets.hold(&mut transaction).await?;
            let ids = rejudgements::claim(&mut transaction, limit).await?;
            let rows = states::lock(&mut transaction, &ids).await?;
            let orders = rows
                .iter()
                .map(encoding::decode_state)
                .collect::<Result<Vec<_>, _>>()?;
            let completeness = self.completeness(&mut transaction).await?;
            let circumstances = Circumstances::new(rule_set, completeness);
            let outcome = judgement::judge(&mut transaction, &circumstances, orders).await?;
            transaction.commit().await?;
            Ok((ids.len(), outcome))
        })
        .await?;
        self.follow_up(&outcome, false);
        Ok(found)
    }

    /// Reads how far every source is complete now.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn completeness(&self, conn: &mut PgConnection) -> Result<Completeness, Error> {
        let standings = sources::standings(conn).await?;
        Ok(Completeness::new(self.clock.now().into(), standings))
    }

    async fn judge_messages(
        &self,
        messages: &[Received],
        intakes: &[Intake],
    ) -> Result<Outcome, Error> {
        let mut transaction = self.database.pool().begin().await?;
        let first_time = inbox::claim(&mut transaction, messages).await?;
        let fresh: Vec<&Intake> =
            intakes.iter().zip(first_time).filter_map(|(i, fresh)| fresh.then_some(i)).collect();
        let facts = fresh.iter().flat_map(|intake| &intake.facts).collect::<Sorted>().orders;
        let rule_set = self.rule_sets.hold(&mut transaction).await?;
        let orders = self.lock(&mut transaction, facts).await?;
        let completeness = self.completeness(&mut transaction).await?;
        let circumstances = Circumstances::new(rule_set, completeness);
        let outcome = judgement::judge(&mut transaction, &circumstances, orders).await?;
        let judged = fresh.iter().filter_map(|intake| intake.judged.as_ref());
        sources::note_judged(&mut transaction, &judged.collect::<Vec<_>>()).await?;
        transaction.commit().await?;
        Ok(outcome)
    }

    async fn take_roster(&self, intakes: &[Intake]) -> Result<(), Error> {
        let rosters = intakes.iter().filter_map(|intake| intake.roster.as_ref());
        let Some(roster) = rosters.max_by_key(|roster| roster.version) else {
            return Ok(());
        };
        let mut transaction = self.database.pool().begin().await?;
        sources::take_roster(&mut transaction, roster).await?;
        Ok(transaction.commit().await?)
    }

    /// Locks the orders that facts are about, and merges the facts into them. An order
    /// to which they tell nothing new is left alone.
    async fn lock(
        &self,
        conn: &mut PgConnection,
        mut facts: BTreeMap<&OrderId, Vec<&Fact>>,
    ) -> Result<Vec<OrderState>, Error> {
        let ids: Vec<String> = facts.keys().map(ToString::to_string).collect();
        let mut orders = Vec::with_capacity(ids.len());
        for row in states::lock(conn, &ids).await? {
            let mut order = encoding::decode_state(&row)?;
            let news = facts.remove(order.order_id()).unwrap_or_default();
            order.merge(news.into_iter().cloned());
            if order.is_changed() {
                orders.push(order);
            }
        }
        for (order_id, facts) in facts {
            let mut order = OrderState::new(order_id.clone());
            order.merge(facts.into_iter().cloned());
            orders.push(order);
        }
        Ok(orders)
    }

    /// Merges facts of shared entities, and lists the orders that are joined with those
    /// that changed. Harmless to repeat.
    async fn merge_shared(
        &self,
        facts: &BTreeMap<(EntityKind, &str), Vec<&Fact>>,
    ) -> Result<(), Error> {
        let keys: Vec<_> =
            facts.keys().map(|(kind, id)| (*kind as i16, (*id).to_owned())).collect();
        let mut transaction = self.database.pool().begin().await?;
        let new: HashMap<shared::Key, &Vec<&Fact>> = facts
            .iter()
            .map(|((kind, id), facts)| ((*kind as i16, (*id).to_owned()), facts))
            .collect();
        let mut changed = Vec::new();
        for row in shared::lock(&mut transaction, &keys).await? {
            let mut known: OrderFacts = encoding::decode_facts(&row.facts)?.into_iter().collect();
            let facts = new.get(&(row.kind, row.entity_id.clone())).copied();
            let news = facts
                .into_iter()
                .flatten()
                .fold(false, |news, fact| known.merge((*fact).clone()) || news);
            if news {
                changed.push(shared::Row {
                    facts: encoding::encode_facts(&known),
                    ..row
                });
            }
        }
        if !changed.is_empty() {
            shared::save(&mut transaction, &changed).await?;
            let kinds: Vec<i16> = changed.iter().map(|row| row.kind).collect();
            let ids: Vec<String> = changed.into_iter().map(|row| row.entity_id).collect();
            rejudgements::linked(&mut transaction, &kinds, &ids).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn advance(&self, intakes: &[Intake]) -> Result<bool, Error> {
        let judged = intakes.iter().filter_map(|intake| intake.judged.as_ref());
        let names: BTreeSet<&str> = judged.map(|judged| judged.source.as_str()).collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        if names.is_empty() {
            return Ok(false);
        }
        let mut transaction = self.database.pool().begin().await?;
        let advanced = sources::advance(&mut transaction, &names).await?;
        transaction.commit().await?;
        Ok(advanced)
    }

    fn follow_up(&self, outcome: &Outcome, is_due_now: bool) {
        if outcome.transitions > 0 {
            self.relay.wake();
        }
        if is_due_now {
            self.wake.now();
        } else if let Some(at) = outcome.next_due {
            self.wake.at(at);
        }
    }
}

/// Makes a transaction again, at once, as long as others are faster.
async fn again<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error @ (Error::Overtaken | Error::Database(_))) if error.is_retryable() => {
                tracing::debug!(error = %error, "judgement is made again");
            }
            result => return result,
        }
    }
    attempt().await
}
