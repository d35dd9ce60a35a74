//! Who is away: set, listed, deleted.

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::Desk;
use crate::{
    domain::{
        Instant,
        absence::{Absence, AbsenceRefusal, may_change},
        actor::{Actor, Person},
    },
    error::Error,
    events::encode::{self, AbsenceChange},
    store::{absences, office, sops::Applied},
};

/// How long absences are kept that are over.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Which absences somebody wants to see.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this person only.
    pub login: Option<String>,
    /// Those that are over as well.
    pub over: bool,
}

impl Desk {
    /// Has somebody away. One of the same person from the same instant on is changed.
    ///
    /// # Errors
    /// [`AbsenceRefusal`], and those of the database.
    pub async fn set_absence(&self, absence: Absence, by: Person) -> Result<Absence, Error> {
        let mut transaction = self.begin().await?;
        office::lock(&mut transaction).await?;
        let now = self.now();
        absences::forget(&mut transaction, now - KEPT).await?;
        let known = self.absences_of(&mut transaction, &absence.login).await?;
        let office = self.office(&mut transaction).await?;
        absence.check(&by, office.roster(), &known, now)?;
        let (by, reason) = (Actor::Person(by), absence.reason.clone());
        let how = Applied {
            by: by.name(),
            at: now,
            reason: &reason,
        };
        absences::put(&mut transaction, &absence, how).await?;
        office::renew(&mut transaction).await?;
        let event = encode::absence_changed(&absence, AbsenceChange::Set, &by, &reason, now);
        service::event_log::append(&mut transaction, &[event]).await?;
        self.commit(transaction).await?;
        Ok(absence)
    }

    /// Has somebody not be away. What was given to others stays theirs.
    ///
    /// # Errors
    /// [`AbsenceRefusal`], and those of the database.
    pub async fn delete_absence(
        &self,
        login: &str,
        from: Instant,
        by: Person,
        reason: &str,
    ) -> Result<(), Error> {
        let mut transaction = self.begin().await?;
        office::lock(&mut transaction).await?;
        let known = self.absences_of(&mut transaction, login).await?;
        let office = self.office(&mut transaction).await?;
        may_change(login, &by, office.roster())?;
        let deleted = known.into_iter().find(|it| it.from == from);
        let absence = deleted.ok_or_else(|| AbsenceRefusal::Unknown {
            login: login.to_owned(),
            from,
        })?;
        absences::delete(&mut transaction, login, from).await?;
        office::renew(&mut transaction).await?;
        let (by, now) = (Actor::Person(by), self.now());
        let event = encode::absence_changed(&absence, AbsenceChange::Deleted, &by, reason, now);
        service::event_log::append(&mut transaction, &[event]).await?;
        self.commit(transaction).await
    }

    /// Absences by person and time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn absences(&self, wanted: &Wanted) -> Result<Vec<Absence>, Error> {
        let mut connection = self.0.database.pool().acquire().await?;
        let mut found = absences::all(&mut connection).await?;
        let now = self.now();
        let is_of = |it: &Absence| wanted.login.as_ref().is_none_or(|login| *login == it.login);
        found.retain(|it| is_of(it) && (wanted.over || it.until > now));
        Ok(found)
    }

    async fn absences_of(
        &self,
        conn: &mut PgConnection,
        login: &str,
    ) -> Result<Vec<Absence>, Error> {
        let mut known = absences::all(conn).await?;
        known.retain(|it| it.login == login);
        Ok(known)
    }
}
