//! Who answers for a ticket.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One accountable department, and the person in it when somebody is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    department: String,
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
            assignee: assignee.to_owned(),
        })
    }

    /// The accountable department.
    #[must_use]
    pub fn department(&self) -> &str {
        &self.department
    }

    /// The person or role in the department; empty when nobody is named.
    #[must_use]
    pub fn assignee(&self) -> &str {
        &self.assignee
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.assignee.is_empty() {
            f.write_str(&self.department)
        } else {
            write!(f, "{} ({})", self.department, self.assignee)
        }
    }
}
