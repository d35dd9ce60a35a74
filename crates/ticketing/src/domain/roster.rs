//! Who works where: teams, their people, and what these may do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{exception::OrderSummary, holder::Holder};

/// Some people of one department who share their work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Team {
    /// The department that answers for what the team holds.
    pub department: String,
    /// Who gets what nobody else can take.
    pub lead: String,
    /// Everybody, the lead included.
    pub members: Vec<Member>,
    /// Warehouses whose orders are the team's.
    #[serde(default)]
    pub warehouses: Vec<String>,
    /// Regions whose orders are the team's.
    #[serde(default)]
    pub regions: Vec<String>,
    /// How its work finds somebody.
    #[serde(default, skip_serializing_if = "Assign::is_manual")]
    pub assign: Assign,
}

/// How the work of a team finds somebody of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assign {
    /// People claim it.
    #[default]
    Manual,
    /// It is given to them.
    Automatic,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// Login.
    pub login: String,
    /// What they may do beyond the work itself.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// What they are able to do.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Most open pieces of work up to which they are given more of themselves.
    #[serde(default = "usual_cap")]
    pub cap: u32,
    /// Calendar of their shifts; absent when they are always there.
    #[serde(default)]
    pub shifts: Option<String>,
}

/// A right beyond the work itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May act for every department, and past a guard with a reason.
    Supervisor,
    /// May decide who has to take what was handed over.
    Arbiter,
}

/// Which team of the department gets a step, where the order decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TeamOf {
    /// That of the warehouse which ships the order.
    Warehouse,
    /// That of the region to which it goes.
    Region,
}

/// Teams by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster(BTreeMap<String, Team>);

const fn usual_cap() -> u32 {
    50
}

impl Role {
    /// The word in documents and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supervisor => "supervisor",
            Self::Arbiter => "arbiter",
        }
    }
}

impl Assign {
    /// Whether people claim it.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        *self == Self::Manual
    }
}

impl Roster {
    /// Takes teams in.
    #[must_use]
    pub fn new(teams: BTreeMap<String, Team>) -> Self {
        Self(teams)
    }

    /// Whether somebody has a role, in whichever team.
    #[must_use]
    pub fn has_role(&self, login: &str, role: Role) -> bool {
        self.0
            .values()
            .flat_map(|team| &team.members)
            .any(|member| member.login == login && member.roles.contains(&role))
    }

    /// Whether somebody may do the work of a department: its people and supervisors, and anybody
    /// where the department has no team.
    #[must_use]
    pub fn may_act_for(&self, login: &str, department: &str) -> bool {
        let mut teams = self.of_department(department).peekable();
        teams.peek().is_none()
            || teams.any(|(_, team)| team.has(login))
            || self.has_role(login, Role::Supervisor)
    }

    /// Sends a step's work to the team that its order decides, where there is one.
    #[must_use]
    pub fn place(&self, holder: &Holder, team_of: Option<TeamOf>, order: &OrderSummary) -> Holder {
        let Some(team_of) = team_of else {
            return holder.clone();
        };
        let team = self
            .of_department(holder.department())
            .find(|(_, team)| match team_of {
                TeamOf::Warehouse => team.warehouses.contains(&order.warehouse),
                TeamOf::Region => team.regions.contains(&order.region),
            });
        team.map_or_else(|| holder.clone(), |(name, _)| holder.with_team(name))
    }

    /// The team that gives out what a holder has: the one that is named, or the only one of the
    /// department; absent where people claim it.
    #[must_use]
    pub fn distributor<'a>(&'a self, holder: &'a Holder) -> Option<(&'a str, &'a Team)> {
        let mut teams = self.of_department(holder.department());
        let team = match holder.team() {
            "" => teams.next().filter(|_| teams.next().is_none()),
            named => teams.find(|(name, _)| *name == named),
        };
        team.filter(|(_, team)| !team.assign.is_manual())
    }

    /// Whether somebody leads a team that another is in.
    #[must_use]
    pub fn leads(&self, login: &str, other: &str) -> bool {
        self.teams_of(other).any(|(_, team)| team.lead == login)
    }

    /// The teams that somebody is in.
    pub fn teams_of<'a>(&'a self, login: &'a str) -> impl Iterator<Item = (&'a str, &'a Team)> {
        self.teams().filter(move |(_, team)| team.has(login))
    }

    /// Teams, by name.
    pub fn teams(&self) -> impl Iterator<Item = (&str, &Team)> {
        self.0.iter().map(|(name, team)| (name.as_str(), team))
    }

    fn of_department<'a>(
        &'a self,
        department: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Team)> {
        self.teams()
            .filter(move |(_, team)| team.department == department)
    }
}

impl Team {
    /// Whether somebody is in it.
    #[must_use]
    pub fn has(&self, login: &str) -> bool {
        self.members.iter().any(|member| member.login == login)
    }
}
