//! What a machine is told about the step that it is called for. No personal data.

use serde_json::{Value, json};

use crate::domain::{automation::Call, ticket::Ticket};

/// Kind of the message, as Standard Webhooks has it.
const KIND: &str = "ticket.step";

/// The message of a call, in JSON.
pub(super) fn of(ticket: &Ticket, call: &Call) -> Vec<u8> {
    let exception = &ticket.exception;
    let index = ticket.sop.position(&call.step);
    let step = index.and_then(|index| {
        let template = &ticket.sop.steps[index];
        let active = ticket.steps[index].active()?;
        let outcomes: Vec<&str> = template.outcomes.iter().map(|it| &*it.name).collect();
        Some(json!({
            "name": template.name,
            "turn": call.turn,
            "started_at": active.started_at,
            "department": active.holder.department(),
            "outcomes": outcomes,
            "fields": template.fields.iter().map(|field| json!({
                "name": field.name, "kind": field.kind, "required": field.required,
                "choices": field.choices,
            })).collect::<Vec<Value>>(),
        }))
    });
    let message = json!({
        "type": KIND,
        "timestamp": step.as_ref().map(|step| step["started_at"].clone()),
        "data": {
            "ticket": {
                "id": ticket.id.to_string(),
                "etag": ticket.version.to_string(),
                "scenario": exception.scenario,
                "severity": exception.severity,
                "procedure": ticket.sop.name,
                "procedure_version": ticket.sop.version,
                "opened_at": ticket.opened_at,
            },
            "order": exception.order,
            "exception": {
                "id": exception.id.to_string(),
                "rule": exception.rule,
                "opened_at": exception.opened_at,
                "unconfirmed": exception.unconfirmed,
            },
            "step": step,
        },
    });
    message.to_string().into_bytes()
}
