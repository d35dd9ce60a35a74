//! Steps, as the wire tells them.

use contracts::ticketing::v1 as wire;

use crate::{
    domain::{
        automation::Automation,
        field::{Field, FieldKind},
        holder::Holder,
        sop::{Mandatory, Outcome, Sop, Step},
        step::{Active, Done, Offer, Progress, Underway},
    },
    events::instant::{span_to_wire, to_wire},
};

/// A step; one of a procedure has no progress.
pub(super) fn step(sop: &Sop, template: &Step, progress: Option<&Progress>) -> wire::Step {
    let bare = with_holder(template_of(sop, template), &template.holder);
    match progress {
        None => bare,
        Some(Progress::Active(active)) => worked_on(bare, active),
        Some(Progress::Done(done)) => finished(bare, done),
        Some(Progress::Pending) => in_state(bare, wire::StepState::Pending),
        Some(Progress::Waiting) => in_state(bare, wire::StepState::Waiting),
        Some(Progress::Skipped | Progress::Halted(_)) => in_state(bare, wire::StepState::Skipped),
    }
}

fn template_of(sop: &Sop, template: &Step) -> wire::Step {
    wire::Step {
        name: template.name.clone(),
        title_en: template.title.en.clone(),
        title_zh: template.title.zh.clone(),
        instructions_en: template.instructions.en.clone(),
        instructions_zh: template.instructions.zh.clone(),
        expected: Some(span_to_wire(template.expected.delta())),
        mandatory: !template.is_optional(),
        always: template.mandatory == Mandatory::Always,
        calendar: template.calendar.clone().unwrap_or_default(),
        fields: template.fields.iter().map(field).collect(),
        outcomes: template
            .outcomes
            .iter()
            .map(|it| outcome(sop, it))
            .collect(),
        joins: template.joins,
        automation: template.automation.as_ref().map(automation),
        done_when: template.done_when.clone().unwrap_or_default(),
        ..wire::Step::default()
    }
}

fn with_holder(step: wire::Step, holder: &Holder) -> wire::Step {
    wire::Step {
        department: holder.department().to_owned(),
        team: holder.team().to_owned(),
        assignee: holder.assignee().to_owned(),
        ..step
    }
}

fn in_state(step: wire::Step, state: wire::StepState) -> wire::Step {
    wire::Step {
        state: state.into(),
        ..step
    }
}

fn worked_on(bare: wire::Step, active: &Active) -> wire::Step {
    wire::Step {
        state: wire::StepState::Active.into(),
        started_at: Some(to_wire(active.started_at)),
        due_at: active.deadline.clock.due_at().map(to_wire),
        overdue: active.deadline.missed,
        offer: active.offer.as_ref().map(offer),
        automation: bare.automation.clone().map(|it| under_way(it, active)),
        ..with_holder(bare, &active.holder)
    }
}

fn automation(automation: &Automation) -> wire::Automation {
    wire::Automation {
        task: automation.job.to_string(),
        ..wire::Automation::default()
    }
}

fn under_way(automation: wire::Automation, active: &Active) -> wire::Automation {
    match &active.automation {
        Some(Underway::Failed { at, why }) => wire::Automation {
            failed_at: Some(to_wire(*at)),
            failure: why.clone(),
            ..automation
        },
        _ => wire::Automation {
            works: active.is_automated(),
            gives_up_at: active.gives_up_at().map(to_wire),
            ..automation
        },
    }
}

fn finished(bare: wire::Step, done: &Done) -> wire::Step {
    wire::Step {
        state: wire::StepState::Done.into(),
        started_at: Some(to_wire(done.started_at)),
        due_at: done.due_at.map(to_wire),
        completed_at: Some(to_wire(done.completed_at)),
        completed_by: done.completed_by.clone(),
        outcome: done.outcome.clone(),
        filled: done.fields.clone().into_iter().collect(),
        ..bare
    }
}

fn offer(offer: &Offer) -> wire::Offer {
    wire::Offer {
        department: offer.to.department().to_owned(),
        team: offer.to.team().to_owned(),
        assignee: offer.to.assignee().to_owned(),
        by: offer.by.clone(),
        reason: offer.reason.clone(),
        asked_at: Some(to_wire(offer.asked_at)),
        answer_by: Some(to_wire(offer.answer_by)),
        with_arbiter: offer.with_arbiter,
    }
}

fn field(field: &Field) -> wire::Field {
    let kind = match field.kind {
        FieldKind::Text => wire::FieldKind::Text,
        FieldKind::Number => wire::FieldKind::Number,
        FieldKind::Date => wire::FieldKind::Date,
        FieldKind::Instant => wire::FieldKind::Instant,
        FieldKind::Boolean => wire::FieldKind::Boolean,
        FieldKind::Choice => wire::FieldKind::Choice,
    };
    wire::Field {
        name: field.name.clone(),
        title_en: field.title.en.clone(),
        title_zh: field.title.zh.clone(),
        kind: kind.into(),
        required: field.required,
        choices: field.choices.clone(),
        min: field.min,
        max: field.max,
    }
}

fn outcome(sop: &Sop, outcome: &Outcome) -> wire::Outcome {
    let name = |step: &usize| sop.steps.get(*step).map(|step| step.name.clone());
    wire::Outcome {
        name: outcome.name.clone(),
        title_en: outcome.title.en.clone(),
        title_zh: outcome.title.zh.clone(),
        next: outcome.next.iter().filter_map(name).collect(),
    }
}
