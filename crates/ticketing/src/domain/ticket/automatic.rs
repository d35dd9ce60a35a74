//! Steps that are worked on without a person, until that fails.

use super::{Active, Actor, Pen, Progress, Ticket, finish::Told, pen::About};
use crate::domain::{
    automation::{Automation, Awaited, Call},
    clock::{Allowance, Clock},
    field::Filled,
    step::Underway,
    transition::Transition,
};

/// What an automation said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What came of the step; its first outcome where nothing is said.
    pub outcome: String,
    /// What is to be filled in.
    pub fields: Filled,
}

impl Ticket {
    /// Whether automation does all that is worked on, so that nobody else has to.
    #[must_use]
    pub fn is_automated(&self) -> bool {
        let mut active = self.active().peekable();
        active.peek().is_some() && active.all(|(_, active)| active.is_automated())
    }

    /// The calls that are to be made.
    pub fn calls(&self) -> impl Iterator<Item = Call> {
        self.active().filter_map(|(index, active)| {
            let step = &self.sop.steps[index];
            let automation = step.automation.as_ref()?;
            let is_due = active.is_automated() && automation.job.is_call();
            is_due.then(|| Call {
                ticket: self.id,
                step: step.name.clone(),
                turn: active.turn,
            })
        })
    }

    /// What a call that is to be made is about; absent when it is not any more.
    #[must_use]
    pub fn called_for(&self, call: &Call) -> Option<&Automation> {
        let (index, active) = self.turn_of(&call.step, call.turn)?;
        let automation = self.sop.steps[index].automation.as_ref()?;
        active.is_automated().then_some(automation)
    }

    /// The conditions over the order's facts that end steps.
    pub fn awaited(&self) -> impl Iterator<Item = Awaited> {
        self.active().flat_map(|(index, active)| {
            let step = &self.sop.steps[index];
            step.conditions().map(|condition| Awaited {
                step: step.name.clone(),
                turn: active.turn,
                condition: condition.to_owned(),
            })
        })
    }

    fn turn_of(&self, step: &str, turn: i64) -> Option<(usize, &Active)> {
        let mut active = self.active();
        active.find(|(index, active)| self.sop.steps[*index].name == step && active.turn == turn)
    }
}

impl Pen<'_> {
    pub(super) fn begin_automation(&self, automation: &Automation) -> Underway {
        let allowance = Allowance {
            span: automation.at_most,
            calendar: None,
        };
        Underway::Works(Clock::start(allowance, self.at, self.office))
    }

    /// Ends a step as its automation says, or gives it to its holder. What nobody waits for any
    /// more is told and changes nothing.
    pub(super) fn hear_answer(&mut self, call: &Call, answer: Result<Answer, String>) {
        let turn = self.ticket.turn_of(&call.step, call.turn);
        let awaited = turn.filter(|(_, active)| active.is_automated());
        let Some(step) = awaited.map(|(step, _)| step) else {
            return self.ignore(call, &answer);
        };
        match answer {
            Ok(answer) => self.follow(step, &answer),
            Err(why) => self.fail(step, &why),
        }
    }

    /// Ends a step because the order's facts say so.
    pub(super) fn hear_facts(&mut self, awaited: &Awaited) {
        let turn = self.ticket.turn_of(&awaited.step, awaited.turn);
        let Some((step, _)) = turn else { return };
        let template = &self.ticket.sop.steps[step];
        if template.conditions().any(|it| it == awaited.condition) {
            let outcome = self.first_outcome(step);
            let because = format!("the order's facts say so: {}", awaited.condition);
            let told = Told {
                because: &because,
                ..Told::default()
            };
            // Such steps ask for no fields, so there is nothing to refuse.
            let _ = self.finish(step, &outcome, &Filled::new(), &Actor::Service, told);
        }
    }

    /// The automation has taken too long.
    pub(super) fn give_up(&mut self, step: usize) {
        if let Some(automation) = &self.ticket.sop.steps[step].automation {
            let why = format!("nothing came of it within {}", automation.at_most);
            self.fail(step, &why);
        }
    }

    /// Gives a step to its holder, whose clock begins, when automation had worked on it.
    pub(super) fn fail(&mut self, step: usize, why: &str) {
        let (at, office) = (self.at, self.office);
        let stands = self.ticket.pause.is_some();
        let Some(active) = self.ticket.steps[step].active_mut() else {
            return;
        };
        if !active.is_automated() {
            return;
        }
        active.automation = Some(Underway::Failed {
            at,
            why: why.to_owned(),
        });
        active.run(stands, at, office);
        self.set_reminder(step);
        self.await_response();
        let name = &self.ticket.sop.steps[step].name;
        let reason = format!("step {name} is for its holder: {why}");
        let about = About {
            step: Some(step),
            ..About::default()
        };
        self.tell_about(
            Transition::AutomationFailed,
            &Actor::Service,
            &reason,
            about,
        );
    }

    /// Has somebody respond while there is anything for people to do.
    pub(super) fn await_response(&mut self) {
        let (at, office, automated) = (self.at, self.office, self.ticket.is_automated());
        let is_news = std::mem::replace(&mut self.automated, automated) != automated;
        if !is_news || self.ticket.first_acknowledged_at.is_some() {
            return;
        }
        if let Some(response) = &mut self.ticket.promises.response {
            if automated {
                response.clock.stop(at, office);
            } else {
                response.clock.resume(at, office);
            }
        }
    }

    fn follow(&mut self, step: usize, answer: &Answer) {
        let outcome = match answer.outcome.as_str() {
            "" => self.first_outcome(step),
            outcome => outcome.to_owned(),
        };
        let automation = self.ticket.sop.steps[step].automation.as_ref();
        let because = automation.map(|it| it.job.to_string()).unwrap_or_default();
        let told = Told {
            because: &because,
            ..Told::default()
        };
        let finished = self.finish(step, &outcome, &answer.fields, &Actor::Service, told);
        if let Err(refusal) = finished {
            self.fail(step, &format!("its answer cannot be taken: {refusal}"));
        }
    }

    fn ignore(&mut self, call: &Call, answer: &Result<Answer, String>) {
        let said = match answer {
            Ok(answer) if answer.outcome.is_empty() => "that it is done",
            Ok(answer) => answer.outcome.as_str(),
            Err(why) => why.as_str(),
        };
        let now = match self.ticket.sop.position(&call.step) {
            Some(step) => match &self.ticket.steps[step] {
                Progress::Done(done) => format!("it was done by {}", done.completed_by),
                Progress::Halted(_) => "the trouble is over".to_owned(),
                Progress::Active(_) => "its holder does it now".to_owned(),
                _ => "it is not worked on".to_owned(),
            },
            None => "the procedure has no such step any more".to_owned(),
        };
        let reason = format!(
            "the automation of step {} said {said}, but {now}",
            call.step
        );
        self.tell(Transition::AutomationIgnored, &Actor::Service, &reason, "");
    }

    fn first_outcome(&self, step: usize) -> String {
        let first = self.ticket.sop.steps[step].outcomes.first();
        first.map(|it| it.name.clone()).unwrap_or_default()
    }
}
