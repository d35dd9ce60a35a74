//! Rows as the wire has them.

use contracts::escalation::v1::{
    Delivery, DeliveryState, DocumentChange, Escalation, EscalationState, GetFiguresResponse,
};

use crate::{
    domain::resources::Difference,
    events::encode::timestamp,
    store::pages::{DeliveryRow, EscalationRow, Figures},
};

/// Words of the ledger for a state of the wire, where "pending" includes what
/// is being sent right now.
pub(super) fn delivery_words(state: DeliveryState) -> &'static [&'static str] {
    match state {
        DeliveryState::Unspecified => &[],
        DeliveryState::Pending => &["pending", "sending"],
        DeliveryState::Sent => &["sent"],
        DeliveryState::Retrying => &["retrying"],
        DeliveryState::Failed => &["failed"],
        DeliveryState::Cancelled => &["cancelled"],
        DeliveryState::Held => &["held"],
    }
}

pub(super) fn escalation_word(state: EscalationState) -> Option<&'static str> {
    match state {
        EscalationState::Unspecified => None,
        EscalationState::Running => Some("running"),
        EscalationState::Acknowledged => Some("acknowledged"),
        EscalationState::Resolved => Some("resolved"),
        EscalationState::Exhausted => Some("exhausted"),
    }
}

pub(super) fn delivery(row: DeliveryRow) -> Delivery {
    let state = match row.state.as_str() {
        "pending" | "sending" => DeliveryState::Pending,
        "sent" => DeliveryState::Sent,
        "retrying" => DeliveryState::Retrying,
        "failed" => DeliveryState::Failed,
        "cancelled" => DeliveryState::Cancelled,
        "held" => DeliveryState::Held,
        _ => DeliveryState::Unspecified,
    };
    let waits = matches!(state, DeliveryState::Pending | DeliveryState::Retrying);
    Delivery {
        id: row.id.to_string(),
        ticket_id: row.ticket_id,
        order_id: row.order_id,
        cause: row.cause,
        level: row.level,
        channel: row.channel,
        recipient: row.shown,
        state: state.into(),
        attempts: row.attempts,
        last_error: row.last_error,
        created_at: Some(timestamp(row.created_at)),
        sent_at: row.sent_at.map(timestamp),
        next_attempt_at: waits.then(|| timestamp(row.next_attempt_at)),
        repetition: row.repetition,
        held_by: row.held_by,
        held_until: row.held_until.map(timestamp),
        message_id: row.message_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn escalation(row: EscalationRow) -> Escalation {
    let state = match row.state.as_str() {
        "running" => EscalationState::Running,
        "acknowledged" => EscalationState::Acknowledged,
        "resolved" => EscalationState::Resolved,
        "exhausted" => EscalationState::Exhausted,
        _ => EscalationState::Unspecified,
    };
    Escalation {
        ticket_id: row.ticket_id,
        policy: row.policy,
        state: state.into(),
        level: row.level,
        started_at: Some(timestamp(row.started_at)),
        next_level_at: row.next_level_at.map(timestamp),
    }
}

pub(super) fn figures(figures: Figures) -> GetFiguresResponse {
    let Figures {
        deliveries_sent,
        deliveries_pending,
        deliveries_failed,
        messages_sent,
        escalated,
        running,
    } = figures;
    GetFiguresResponse {
        deliveries_sent,
        deliveries_pending,
        deliveries_failed,
        messages_sent,
        escalated,
        running,
    }
}

pub(super) fn change(difference: Difference) -> DocumentChange {
    let Difference {
        path,
        before,
        after,
    } = difference;
    DocumentChange {
        path,
        before,
        after,
    }
}
