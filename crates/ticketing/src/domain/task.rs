//! What is to be done about a ticket, and by whom.

use super::{Instant, holder::Holder, step::Active, ticket::Ticket};

/// Something that somebody has to do about a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Index of the step that it is about.
    pub step: usize,
    /// What is to be done about it.
    pub kind: TaskKind,
    /// Who has to.
    pub holder: Holder,
    /// Until when; absent while its clock stands.
    pub due_at: Option<Instant>,
    /// Whether that was missed.
    pub overdue: bool,
    /// Whether clocks stand.
    pub paused: bool,
}

/// What is to be done about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// The step itself.
    Work,
    /// To take it from another department, or not.
    Accept,
    /// To decide who has it, because the other department is silent.
    Arbitrate,
}

impl TaskKind {
    /// The word that the database keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Accept => "accept",
            Self::Arbitrate => "arbitrate",
        }
    }
}

impl Ticket {
    /// What is to be done about it, in the order of the procedure. What a machine does is nobody's
    /// task.
    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        self.active()
            .flat_map(|(step, active)| {
                let is_for_people = !active.is_automated();
                let work = is_for_people.then(|| self.work(step, active));
                [work, self.answer(step, active)]
            })
            .flatten()
    }

    fn work(&self, step: usize, active: &Active) -> Task {
        Task {
            step,
            kind: TaskKind::Work,
            holder: active.holder.clone(),
            due_at: active.deadline.clock.due_at(),
            overdue: active.deadline.missed,
            paused: self.pause.is_some(),
        }
    }

    fn answer(&self, step: usize, active: &Active) -> Option<Task> {
        let offer = active.offer.as_ref()?;
        let work = self.work(step, active);
        Some(if offer.with_arbiter {
            Task {
                kind: TaskKind::Arbitrate,
                holder: self.sop.terms.hand_over.arbiter.clone(),
                ..work
            }
        } else {
            Task {
                kind: TaskKind::Accept,
                holder: offer.to.clone(),
                due_at: Some(offer.answer_by),
                overdue: false,
                ..work
            }
        })
    }
}
