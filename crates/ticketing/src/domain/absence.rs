//! Who is away, and who stands in.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{
    Instant,
    actor::Person,
    roster::{Role, Roster},
};

/// That somebody is away in `[from, until)`. There is one of a person from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Login.
    pub login: String,
    /// Since when.
    pub from: Instant,
    /// When they are back.
    pub until: Instant,
    /// Login of who does their work meanwhile; absent where their team does.
    pub stand_in: Option<String>,
    /// Why.
    pub reason: String,
}

/// Who is away, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Absences(BTreeMap<String, Vec<Absence>>);

/// Why an absence is not set, or not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AbsenceRefusal {
    /// Somebody else's business.
    #[error("{who} may not: it takes {login}, the lead of a team of theirs, or a supervisor")]
    NotPermitted {
        /// Who wanted to.
        who: String,
        /// Whose absence.
        login: String,
    },
    /// No team knows the person.
    #[error("{0} is in no team")]
    NoMember(String),
    /// The stand-in could not do the work.
    #[error("{stand_in} cannot stand in for {login}, as they may not do the work of {department}")]
    Unfit {
        /// Who was to stand in.
        stand_in: String,
        /// For whom.
        login: String,
        /// Where they may do nothing.
        department: String,
    },
    /// It would have ended before it is said.
    #[error("it would be over already, at {0}")]
    Over(Instant),
    /// They are away already.
    #[error(
        "{login} is away from {from} until {until} already; change that one, or leave its time free"
    )]
    Overlaps {
        /// Who.
        login: String,
        /// Since when.
        from: Instant,
        /// Until when.
        until: Instant,
    },
    /// There is none to delete.
    #[error("{login} has no absence from {from}")]
    Unknown {
        /// Who.
        login: String,
        /// Since when.
        from: Instant,
    },
}

impl Absences {
    /// Takes absences in; those of one person must not overlap.
    pub fn new(all: impl IntoIterator<Item = Absence>) -> Self {
        let mut absences = BTreeMap::<String, Vec<Absence>>::new();
        for absence in all {
            let own = absences.entry(absence.login.clone()).or_default();
            own.push(absence);
        }
        Self(absences)
    }

    /// The absence of somebody at an instant.
    #[must_use]
    pub fn of(&self, login: &str, at: Instant) -> Option<&Absence> {
        let own = self.0.get(login)?;
        own.iter().find(|it| it.from <= at && at < it.until)
    }

    /// Who does the work of somebody who is away: the stand-in, or theirs if they are away as
    /// well. Absent when that leads to nobody.
    #[must_use]
    pub fn stand_in(&self, login: &str, at: Instant) -> Option<&str> {
        let mut passed = vec![login];
        let mut away = self.of(login, at)?;
        loop {
            let next = away.stand_in.as_deref()?;
            if passed.contains(&next) {
                return None;
            }
            match self.of(next, at) {
                None => return Some(next),
                Some(absence) => away = absence,
            }
            passed.push(next);
        }
    }
}

impl Absence {
    /// Whether somebody may set it as it is, beside the others of the same person.
    ///
    /// # Errors
    /// [`AbsenceRefusal`] says why not.
    pub fn check<'a>(
        &self,
        by: &Person,
        roster: &Roster,
        others: impl IntoIterator<Item = &'a Self>,
        now: Instant,
    ) -> Result<(), AbsenceRefusal> {
        may_change(&self.login, by, roster)?;
        if roster.teams_of(&self.login).next().is_none() {
            return Err(AbsenceRefusal::NoMember(self.login.clone()));
        }
        if self.until <= now {
            return Err(AbsenceRefusal::Over(self.until));
        }
        if let Some(stand_in) = &self.stand_in {
            self.must_be_fit(stand_in, roster)?;
        }
        let overlaps = |other: &&Self| {
            other.from != self.from && other.from < self.until && self.from < other.until
        };
        match others.into_iter().find(overlaps) {
            None => Ok(()),
            Some(other) => Err(AbsenceRefusal::Overlaps {
                login: other.login.clone(),
                from: other.from,
                until: other.until,
            }),
        }
    }

    fn must_be_fit(&self, stand_in: &str, roster: &Roster) -> Result<(), AbsenceRefusal> {
        if roster.teams_of(stand_in).next().is_none() {
            return Err(AbsenceRefusal::NoMember(stand_in.to_owned()));
        }
        let departments = roster.teams_of(&self.login).map(|(_, it)| &it.department);
        let mut closed = departments.filter(|it| !roster.may_act_for(stand_in, it));
        match closed.next() {
            None => Ok(()),
            Some(department) => Err(AbsenceRefusal::Unfit {
                stand_in: stand_in.to_owned(),
                login: self.login.clone(),
                department: department.clone(),
            }),
        }
    }
}

/// Absences are the business of the person, of the leads of their teams, and of supervisors.
///
/// # Errors
/// [`AbsenceRefusal::NotPermitted`].
pub fn may_change(login: &str, by: &Person, roster: &Roster) -> Result<(), AbsenceRefusal> {
    let who = by.as_str();
    if who == login || roster.leads(who, login) || roster.has_role(who, Role::Supervisor) {
        return Ok(());
    }
    Err(AbsenceRefusal::NotPermitted {
        who: who.to_owned(),
        login: login.to_owned(),
    })
}

#[cfg(test)]
mod tests;
