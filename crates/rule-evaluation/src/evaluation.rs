//! The three occasions on which orders are judged: facts, the time, and a change of
//! something shared. Each locks orders and concludes in the same transaction, which is
//! made again when it was overtaken; facts take several at once, without common orders.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use contracts::facts::SealedFact;
use order::{EntityKind, OrderId, Timestamp};
use service::clock::Clock;
use service::consume::Received;
use service::database::Database;
use service::error::Classified;
use service::inbox;
use service::relay::RelayHandle;
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::task::JoinSet;

use crate::domain::batch::{self, ByOrder, Sorted};
use crate::domain::circumstances::Circumstances;
use crate::domain::order_state::OrderState;
use crate::domain::source::{Completeness, TimerGate};
use crate::error::Error;
use crate::events::facts::Intake;
use crate::judgement::{self, Outcome};
use crate::live::Live;
use crate::rule_sets::RuleSets;
use crate::store::sources::Judged;
use crate::store::{encoding, rejudgements, rule_sets, shared, sources, states, timers};
use crate::wake::Wake;

/// How often a transaction that was overtaken is made again at once.
const ATTEMPTS: usize = 8;
/// How long an order that cannot be judged waits for its next try.
const PUT_OFF: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// Judges orders.
#[derive(Clone)]
pub struct Evaluation {
    database: Database,
    clock: Clock,
    rule_sets: Arc<RuleSets>,
    relay: RelayHandle,
    wake: Wake,
    workers: usize,
    live: Live,
}

impl Evaluation {
    /// Makes the judge of a service.
    #[must_use]
    pub fn new(
        database: Database,
        clock: Clock,
        rule_sets: Arc<RuleSets>,
        relay: RelayHandle,
        wake: Wake,
        workers: usize,
    ) -> Self {
        Self {
            database,
            clock,
            rule_sets,
            relay,
            wake,
            workers,
            live: Live::default(),
        }
    }

    /// Returns how busy it is.
    #[must_use]
    pub const fn live(&self) -> &Live {
        &self.live
    }

    /// Judges the orders that some messages tell of.
    ///
    /// # Errors
    ///
    /// When a message is no batch of facts, or the database refuses.
    pub async fn take_in(&self, messages: &[Received]) -> Result<(), Error> {
        let _under_way = self.live.begin();
        let mut intakes = messages
            .iter()
            .map(Intake::read)
            .collect::<Result<Vec<_>, _>>()?;
        self.take_roster(&intakes).await?;
        let facts = intakes
            .iter_mut()
            .flat_map(|intake| std::mem::take(&mut intake.facts));
        let Sorted { orders, shared } = facts.collect();
        if !shared.is_empty() {
            again(|| self.merge_shared(&shared)).await?;
        }
        let outcome = self.judge_facts(orders).await?;
        self.note(messages, &intakes).await?;
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
        let _under_way = self.live.begin();
        let mut transaction = self.begin().await?;
        let rows =
            states::lock_due(&mut transaction, gate.to_stored(), before.into(), limit).await?;
        let found = rows.len();
        let outcome = self.conclude(transaction, decoded(rows)?).await?;
        self.follow_up(&outcome, false);
        Ok(found)
    }

    /// Judges orders that are listed to be judged again.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn judge_listed(&self, limit: i64) -> Result<usize, Error> {
        let _under_way = self.live.begin();
        let (found, outcome) = again(async || {
            let mut transaction = self.begin().await?;
            let ids = rejudgements::claim(&mut transaction, limit).await?;
            let rows = states::lock(&mut transaction, &ids).await?;
            let outcome = self.conclude(transaction, decoded(rows)?).await?;
            Ok((ids.len(), outcome))
        })
        .await?;
        self.follow_up(&outcome, false);
        Ok(found)
    }

    /// Takes the first order off the list that cannot be judged.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn set_listed_aside(&self) -> Result<(), Error> {
        let mut transaction = self.database.pool().begin().await?;
        let ids = rejudgements::claim(&mut transaction, 1).await?;
        transaction.commit().await?;
        tracing::error!(order.ids = ?ids, "order cannot be judged, it keeps its old verdicts");
        Ok(())
    }

    /// Puts off the first due order of a gate, which cannot be judged.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn set_due_aside(&self, gate: TimerGate, before: Timestamp) -> Result<(), Error> {
        let mut conn = self.database.pool().acquire().await?;
        let until = self.clock.now() + PUT_OFF;
        let id = timers::put_off(&mut conn, gate.to_stored(), before.into(), until).await?;
        tracing::error!(
            order.id = id,
            "order cannot be judged, it is tried again later"
        );
        Ok(())
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

    /// Judges orders that facts are about, in several transactions at once that have no
    /// order in common. Facts that were judged before tell nothing new, so it does not
    /// matter if some of the transactions were made and the rest must be repeated.
    async fn judge_facts(&self, orders: ByOrder) -> Result<Outcome, Error> {
        let mut judging = JoinSet::new();
        for part in batch::parts(orders, self.workers) {
            let this = self.clone();
            judging.spawn(async move { again(|| this.judge_part(&part)).await });
        }
        let mut outcome = Outcome::default();
        while let Some(part) = judging.join_next().await {
            match part {
                Ok(part) => outcome.add(&part?),
                Err(failure) => std::panic::resume_unwind(failure.into_panic()),
            }
        }
        Ok(outcome)
    }

    async fn judge_part(&self, facts: &ByOrder) -> Result<Outcome, Error> {
        let mut transaction = self.begin().await?;
        let orders = self.lock(&mut transaction, facts).await?;
        self.conclude(transaction, orders).await
    }

    /// Judges orders that a transaction has locked, and commits it.
    async fn conclude(
        &self,
        mut transaction: Transaction<'static, Postgres>,
        orders: Vec<OrderState>,
    ) -> Result<Outcome, Error> {
        let rule_set = self.rule_sets.current(&mut transaction).await?;
        let completeness = self.completeness(&mut transaction).await?;
        let circumstances = Circumstances::new(rule_set, completeness);
        let outcome = judgement::judge(&mut transaction, &circumstances, orders).await?;
        transaction.commit().await?;
        Ok(outcome)
    }

    /// Notes that messages have been judged, when all of their facts have been.
    async fn note(&self, messages: &[Received], intakes: &[Intake]) -> Result<(), Error> {
        let mut transaction = self.database.pool().begin().await?;
        let first_time = inbox::claim(&mut transaction, messages).await?;
        let judged: Vec<&Judged> = intakes
            .iter()
            .zip(first_time)
            .filter(|(_, fresh)| *fresh)
            .filter_map(|(intake, _)| intake.judged.as_ref())
            .collect();
        sources::note_judged(&mut transaction, &judged).await?;
        Ok(transaction.commit().await?)
    }

    /// Begins a transaction under the rule set in force.
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        let mut transaction = self.database.pool().begin().await?;
        rule_sets::share_active(&mut transaction).await?;
        Ok(transaction)
    }

    async fn take_roster(&self, intakes: &[Intake]) -> Result<(), Error> {
        let rosters = intakes.iter().filter_map(|intake| intake.roster.as_ref());
        let Some(roster) = rosters.max_by_key(|roster| roster.version) else {
            return Ok(());
        };
        let mut transaction = self.database.pool().begin().await?;
        sources::take_roster(&mut transaction, roster, self.clock.now()).await?;
        Ok(transaction.commit().await?)
    }

    /// Locks the orders that facts are about, and merges the facts into them. An order
    /// to which they tell nothing new is left alone.
    async fn lock(
        &self,
        conn: &mut PgConnection,
        facts: &ByOrder,
    ) -> Result<Vec<OrderState>, Error> {
        let ids: Vec<String> = facts.keys().map(ToString::to_string).collect();
        let mut orders = Vec::with_capacity(ids.len());
        let mut new: BTreeMap<&OrderId, &Vec<SealedFact>> = facts.iter().collect();
        for row in states::lock(conn, &ids).await? {
            let mut order = encoding::decode_state(row)?;
            order.merge(new.remove(order.order_id()).into_iter().flatten().cloned());
            if order.is_changed() {
                orders.push(order);
            }
        }
        for (order_id, facts) in new {
            let mut order = OrderState::new(order_id.clone());
            order.merge(facts.iter().cloned());
            orders.push(order);
        }
        Ok(orders)
    }

    /// Merges facts of shared entities, and lists the orders that are joined with those
    /// that changed. Harmless to repeat.
    async fn merge_shared(
        &self,
        facts: &BTreeMap<(EntityKind, String), Vec<SealedFact>>,
    ) -> Result<(), Error> {
        let keys: Vec<_> = facts
            .keys()
            .map(|(kind, id)| (*kind as i16, id.clone()))
            .collect();
        let mut transaction = self.begin().await?;
        let new: HashMap<shared::Key, &Vec<SealedFact>> = facts
            .iter()
            .map(|((kind, id), facts)| ((*kind as i16, id.clone()), facts))
            .collect();
        let mut changed = Vec::new();
        for row in shared::lock(&mut transaction, &keys).await? {
            let mut known = encoding::decode_facts(row.facts)?;
            let facts = new.get(&(row.kind, row.entity_id.clone())).copied();
            let mut news = false;
            for fact in facts.into_iter().flatten() {
                news |= known.merge(fact.clone());
            }
            if news {
                changed.push(shared::Row {
                    kind: row.kind,
                    entity_id: row.entity_id,
                    facts: encoding::encode_facts(&known),
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
        let judged: Vec<&Judged> = judged.collect();
        if judged.is_empty() {
            return Ok(false);
        }
        let mut transaction = self.database.pool().begin().await?;
        let advanced = sources::advance(&mut transaction, &judged).await?;
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

fn decoded(rows: Vec<states::Row>) -> Result<Vec<OrderState>, Error> {
    rows.into_iter().map(encoding::decode_state).collect()
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
