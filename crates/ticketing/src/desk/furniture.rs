//! Calendars and teams: what of them changes, and whether procedures find what they name.

use std::{collections::BTreeMap, sync::Arc};

use service::event_log::NewEvent;
use sqlx::PgConnection;

use crate::{
    domain::{
        Instant,
        actor::Actor,
        office::Office,
        roster::Team,
        sop::{
            Sop, Step,
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
    calendars: Vec<String>,
    teams: Vec<String>,
}

impl Furniture {
    /// Holds what is wanted against what is stored.
    pub(super) fn compare(wanted: &Resources, mut stored: Documents) -> Self {
        let calendars = replace(&mut stored.calendars, &wanted.calendars);
        let teams = replace(&mut stored.teams, &wanted.teams);
        Self {
            office: stored.clone().furnish(),
            documents: stored,
            calendars,
            teams,
        }
    }

    /// Kind and name of each that is not as it was.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let calendars = self
            .calendars
            .iter()
            .map(|name| ("Calendar", name.as_str()));
        let teams = self.teams.iter().map(|name| ("Team", name.as_str()));
        calendars.chain(teams)
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
                self.must_have_skilled(sop, step, &mut faults);
            }
        }
        for (name, team) in &self.documents.teams {
            let shifts = team.members.iter().filter_map(|it| it.shifts.as_deref());
            for calendar in shifts {
                self.must_know(calendar, &format!("Team/{name}"), &mut faults);
            }
        }
        Ok(Faults::unless_none(faults)?)
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
        let how = Applied { by, at, reason };
        for name in &self.calendars {
            office::put(conn, "Calendar", name, &self.documents.calendars[name], how).await?;
        }
        for name in &self.teams {
            office::put(conn, "Team", name, &self.documents.teams[name], how).await?;
        }
        let events: Vec<NewEvent> = self
            .changes()
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

    fn must_have_team(&self, sop: &Sop, step: &Step, faults: &mut Vec<Fault>) {
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

    /// Where a department gives work out, somebody there has the skills that the work takes.
    fn must_have_skilled(&self, sop: &Sop, step: &Step, faults: &mut Vec<Fault>) {
        let teams = self.documents.teams.values();
        let teams: Vec<&Team> = teams
            .filter(|it| it.department == step.holder.department())
            .collect();
        if teams.iter().all(|team| team.assign.is_manual()) {
            return;
        }
        let members = || teams.iter().flat_map(|team| &team.members);
        let unknown = |skill: &&String| !members().any(|it| it.skills.contains(skill));
        for skill in step.skills.iter().filter(unknown) {
            let place = format!("Sop/{}: step {}", sop.name, step.name);
            let department = step.holder.department();
            let what = format!("nobody of department {department} has the skill `{skill}`");
            faults.push(fault(place, what));
        }
    }
}

/// Puts what is wanted in the place of what is stored; answers the names of what differs.
fn replace<T: Clone + PartialEq>(
    stored: &mut BTreeMap<String, T>,
    wanted: &BTreeMap<String, T>,
) -> Vec<String> {
    let differs = |(name, it): &(&String, &T)| stored.get(*name) != Some(*it);
    let changed: Vec<String> = wanted
        .iter()
        .filter(differs)
        .map(|(name, _)| name.clone())
        .collect();
    stored.extend(wanted.clone());
    changed
}
