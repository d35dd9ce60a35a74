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
    keyring::{self, Keyring},
    store::policies::{self, Sealed},
};

/// Versions read so far. The version in force is asked of the database every
/// time, so that a change holds on every replica at once.
#[derive(Debug, Default)]
pub struct PolicyBook {
    keyring: Option<Arc<Keyring>>,
    read: Mutex<HashMap<i64, Arc<PolicySet>>>,
}

impl PolicyBook {
    /// Nothing was read yet; personal data is sealed and opened with these keys.
    #[must_use]
    pub fn new(keyring: Option<Arc<Keyring>>) -> Self {
        Self {
            keyring,
            read: Mutex::default(),
        }
    }

    /// Documents of a version, opened; none when there is no such version.
    ///
    /// # Errors
    ///
    /// They cannot be read, or not be opened.
    pub async fn resources(
        &self,
        conn: &mut PgConnection,
        version: i64,
    ) -> Result<Resources, Error> {
        let Some(yaml) = policies::yaml(conn, version).await? else {
            return Ok(Resources::default());
        };
        let stored = |faults| Error::StoredPolicies { version, faults };
        self.opened(&Resources::read(&yaml).map_err(stored)?)
    }

    /// Documents as they are stored: personal data sealed.
    ///
    /// # Errors
    ///
    /// There is personal data, and no key.
    pub fn sealed(&self, resources: &Resources) -> Result<Sealed, Error> {
        let Some(keyring) = &self.keyring else {
            if resources.is_personal() {
                return Err(Error::NoKey);
            }
            return Ok(Sealed {
                yaml: resources.to_yaml(),
                key: None,
            });
        };
        let sealed = resources.with_personal(|place, clear| keyring.seal(place, clear))?;
        Ok(Sealed {
            yaml: sealed.to_yaml(),
            key: Some(keyring.current().to_owned()),
        })
    }

    /// Seals anew every version that was sealed with another key, or never; says how many.
    ///
    /// # Errors
    ///
    /// One of them cannot be opened; those before it are sealed.
    pub async fn seal_stored(&self, conn: &mut PgConnection) -> Result<usize, Error> {
        let Some(keyring) = &self.keyring else {
            return Ok(0);
        };
        let mut count = 0;
        for version in policies::sealed_otherwise(conn, keyring.current()).await? {
            let resources = self.resources(conn, version).await?;
            policies::replace(conn, version, &self.sealed(&resources)?).await?;
            count += 1;
        }
        Ok(count)
    }

    fn opened(&self, stored: &Resources) -> Result<Resources, Error> {
        let opened = stored.with_personal(|place, value| match &self.keyring {
            Some(keyring) => keyring.open(place, value),
            None => keyring::open_without_key(place, value),
        });
        Ok(opened?)
    }

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

    /// The set of a version.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub async fn version(
        &self,
        conn: &mut PgConnection,
        version: i64,
    ) -> Result<Arc<PolicySet>, Error> {
        if let Some(set) = self.lock().get(&version) {
            return Ok(Arc::clone(set));
        }
        let resources = self.resources(conn, version).await?;
        let set = if resources.is_empty() {
            PolicySet::built_in()
        } else {
            resources
                .policy_set(version)
                .map_err(|faults| Error::StoredPolicies { version, faults })?
        };
        let set = Arc::new(set);
        self.lock().insert(version, Arc::clone(&set));
        Ok(set)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, Arc<PolicySet>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
