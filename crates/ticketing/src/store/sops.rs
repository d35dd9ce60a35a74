//! Procedures by name and version.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use sqlx::PgConnection;

use crate::{
    domain::{
        Instant,
        sop::{Shelf, Sop, Step, Terms},
    },
    error::Error,
};

/// Name and version of a procedure.
pub type Key = (String, i32);

/// Versions of procedures already read. They never change, so they are read
/// once; which of them are in force is asked each time.
#[derive(Debug, Default)]
pub struct Library(RwLock<HashMap<Key, Arc<Sop>>>);

impl Library {
    /// The newest version of every procedure.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn shelf(&self, conn: &mut PgConnection) -> Result<Shelf, Error> {
        let newest = sqlx::query!(
            r#"select name, max(version) as "version!" from sops group by name order by name"#
        )
        .fetch_all(&mut *conn)
        .await?;
        let keys: Vec<Key> = newest
            .into_iter()
            .map(|row| (row.name, row.version))
            .collect();
        let sops = self.fetch(conn, keys.iter().cloned().collect()).await?;
        Ok(Shelf::new(
            keys.iter()
                .filter_map(|key| sops.get(key).cloned())
                .collect(),
        ))
    }

    /// Certain versions; those that do not exist are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fetch(
        &self,
        conn: &mut PgConnection,
        wanted: HashSet<Key>,
    ) -> Result<HashMap<Key, Arc<Sop>>, Error> {
        let mut found = self.known(&wanted);
        let missing: Vec<&Key> = wanted
            .iter()
            .filter(|key| !found.contains_key(*key))
            .collect();
        if !missing.is_empty() {
            let read = read(conn, &missing).await?;
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.extend(read.iter().map(|(key, sop)| (key.clone(), Arc::clone(sop))));
            found.extend(read);
        }
        Ok(found)
    }

    fn known(&self, wanted: &HashSet<Key>) -> HashMap<Key, Arc<Sop>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        wanted
            .iter()
            .filter_map(|key| known.get(key).map(|sop| (key.clone(), Arc::clone(sop))))
            .collect()
    }
}

async fn read(conn: &mut PgConnection, keys: &[&Key]) -> Result<Vec<(Key, Arc<Sop>)>, Error> {
    let names: Vec<String> = keys.iter().map(|(name, _)| name.clone()).collect();
    let versions: Vec<i32> = keys.iter().map(|(_, version)| *version).collect();
    let rows = sqlx::query!(
        r#"select name, version, scenarios, steps as "steps: sqlx::types::Json<Vec<Step>>",
            terms as "terms: sqlx::types::Json<Terms>"
        from sops join unnest($1::text[], $2::integer[]) as wanted (name, version)
        using (name, version)"#,
        &names,
        &versions
    )
    .fetch_all(conn)
    .await?;
    let sops = rows.into_iter().map(|row| Sop {
        name: row.name,
        version: row.version,
        scenarios: row.scenarios,
        terms: row.terms.0,
        steps: row.steps.0,
    });
    Ok(sops
        .map(|sop| ((sop.name.clone(), sop.version), Arc::new(sop)))
        .collect())
}

/// Who stores procedures, when and why.
#[derive(Debug, Clone, Copy)]
pub struct Applied<'a> {
    /// Login or name of the service.
    pub by: &'a str,
    /// Instant of the change.
    pub at: Instant,
    /// Why.
    pub reason: &'a str,
}

/// Keeps others from storing procedures until the transaction ends; readers go on.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("lock table sops in share row exclusive mode")
        .execute(conn)
        .await?;
    Ok(())
}

/// Stores one version.
///
/// # Errors
/// Those of the database.
pub async fn insert(conn: &mut PgConnection, sop: &Sop, how: Applied<'_>) -> Result<(), Error> {
    sqlx::query!(
        "insert into sops (name, version, scenarios, terms, steps, applied_at, applied_by, reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8)",
        sop.name,
        sop.version,
        &sop.scenarios,
        sqlx::types::Json(&sop.terms) as _,
        sqlx::types::Json(&sop.steps) as _,
        how.at,
        how.by,
        how.reason
    )
    .execute(conn)
    .await?;
    Ok(())
}
