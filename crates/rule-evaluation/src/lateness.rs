//! Sources that are late are exceptions of their own: somebody is told which rules wait, and it
//! clears by itself when the source has caught up.

use std::sync::Arc;
use std::time::Duration;

use order::Timestamp;
use rule_engine::RuleSet;
use service::clock::Clock;
use service::database::Database;
use service::event_log;
use service::lifecycle::Shutdown;
use service::relay::RelayHandle;

use crate::domain::source::Standing;
use crate::error::Error;
use crate::events::late_source::{self, LateSource, Turn};
use crate::rule_sets::RuleSets;
use crate::store::{exceptions, sources};

/// How often the sources are looked at: what changes between two looks is told that much later.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The loop that watches the sources.
#[derive(Clone)]
pub struct Lateness {
    /// The service's database.
    pub database: Database,
    /// The service's clock.
    pub clock: Clock,
    /// The rules that wait.
    pub rule_sets: Arc<RuleSets>,
    /// What publishes.
    pub relay: RelayHandle,
}

impl Lateness {
    /// Runs until the service stops.
    pub async fn run(self, shutdown: Shutdown) {
        while shutdown.sleep(LOOK_EVERY).await {
            if let Err(error) = self.look().await {
                tracing::warn!(error = %error, "sources could not be looked at");
            }
        }
    }

    /// Tells of every source that became late, or is late no longer.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub async fn look(&self) -> Result<(), Error> {
        let mut conn = self.database.pool().acquire().await?;
        let standings = sources::standings(&mut conn).await?;
        let told = exceptions::open_of_late_sources(&mut conn).await?;
        drop(conn);
        let now = self.clock.now().into();
        for standing in standings {
            let open = told.iter().find(|row| LateSource::is_of(row, &standing));
            if LateSource::turn(&standing, open, now).is_some() {
                self.tell(&standing).await?;
            }
        }
        Ok(())
    }

    /// Decides once more, alone with the source, and tells.
    async fn tell(&self, looked_at: &Standing) -> Result<(), Error> {
        let source = looked_at.declaration.source.as_str();
        let mut transaction = self.database.pool().begin().await?;
        sources::lock(&mut transaction, source).await?;
        let standings = sources::standings(&mut transaction).await?;
        let found = standings
            .iter()
            .find(|standing| standing.declaration.source.as_str() == source);
        let Some(standing) = found else {
            return Ok(());
        };
        let told = exceptions::open_of_late_sources(&mut transaction).await?;
        let open = told.iter().find(|row| LateSource::is_of(row, standing));
        let now: Timestamp = self.clock.now().into();
        let Some(turn) = LateSource::turn(standing, open, now) else {
            return Ok(());
        };
        let rule_set = self.rule_sets.current(&mut transaction).await?;
        let row = match &turn {
            Turn::Opens(opened_at) => LateSource::opened(standing, *opened_at, (&rule_set, now)),
            Turn::Clears(row) => LateSource::cleared(row, (&rule_set, now)),
        };
        exceptions::save(&mut transaction, std::slice::from_ref(&row)).await?;
        let event = late_source::tell(&row, standing, waiting(&rule_set, standing))?;
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        self.relay.wake();
        Ok(())
    }
}

/// Returns the rules whose verdicts wait for a source.
#[must_use]
pub fn waiting(rule_set: &RuleSet, standing: &Standing) -> Vec<String> {
    let system = standing.declaration.system;
    let rules = rule_set.rules().iter();
    rules
        .filter(|rule| rule.gate().contains(system))
        .map(|rule| rule.name().to_owned())
        .collect()
}
