//! Who answers for a ticket.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One accountable department; the team and the person in it, when they are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    department: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    team: String,
    assignee: String,
}

/// The department was empty, so nobody would be accountable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must name a department")]
pub struct NoDepartment;

impl Holder {
    /// Names a department and, unless empty, the person in it.
    ///
    /// # Errors
    /// [`NoDepartment`] when the department is empty.
    pub fn new(department: &str, assignee: &str) -> Result<Self, NoDepartment> {
        let (department, assignee) = (department.trim(), assignee.trim());
        if department.is_empty() {
            return Err(NoDepartment);
        }
        Ok(Self {
            department: department.to_owned(),
            team: String::new(),
            assignee: assignee.to_owned(),
        })
    }

    /// A holder that is written in this program.
    pub(crate) fn written(department: &'static str, assignee: &'static str) -> Self {
        Self {
            department: department.to_owned(),
            team: String::new(),
            assignee: assignee.to_owned(),
        }
    }

    /// The same department, and this team of it.
    #[must_use]
    pub fn with_team(&self, team: &str) -> Self {
        Self {
            team: team.trim().to_owned(),
            ..self.clone()
        }
    }

    /// The same department and team, and this person of it.
    #[must_use]
    pub fn with_assignee(&self, assignee: &str) -> Self {
        Self {
            assignee: assignee.trim().to_owned(),
            ..self.clone()
        }
    }

    /// The accountable department.
    #[must_use]
    pub fn department(&self) -> &str {
        &self.department
    }

    /// The team whose queue it is in; empty when none is named.
    #[must_use]
    pub fn team(&self) -> &str {
        &self.team
    }

    /// The person or role in the department; empty when nobody is named.
    #[must_use]
    pub fn assignee(&self) -> &str {
        &self.assignee
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<&str> = [self.team.as_str(), self.assignee.as_str()]
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect();
        f.write_str(&self.department)?;
        if named.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", named.join(", "))
    }
}
