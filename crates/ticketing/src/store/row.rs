//! A ticket as the table keeps it.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    domain::{
        actor::Person,
        exception::{Exception, OrderSummary, Standing},
        id::TicketId,
        ledger::Ledger,
        sop::Sop,
        step::Progress,
        ticket::{Acknowledgement, Pause, Promises, Resolution, Ticket},
    },
    error::Error,
};

/// One row of `tickets`; the fields are its columns.
#[derive(Debug, Serialize)]
pub struct Row {
    pub(super) id: Uuid,
    pub(super) exception_id: Uuid,
    pub(super) exception_version: i64,
    pub(super) exception_standing: String,
    pub(super) exception_opened_at: DateTime<Utc>,
    pub(super) exception_cleared_at: Option<DateTime<Utc>>,
    pub(super) unconfirmed: bool,
    pub(super) late_sources: Option<Vec<String>>,
    pub(super) rule: String,
    pub(super) scenario: String,
    pub(super) severity: String,
    pub(super) order_id: String,
    pub(super) order_summary: sqlx::types::Json<OrderSummary>,
    pub(super) sop: String,
    pub(super) sop_version: i32,
    pub(super) steps: sqlx::types::Json<Vec<Progress>>,
    pub(super) current_step: i32,
    pub(super) state: String,
    pub(super) department: String,
    pub(super) team: String,
    pub(super) assignee: String,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) deadline_at: Option<DateTime<Utc>>,
    pub(super) acknowledged_at: Option<DateTime<Utc>>,
    pub(super) acknowledged_by: Option<String>,
    pub(super) first_acknowledged_at: Option<DateTime<Utc>>,
    pub(super) resolved_at: Option<DateTime<Utc>>,
    pub(super) resolved_by: Option<String>,
    pub(super) resolution: Option<String>,
    pub(super) automatic: bool,
    pub(super) acted_by: Option<String>,
    pub(super) overdue: bool,
    pub(super) promises: sqlx::types::Json<Promises>,
    pub(super) pause: Option<sqlx::types::Json<Pause>>,
    pub(super) paused: sqlx::types::Json<BTreeMap<String, i64>>,
    pub(super) snoozed_until: Option<DateTime<Utc>>,
    pub(super) version: i64,
    pub(super) changed_at: DateTime<Utc>,
}

impl From<&Ticket> for Row {
    fn from(ticket: &Ticket) -> Self {
        let exception = &ticket.exception;
        let (acknowledgement, resolution) = (&ticket.acknowledgement, &ticket.resolution);
        Self {
            id: ticket.id.uuid(),
            exception_id: exception.id.uuid(),
            exception_version: exception.version,
            exception_standing: exception.standing.as_str().to_owned(),
            exception_opened_at: exception.opened_at,
            exception_cleared_at: exception.cleared_at,
            unconfirmed: exception.unconfirmed,
            late_sources: Some(exception.late_sources.clone()),
            rule: exception.rule.clone(),
            scenario: exception.scenario.clone(),
            severity: exception.severity.clone(),
            order_id: exception.order.order_id.clone(),
            order_summary: sqlx::types::Json(exception.order.clone()),
            sop: ticket.sop.name.clone(),
            sop_version: ticket.sop.version,
            steps: sqlx::types::Json(ticket.steps.clone()),
            current_step: i32::try_from(ticket.current).unwrap_or(i32::MAX),
            state: ticket.state().as_str().to_owned(),
            department: ticket.holder().department().to_owned(),
            team: ticket.holder().team().to_owned(),
            assignee: ticket.holder().assignee().to_owned(),
            opened_at: ticket.opened_at,
            due_at: ticket.due_at(),
            deadline_at: ticket.deadline_at(),
            acknowledged_at: acknowledgement.as_ref().map(|it| it.at),
            acknowledged_by: acknowledgement.as_ref().map(|it| it.by.clone()),
            first_acknowledged_at: ticket.first_acknowledged_at,
            resolved_at: resolution.as_ref().map(|it| it.at),
            resolved_by: resolution.as_ref().map(|it| it.by.clone()),
            resolution: resolution.as_ref().map(|it| it.reason.clone()),
            automatic: resolution.as_ref().is_some_and(|it| it.automatic),
            acted_by: ticket
                .acted
                .as_ref()
                .map(|person| person.as_str().to_owned()),
            overdue: ticket.is_overdue(),
            promises: sqlx::types::Json(ticket.promises.clone()),
            pause: ticket.pause.clone().map(sqlx::types::Json),
            paused: sqlx::types::Json(ticket.paused.clone()),
            snoozed_until: ticket.snoozed_until,
            version: ticket.version,
            changed_at: ticket.changed_at,
        }
    }
}

impl Row {
    /// The ticket behind the row, its procedure and its ledger.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the row contradicts itself or its procedure.
    pub(super) fn into_ticket(self, sop: Arc<Sop>, ledger: Ledger) -> Result<Ticket, Error> {
        let id = TicketId::from(self.id);
        let corrupt = |what| Error::Corrupt { ticket: id, what };
        let current = usize::try_from(self.current_step).map_err(|_| corrupt("current_step"))?;
        if self.steps.len() != sop.steps.len() || current >= self.steps.len() {
            return Err(corrupt("steps"));
        }
        if ledger.entries().is_empty() {
            return Err(corrupt("ledger"));
        }
        let standing = Standing::parse(&self.exception_standing);
        let exception = Exception {
            id: self.exception_id.into(),
            version: self.exception_version,
            standing: standing.ok_or_else(|| corrupt("exception_standing"))?,
            rule: self.rule,
            scenario: self.scenario,
            severity: self.severity,
            opened_at: self.exception_opened_at,
            cleared_at: self.exception_cleared_at,
            unconfirmed: self.unconfirmed,
            late_sources: self.late_sources.unwrap_or_default(),
            order: self.order_summary.0,
        };
        let acknowledgement = self.acknowledged_at.map(|at| Acknowledgement {
            at,
            by: self.acknowledged_by.unwrap_or_default(),
        });
        let resolution = self.resolved_at.map(|at| Resolution {
            at,
            by: self.resolved_by.unwrap_or_default(),
            reason: self.resolution.unwrap_or_default(),
            automatic: self.automatic,
        });
        Ok(Ticket {
            id,
            exception,
            sop,
            steps: self.steps.0,
            current,
            ledger,
            opened_at: self.opened_at,
            acknowledgement,
            first_acknowledged_at: self.first_acknowledged_at,
            resolution,
            acted: self.acted_by.and_then(|login| Person::try_from(login).ok()),
            promises: self.promises.0,
            pause: self.pause.map(|pause| pause.0),
            paused: self.paused.0,
            snoozed_until: self.snoozed_until,
            version: self.version,
            changed_at: self.changed_at,
        })
    }
}
