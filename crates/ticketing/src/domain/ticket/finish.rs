//! The end of a step, whoever did it.

use super::{Actor, Pen, Refusal, pen::About};
use crate::domain::{
    field::{self, Filled},
    transition::Transition,
};

/// What is told of the end of a step beside its outcome.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// What a person wrote.
    pub(super) note: &'a str,
    /// What did it instead of a person.
    pub(super) because: &'a str,
}

impl Pen<'_> {
    /// Ends a step that is worked on, and goes on with what its outcome names.
    pub(super) fn finish(
        &mut self,
        step: usize,
        outcome: &str,
        filled: &Filled,
        actor: &Actor,
        told: Told<'_>,
    ) -> Result<(), Refusal> {
        let active = self.ticket.worked_on(step)?.clone();
        let template = &self.ticket.sop.steps[step];
        let name = template.name.clone();
        let fields = field::check(&template.fields, filled).map_err(|faults| Refusal::Fields {
            step: name.clone(),
            faults,
        })?;
        let outcome = match template.outcomes.first() {
            Some(only) if outcome.is_empty() && template.outcomes.len() == 1 => only.name.clone(),
            _ => outcome.to_owned(),
        };
        let next = self.ticket.sop.after(step, &outcome);
        let next = next.ok_or_else(|| Refusal::NoSuchOutcome {
            step: name.clone(),
            outcome: outcome.clone(),
            known: template
                .outcomes
                .iter()
                .map(|it| it.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        self.ticket.steps[step] = active.done(self.at, actor.name(), &outcome, fields);
        let mut reason = format!("step {name} is done");
        if !outcome.is_empty() {
            reason.push_str(&format!(": {outcome}"));
        }
        if !told.because.is_empty() {
            reason.push_str(&format!(" ({})", told.because));
        }
        let about = About {
            ended: Some(step),
            note: told.note,
            ..About::default()
        };
        self.go_on(Transition::StepCompleted, &next, actor, &reason, about);
        Ok(())
    }
}
