//! What a rule set would do to every order, before it is in force. Nothing is written.
//!
//! States are read partition by partition, each by one statement with a snapshot of its
//! own, so that none holds back the clean-up of the database for long; they are judged by
//! one thread of low priority, which steps aside while live facts and timers are judged.
//! What waits between the two is bounded, so the reading is no faster than the judging.

mod judging;
mod scan;

use std::sync::Arc;
use std::time::Duration;

use rule_engine::{RuleSet, documents};
use service::clock::Clock;
use service::database::Database;
use tokio::sync::{Semaphore, mpsc};

use crate::candidates::{Candidate, Origin};
use crate::domain::circumstances::Circumstances;
use crate::domain::difference::Affected;
use crate::domain::impact::Impact;
use crate::domain::source::Completeness;
use crate::error::Error;
use crate::live::Live;
use crate::rule_sets::RuleSets;
use crate::store::{progress, sources};
use judging::Judging;

/// Previews that run at once; further ones wait.
const AT_ONCE: usize = 2;
/// How often is told how far a preview has come.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// Chunks of orders read and not yet judged.
const AHEAD: usize = 4;

/// Previews rule sets.
#[derive(Debug, Clone)]
pub struct Previews {
    database: Database,
    clock: Clock,
    rule_sets: Arc<RuleSets>,
    live: Live,
    places: Arc<Semaphore>,
}

/// How far a preview has come.
#[derive(Debug, Clone)]
pub struct Progress {
    /// How many orders there are, about.
    pub of_orders: i64,
    /// What was found so far.
    pub impact: Impact,
}

/// What is known before any order is looked at.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Candidate and rule set in force.
    pub candidate: Candidate,
    /// The rule set in force.
    pub in_force: Arc<RuleSet>,
    /// The rules that can say something else.
    pub affected: Affected,
    /// The candidate with these rules only, or whole.
    pub judged: Arc<RuleSet>,
    /// How far the sources are complete.
    pub completeness: Completeness,
}

impl Plan {
    /// Returns whether what is said by a rule is judged anew: always when the rule is only
    /// on one side, and by all others when nothing could be spared.
    #[must_use]
    pub fn judges(&self, rule: &str) -> bool {
        self.judged.rule(rule).is_some() || self.candidate.rule_set.rule(rule).is_none()
    }

    /// Returns whether the candidate says what the rule set in force says.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        matches!(&self.affected, Affected::Rules(rules) if rules.is_empty())
    }

    /// Returns whether a rule would only be tried.
    #[must_use]
    pub fn is_shadow(&self, rule: &str) -> bool {
        let rule = self.candidate.rule_set.rule(rule);
        rule.is_some_and(|rule| !rule.mode().is_active())
    }

    /// The names of the rules that are judged, and of those that go.
    #[must_use]
    pub fn rules_judged(&self) -> Vec<String> {
        let gone = self.in_force.rules().iter();
        let gone = gone.filter(|rule| self.candidate.rule_set.rule(rule.name()).is_none());
        let judged = self.judged.rules().iter().chain(gone);
        judged.map(|rule| rule.name().to_owned()).collect()
    }
}

impl Previews {
    /// Makes the previewer of a service.
    #[must_use]
    pub fn new(database: Database, clock: Clock, rule_sets: Arc<RuleSets>, live: Live) -> Self {
        Self {
            database,
            clock,
            rule_sets,
            live,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Compiles a candidate and compares it with the rule set in force.
    ///
    /// # Errors
    ///
    /// When the candidate has faults, or the database refuses.
    pub async fn plan(&self, origin: &Origin) -> Result<Plan, Error> {
        let mut conn = self.database.pool().acquire().await?;
        let in_force = self.rule_sets.current(&mut conn).await?;
        let standings = sources::standings(&mut conn).await?;
        drop(conn);
        let candidate = Candidate::load(&self.database, &self.rule_sets, origin).await?;
        let before = candidate.base.documents();
        let affected = Affected::between(&before, &candidate.documents, &candidate.rule_set);
        // What the other rules are named by, such as an exemption, may not do without them;
        // then all are judged.
        let narrowed = affected
            .narrow(&candidate.documents)
            .map(|narrowed| documents::join(narrowed.values()))
            .and_then(|text| RuleSet::parse(candidate.rule_set.number(), &text).ok());
        Ok(Plan {
            judged: narrowed.map_or_else(|| Arc::clone(&candidate.rule_set), Arc::new),
            completeness: Completeness::new(self.clock.now().into(), standings),
            in_force,
            candidate,
            affected,
        })
    }

    /// Judges every order by a plan and counts what would be told; tells how far it has
    /// come until nobody listens any more, which ends it.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn run(
        &self,
        plan: &Plan,
        examples: usize,
        told: &mpsc::Sender<Progress>,
    ) -> Result<Progress, Error> {
        let _place = self.places.acquire().await;
        let mut conn = self.database.pool().acquire().await?;
        let of_orders = progress::count(&mut conn).await?.orders;
        drop(conn);
        if plan.is_without_effect() {
            let impact = Impact::default();
            return Ok(Progress { of_orders, impact });
        }
        let judging = Judging {
            circumstances: Circumstances::new(Arc::clone(&plan.judged), plan.completeness.clone()),
            plan: plan.clone(),
            database: self.database.clone(),
            live: self.live.clone(),
            examples,
        };
        let (chunks, to_judge) = mpsc::channel(AHEAD);
        let mut judged = judging.start(to_judge, of_orders, told.clone());
        let read = tokio::select! {
            read = scan::every_state(&self.database, chunks) => read,
            () = told.closed() => Ok(()),
        };
        let impact = (&mut judged).await.unwrap_or(Err(Error::PreviewEnded))?;
        read?;
        let of_orders = of_orders.max(impact.orders);
        Ok(Progress { of_orders, impact })
    }
}
