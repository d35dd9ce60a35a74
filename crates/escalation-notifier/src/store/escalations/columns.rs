//! Escalations turned into arrays, one a column.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::word;
use crate::{
    domain::{escalation::Escalation, ticket::Ticket},
    store::signed,
};

/// One array a column, each as long as there are escalations.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) ticket_ids: Vec<String>,
    pub(super) order_ids: Vec<String>,
    pub(super) tickets: Vec<Json<Ticket>>,
    pub(super) versions: Vec<i64>,
    pub(super) acknowledged: Vec<bool>,
    pub(super) resolved_versions: Vec<i64>,
    pub(super) rounds: Vec<i64>,
    pub(super) rounds_started_at: Vec<DateTime<Utc>>,
    pub(super) touched_versions: Vec<i64>,
    pub(super) touched_at: Vec<DateTime<Utc>>,
    pub(super) came_back_versions: Vec<i64>,
    pub(super) levels: Vec<i32>,
    pub(super) stages: Vec<i32>,
    pub(super) next_levels_at: Vec<Option<DateTime<Utc>>>,
    pub(super) policies: Vec<String>,
    pub(super) policy_versions: Vec<i64>,
    // Arrays in arrays must be of one length, so each is JSON on its way.
    pub(super) routes: Vec<Json<Vec<String>>>,
    pub(super) states: Vec<String>,
    pub(super) waiting: Vec<Json<Vec<u32>>>,
    pub(super) own_return_versions: Vec<i64>,
    pub(super) own_returns_at: Vec<Option<DateTime<Utc>>>,
}

impl Columns {
    pub(super) fn of<'a>(escalations: impl IntoIterator<Item = &'a Escalation>) -> Self {
        let mut columns = Self::default();
        for escalation in escalations {
            columns.ticket_ids.push(escalation.ticket.id.clone());
            columns.order_ids.push(escalation.ticket.order_id.clone());
            columns.tickets.push(Json(escalation.ticket.clone()));
            columns.versions.push(escalation.version);
            columns.acknowledged.push(escalation.acknowledged);
            columns.resolved_versions.push(escalation.resolved_version);
            columns.rounds.push(escalation.round);
            columns.rounds_started_at.push(escalation.round_started_at);
            columns.touched_versions.push(escalation.touched_version);
            columns.touched_at.push(escalation.touched_at);
            columns
                .came_back_versions
                .push(escalation.came_back_version);
            columns.levels.push(signed(escalation.level));
            columns.stages.push(signed(escalation.stage));
            columns.next_levels_at.push(escalation.next_level_at);
            columns.policies.push(escalation.policy.clone());
            columns.policy_versions.push(escalation.policy_version);
            columns.routes.push(Json(escalation.routes.clone()));
            columns.states.push(word(escalation.state()).to_owned());
            columns.waiting.push(Json(escalation.waiting.clone()));
            let own_return = escalation.own_return;
            columns.own_return_versions.push(own_return.version);
            columns.own_returns_at.push(own_return.at);
        }
        columns
    }
}
