//! Directory and policies are changed: checked as a whole, sealed, kept as a new version.

use service::event_log;
use tracing::info;

use crate::{
    domain::resources::{Difference, Faults, Resources},
    error::Error,
    events::encode,
    notifier::Notifier,
    on_call::{self, Said},
    store::policies,
};

/// What came of a change.
#[derive(Debug)]
pub(crate) struct Applied {
    /// Version in force.
    pub(crate) version: i64,
    /// What became different, or would.
    pub(crate) changes: Vec<Difference>,
    /// What is valid and still likely not meant.
    pub(crate) warnings: Vec<String>,
}

/// Whether a change is made, or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earnest {
    /// It is made.
    Real,
    /// Nothing is changed.
    DryRun,
}

impl Earnest {
    pub(crate) fn of(dry_run: bool) -> Self {
        if dry_run { Self::DryRun } else { Self::Real }
    }
}

impl Notifier {
    /// Seals what is stored with the key in force, where it is not; for the start.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub async fn seal_stored(&self) -> Result<(), Error> {
        let mut transaction = self.inner.pool.begin().await?;
        policies::lock(&mut transaction).await?;
        let count = self.inner.policies.seal_stored(&mut transaction).await?;
        transaction.commit().await?;
        if count > 0 {
            info!(policies.versions = count, "sealed personal data anew");
        }
        Ok(())
    }

    /// Changes the documents in force.
    ///
    /// # Errors
    ///
    /// What comes of it has faults, or personal data and no key to seal it with.
    pub(crate) async fn change_policies(
        &self,
        change: impl FnOnce(Resources) -> Result<Resources, Faults>,
        by: &Said,
        earnest: Earnest,
    ) -> Result<Applied, Error> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin().await?;
        policies::lock(&mut transaction).await?;
        let version = policies::latest(&mut transaction).await?;
        let before = inner.policies.resources(&mut transaction, version).await?;
        let after = change(before.clone())
            .and_then(|after| after.within_expressions_of(&before))
            .map_err(Error::Policies)?;
        let set = after.policy_set(version).map_err(Error::Policies)?;
        let now = inner.clock.now();
        let mut applied = Applied {
            version,
            changes: before.differences(&after),
            warnings: on_call::warnings(&mut transaction, &set.directory, now).await?,
        };
        let sealed = inner.policies.sealed(&after)?;
        if applied.changes.is_empty() || earnest == Earnest::DryRun {
            return Ok(applied);
        }
        let Said { actor, reason } = by;
        applied.version = policies::add(&mut transaction, &sealed, actor, reason, now).await?;
        let event = encode::applied(applied.version, actor, reason, now);
        event_log::append(&mut transaction, &[event]).await?;
        transaction.commit().await?;
        inner.relay.wake();
        Ok(applied)
    }
}
