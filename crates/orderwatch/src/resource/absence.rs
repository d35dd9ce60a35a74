//! Who is away.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// That somebody is away.
#[derive(Debug, Serialize)]
pub(crate) struct Absence {
    login: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    stand_in: String,
    reason: String,
}

impl From<wire::Absence> for Absence {
    fn from(absence: wire::Absence) -> Self {
        Self {
            login: absence.login,
            from: optional(absence.from.as_ref()),
            until: optional(absence.until.as_ref()),
            stand_in: absence.stand_in,
            reason: absence.reason,
        }
    }
}

impl Row for Absence {
    const COLUMNS: &'static [&'static str] = &["LOGIN", "FROM", "UNTIL", "STAND-IN", "REASON"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.login.clone(),
            self.from.clone().unwrap_or_default(),
            self.until.clone().unwrap_or_default(),
            self.stand_in.clone(),
            self.reason.clone(),
        ]
    }
}
