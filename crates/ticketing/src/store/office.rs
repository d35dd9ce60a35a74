//! Calendars and teams in force.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use calendar::CalendarSpec;
use serde::Serialize;
use sqlx::{PgConnection, types::Json};

use super::{absences, sops::Applied};
use crate::{
    domain::{
        absence::Absences,
        office::Office,
        roster::{Roster, Team},
    },
    error::Error,
};

/// What procedures go by, by kind and name.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// Calendars.
    pub calendars: BTreeMap<String, CalendarSpec>,
    /// Teams.
    pub teams: BTreeMap<String, Team>,
}

/// The office as it was read last, and the version that it was read at.
#[derive(Debug, Default)]
pub struct Front(RwLock<Option<(i64, Arc<Office>)>>);

impl Documents {
    /// The office that they make.
    #[must_use]
    pub fn furnish(self) -> Office {
        let calendars = self.calendars.into_iter().filter_map(|(name, spec)| {
            // They were built before they were stored.
            Some((name, Arc::new(spec.build().ok()?)))
        });
        Office::new(calendars.collect(), Roster::new(self.teams))
    }
}

impl Front {
    /// The office in force.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn office(&self, conn: &mut PgConnection) -> Result<Arc<Office>, Error> {
        let version = sqlx::query_scalar!("select version from office_version")
            .fetch_one(&mut *conn)
            .await?;
        if let Some(office) = self.known(version) {
            return Ok(office);
        }
        let away = Absences::new(absences::all(conn).await?);
        let office = Arc::new(read(conn).await?.furnish().with_absences(away));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some((version, Arc::clone(&office)));
        Ok(office)
    }

    fn known(&self, wanted: i64) -> Option<Arc<Office>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (version, office) = known.as_ref()?;
        (*version == wanted).then(|| Arc::clone(office))
    }
}

/// Everything that is stored.
///
/// # Errors
/// Those of the database.
pub async fn read(conn: &mut PgConnection) -> Result<Documents, Error> {
    let calendars = sqlx::query!(
        r#"select name, spec as "spec: Json<CalendarSpec>" from office_documents
        where kind = 'Calendar'"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let teams = sqlx::query!(
        r#"select name, spec as "spec: Json<Team>" from office_documents where kind = 'Team'"#
    )
    .fetch_all(conn)
    .await?;
    Ok(Documents {
        calendars: calendars
            .into_iter()
            .map(|row| (row.name, row.spec.0))
            .collect(),
        teams: teams
            .into_iter()
            .map(|row| (row.name, row.spec.0))
            .collect(),
    })
}

/// Stores a document, in place of the one of that name.
///
/// # Errors
/// Those of the database.
pub async fn put(
    conn: &mut PgConnection,
    kind: &str,
    name: &str,
    spec: &impl Serialize,
    how: Applied<'_>,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into office_documents (kind, name, spec, applied_at, applied_by, reason)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (kind, name) do update set spec = excluded.spec,
            applied_at = excluded.applied_at, applied_by = excluded.applied_by,
            reason = excluded.reason",
        kind,
        name,
        Json(spec) as _,
        how.at,
        how.by,
        how.reason
    )
    .execute(&mut *conn)
    .await?;
    renew(conn).await
}

/// Keeps others from changing the office until the transaction ends; readers go on.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("select version from office_version for update")
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Has every replica read the office again. What is read as the office in the same transaction
/// after this would be kept as what is in force.
///
/// # Errors
/// Those of the database.
pub async fn renew(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("update office_version set version = version + 1")
        .execute(conn)
        .await?;
    Ok(())
}
