//! Escalations under other policies.

use contracts::escalation::v1 as wire;
use serde::Serialize;

use crate::output::Row;
use crate::time::optional;

/// An escalation that is put under the policies in force.
#[derive(Debug, Serialize)]
pub(crate) struct MigratedEscalation {
    ticket_id: String,
    order_id: String,
    from: String,
    to: String,
    routes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<String>,
    levels_at_once: Vec<i32>,
}

impl From<wire::MigratedEscalation> for MigratedEscalation {
    fn from(migrated: wire::MigratedEscalation) -> Self {
        Self {
            ticket_id: migrated.ticket_id,
            order_id: migrated.order_id,
            from: format!("{}@{}", migrated.from_policy, migrated.from_version),
            to: format!("{}@{}", migrated.to_policy, migrated.to_version),
            routes: migrated.to_routes,
            next_before: optional(migrated.next_before.as_ref()),
            next_after: optional(migrated.next_after.as_ref()),
            levels_at_once: migrated.levels_at_once,
        }
    }
}

impl Row for MigratedEscalation {
    const COLUMNS: &'static [&'static str] = &[
        "TICKET", "ORDER", "FROM", "TO", "NEXT WAS", "NEXT IS", "AT ONCE",
    ];

    fn cells(&self) -> Vec<String> {
        let levels: Vec<String> = self.levels_at_once.iter().map(i32::to_string).collect();
        vec![
            self.ticket_id.clone(),
            self.order_id.clone(),
            self.from.clone(),
            self.to.clone(),
            self.next_before.clone().unwrap_or_default(),
            self.next_after.clone().unwrap_or_default(),
            levels.join(", "),
        ]
    }
}
