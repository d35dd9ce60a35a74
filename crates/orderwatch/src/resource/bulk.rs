//! One act on many tickets, and what became of them.

use contracts::ticketing::v1 as wire;
use serde::Serialize;

use super::word;
use crate::output::Row;
use crate::time::optional;

/// How far one is.
#[derive(Debug, Serialize)]
pub(crate) struct Bulk {
    id: String,
    act: String,
    actor: String,
    total: i32,
    done: i32,
    refused: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    began_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    undoes: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    undone_by: String,
}

/// What became of one ticket.
#[derive(Debug, Serialize)]
pub(crate) struct BulkItem {
    ticket: String,
    state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    refusal: String,
    undoable: bool,
}

impl From<wire::Bulk> for Bulk {
    fn from(bulk: wire::Bulk) -> Self {
        Self {
            began_at: optional(bulk.began_at.as_ref()),
            ended_at: optional(bulk.ended_at.as_ref()),
            id: bulk.id,
            act: bulk.act,
            actor: bulk.actor,
            total: bulk.total,
            done: bulk.done,
            refused: bulk.refused,
            undoes: bulk.undoes,
            undone_by: bulk.undone_by,
        }
    }
}

impl From<wire::BulkItem> for BulkItem {
    fn from(item: wire::BulkItem) -> Self {
        Self {
            state: word(item.state().as_str_name(), "BULK_ITEM_STATE"),
            ticket: item.ticket_id,
            code: item.code,
            refusal: item.refusal,
            undoable: item.undoable,
        }
    }
}

impl Row for Bulk {
    const COLUMNS: &'static [&'static str] = &[
        "ID", "WHAT", "BY", "TICKETS", "DONE", "REFUSED", "BEGAN", "ENDED",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.act.clone(),
            self.actor.clone(),
            self.total.to_string(),
            self.done.to_string(),
            self.refused.to_string(),
            self.began_at.clone().unwrap_or_default(),
            self.ended_at.clone().unwrap_or_default(),
        ]
    }
}

impl Row for BulkItem {
    const COLUMNS: &'static [&'static str] = &["TICKET", "STATE", "CODE", "WHY"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ticket.clone(),
            self.state.clone(),
            self.code.clone(),
            self.refusal.clone(),
        ]
    }
}
