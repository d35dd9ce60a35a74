//! Calendars and teams: what of them changes, and whether procedures find what they name.

use std::sync::Arc;

use service::event_log::NewEvent;
use sqlx::PgConnection;

use crate::{
    domain::{
        Instant,
        actor::Actor,
        office::Office,
        sop::{
            Sop,
            document::{Fault, Faults, Resources, fault},
        },
    },
    error::Error,
    events::encode,
    store::{
        office::{self, Documents},
        sops::Applied,
    },
};

/// Calendars and teams as they are going to be.
pub(super) struct Furniture {
    office: Office,
    documents: Documents,
    /// Kind and name of each that is not as it was.
    pub(super) changes: Vec<(&'static str, String)>,
}

impl Furniture {
    /// Holds what is wanted against what is stored.
    pub(super) fn compare(wanted: &Resources, mut stored: Documents) -> Self {
        let mut changes = Vec::new();
        for (name, calendar) in &wanted.calendars {
            if stored
                .calendars
                .insert(name.clone(), calendar.clone())
                .as_ref()
                != Some(calendar)
            {
                changes.push(("Calendar", name.clone()));
            }
        }
        for (name, team) in &wanted.teams {
            if stored.teams.insert(name.clone(), team.clone()).as_ref() != Some(team) {
                changes.push(("Team", name.clone()));
            }
        }
        Self {
            office: stored.clone().furnish(),
            documents: stored,
            changes,
        }
    }

    /// Procedures and teams name only calendars and teams that there are.
    pub(super) fn check(&self, sops: &[Arc<Sop>]) -> Result<(), Error> {
        let mut faults = Vec::new();
        for sop in sops {
            let place = format!("Sop/{}", sop.name);
            for calendar in sop.calendars() {
                self.must_know(calendar, &place, &mut faults);
            }
            for step in &sop.steps {
                self.must_have_team(sop, step, &mut faults);
            }
        }
        for (name, team) in &self.documents.teams {
            let shifts = team.members.iter().filter_map(|it| it.shifts.as_deref());
            for calendar in shifts {
                self.must_know(calendar, &format!("Team/{name}"), &mut faults);
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Faults(faults).into())
        }
    }

    /// Stores what changed, and tells of it.
    pub(super) async fn write(
        &self,
        conn: &mut PgConnection,
        actor: &Actor,
        reason: &str,
        at: Instant,
    ) -> Result<(), Error> {
        let by = actor.name();
        for (kind, name) in &self.changes {
            let how = Applied { by, at, reason };
            let Documents { calendars, teams } = &self.documents;
            if let Some(calendar) = calendars.get(name).filter(|_| *kind == "Calendar") {
                office::put(conn, kind, name, calendar, how).await?;
            } else if let Some(team) = teams.get(name) {
                office::put(conn, kind, name, team, how).await?;
            }
        }
        let told = self.changes.iter();
        let events: Vec<NewEvent> = told
            .map(|(kind, name)| encode::office_changed(kind, name, actor, reason, at))
            .collect();
        if !events.is_empty() {
            service::event_log::append(conn, &events).await?;
        }
        Ok(())
    }

    fn must_know(&self, calendar: &str, place: &str, faults: &mut Vec<Fault>) {
        if self.office.calendars().all(|known| known != calendar) {
            let known: Vec<&str> = self.office.calendars().collect();
            let what = format!(
                "there is no calendar `{calendar}`; there are {}",
                known.join(", ")
            );
            faults.push(fault(place, what));
        }
    }

    fn must_have_team(&self, sop: &Sop, step: &crate::domain::sop::Step, faults: &mut Vec<Fault>) {
        let (team, department) = (step.holder.team(), step.holder.department());
        if team.is_empty() {
            return;
        }
        let known = self.documents.teams.get(team);
        if known.is_none_or(|team| team.department != department) {
            let place = format!("Sop/{}: step {}", sop.name, step.name);
            let what = format!("department {department} has no team `{team}`");
            faults.push(fault(place, what));
        }
    }
}
