//! What somebody may be asked to do, by the teams that they are in.

use super::{
    holder::Holder,
    roster::{Role, Roster},
    task::{Task, TaskKind},
};

/// A person's place among the teams in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duties {
    /// Login.
    pub login: String,
    /// Departments of their teams.
    pub departments: Vec<String>,
    /// Their teams.
    pub teams: Vec<String>,
    /// Whether they may decide who has a step.
    pub arbiter: bool,
    /// Everybody.
    pub staff: Staff,
}

/// Everybody whom the teams in force know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff {
    /// Logins.
    pub logins: Vec<String>,
    /// Departments that have a team.
    pub departments: Vec<String>,
}

impl Roster {
    /// What somebody may be asked to do.
    #[must_use]
    pub fn duties(&self, login: &str) -> Duties {
        let own = || self.teams().filter(|(_, team)| team.has(login));
        Duties {
            login: login.to_owned(),
            departments: each(own().map(|(_, team)| &*team.department)),
            teams: each(own().map(|(name, _)| name)),
            arbiter: self.has_role(login, Role::Arbiter),
            staff: self.staff(),
        }
    }

    /// Everybody.
    #[must_use]
    pub fn staff(&self) -> Staff {
        let members = self.teams().flat_map(|(_, team)| &team.members);
        Staff {
            logins: each(members.map(|member| &*member.login)),
            departments: each(self.teams().map(|(_, team)| &*team.department)),
        }
    }
}

impl Staff {
    /// Whether somebody in person holds it. Where the department has a team, a name that nobody
    /// has, such as that of a role, is nobody's.
    #[must_use]
    pub fn holds(&self, holder: &Holder) -> bool {
        let name = holder.assignee();
        let is_staffed = self.departments.iter().any(|it| it == holder.department());
        !name.is_empty() && (!is_staffed || self.logins.iter().any(|it| it == name))
    }
}

impl Duties {
    /// Whether a task is the person's: they hold it, or nobody of their team or, where none is
    /// named, of their department does, or they may decide it.
    #[must_use]
    pub fn include(&self, task: &Task) -> bool {
        let holder = &task.holder;
        let is_own = |name: &str, own: &[String]| own.iter().any(|it| it == name);
        let is_near = is_own(holder.department(), &self.departments);
        let is_unclaimed = is_near
            && (holder.team().is_empty() || is_own(holder.team(), &self.teams))
            && !self.staff.holds(holder);
        let is_staffed = is_own(holder.department(), &self.staff.departments);
        let may_decide =
            task.kind == TaskKind::Arbitrate && self.arbiter && (is_near || !is_staffed);
        holder.assignee() == self.login || is_unclaimed || may_decide
    }
}

/// Names, each once.
fn each<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn roster() -> Roster {
        let teams = "
            east: { department: warehouse, lead: zhao, members: [{ login: zhao }, { login: wang }] }
            west: { department: warehouse, lead: qian, members: [{ login: qian }] }
            bridge: { department: operations, lead: sun, members: [{ login: sun, roles: [arbiter] }] }
        ";
        let teams: BTreeMap<_, _> = serde_norway::from_str(teams).unwrap();
        Roster::new(teams)
    }

    fn task(kind: TaskKind, department: &str, team: &str, assignee: &str) -> Task {
        Task {
            step: 0,
            kind,
            holder: Holder::new(department, assignee).unwrap().with_team(team),
            due_at: None,
            overdue: false,
            paused: false,
        }
    }

    fn whose(task: &Task) -> Vec<&'static str> {
        let roster = roster();
        ["zhao", "wang", "qian", "sun", "li"]
            .into_iter()
            .filter(|login| roster.duties(login).include(task))
            .collect()
    }

    #[test]
    fn what_somebody_holds_is_theirs_alone() {
        let held = task(TaskKind::Work, "warehouse", "east", "wang");
        assert_eq!(whose(&held), ["wang"]);
        let elsewhere = task(TaskKind::Work, "logistics", "", "li");
        assert_eq!(whose(&elsewhere), ["li"], "no team has to know a person");
    }

    #[test]
    fn what_nobody_holds_is_the_team_s_or_the_department_s() {
        assert_eq!(
            whose(&task(TaskKind::Work, "warehouse", "east", "")),
            ["zhao", "wang"]
        );
        assert_eq!(
            whose(&task(TaskKind::Accept, "warehouse", "", "")),
            ["zhao", "wang", "qian"]
        );
        assert_eq!(
            whose(&task(TaskKind::Work, "warehouse", "west", "duty-lead")),
            ["qian"],
            "a role is nobody"
        );
        assert!(whose(&task(TaskKind::Work, "logistics", "", "")).is_empty());
    }

    #[test]
    fn arbiters_decide_for_their_department_and_for_those_without_a_team() {
        assert_eq!(
            whose(&task(TaskKind::Arbitrate, "operations", "", "duty-lead")),
            ["sun"]
        );
        assert_eq!(
            whose(&task(TaskKind::Arbitrate, "finance", "", "duty-lead")),
            ["sun"]
        );
        assert_eq!(
            whose(&task(TaskKind::Arbitrate, "warehouse", "east", "zhao")),
            ["zhao"]
        );
    }
}
