//! Policies in force, and those that running escalations began under.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgConnection;

use crate::{
    domain::{
        escalation::Escalation,
        policy::{Policy, PolicySet},
        resources::Resources,
    },
    error::Error,
    store::policies,
};

/// Versions read so far. The version in force is asked of the database every
/// time, so that a change holds on every replica at once.
#[derive(Debug, Default)]
pub struct PolicyBook {
    read: Mutex<HashMap<i64, Arc<PolicySet>>>,
}

impl PolicyBook {
    /// The set in force.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub async fn in_force(&self, conn: &mut PgConnection) -> Result<Arc<PolicySet>, Error> {
        let version = policies::latest(conn).await?;
        self.version(conn, version).await
    }

    /// The policy that an escalation began under.
    ///
    /// # Errors
    ///
    /// Its version cannot be read.
    pub async fn policy_of(
        &self,
        conn: &mut PgConnection,
        escalation: &Escalation,
    ) -> Result<Policy, Error> {
        let set = self.version(conn, escalation.policy_version).await?;
        Ok(set
            .named(&escalation.policy)
            .cloned()
            .unwrap_or_else(Policy::built_in))
    }

    async fn version(
        &self,
        conn: &mut PgConnection,
        version: i64,
    ) -> Result<Arc<PolicySet>, Error> {
        if let Some(set) = self.lock().get(&version) {
            return Ok(Arc::clone(set));
        }
        let set = match policies::yaml(conn, version).await? {
            Some(yaml) => Resources::parse(&yaml)
                .and_then(|resources| resources.policy_set(version))
                .map_err(|faults| Error::StoredPolicies { version, faults })?,
            None => PolicySet::built_in(),
        };
        let set = Arc::new(set);
        self.lock().insert(version, Arc::clone(&set));
        Ok(set)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Arc<PolicySet>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
