//! What the verbs ask of ticketing.

use contracts::ticketing::v1::{self as wire, act as it};

use super::{Change, OfStep, Plain, StepVerb, Verb};
use crate::connection::{Connection, Service};
use crate::failure::{Exit, Failure};
use crate::time;

pub(super) struct Desk {
    connection: Connection,
}

impl Desk {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Does what a verb says, and answers the ticket after it.
    pub(super) async fn obey(&self, verb: Verb) -> Result<wire::Ticket, Failure> {
        match verb {
            Verb::Show { ticket } | Verb::History { ticket } => self.read(&ticket).await,
            Verb::Comment {
                ticket,
                note,
                actor,
            } => {
                let request = wire::ActOnTicketRequest {
                    ticket_id: ticket,
                    actor: actor.login(),
                    etag: String::new(),
                    note,
                    act: wire_act(it::Act::Comment(it::Comment {})),
                };
                self.send(request).await
            }
            Verb::Migrate {
                change,
                reason,
                deadlines,
                dry_run,
            } => self.migrate(change, reason, deadlines, dry_run).await,
            Verb::Ack { it: plain, back_in } => {
                let come_back = back_in.and_then(|wait| wait.try_into().ok());
                let act = it::Acknowledge { come_back };
                self.act(plain, it::Act::Acknowledge(act)).await
            }
            Verb::Resume(plain) => self.act(plain, it::Act::Resume(it::Resume {})).await,
            Verb::Unsnooze(plain) => self.act(plain, it::Act::Unsnooze(it::Unsnooze {})).await,
            Verb::Pause { it: plain, reason } => {
                self.act(plain, it::Act::Pause(it::Pause { reason })).await
            }
            Verb::Snooze { it: plain, until } => {
                let until = Some(time::timestamp(until));
                self.act(plain, it::Act::Snooze(it::Snooze { until })).await
            }
            Verb::Resolve {
                it: plain,
                reason,
                past_mandatory,
            } => {
                let act = it::Resolve {
                    reason,
                    past_mandatory,
                };
                self.act(plain, it::Act::Resolve(act)).await
            }
            Verb::OfStep(verb) => self.act_on_step(verb).await,
        }
    }

    async fn act_on_step(&self, verb: StepVerb) -> Result<wire::Ticket, Failure> {
        let unsaid = |it: &OfStep| it.step.clone().unwrap_or_default();
        let (of_step, act) = match verb {
            StepVerb::Complete {
                mut it,
                outcome,
                fields,
            } => {
                let step = self.step_worked_on(&mut it).await?;
                let fields = fields.into_iter().collect();
                let act = it::Complete {
                    step,
                    outcome,
                    fields,
                };
                (it, it::Act::Complete(act))
            }
            StepVerb::Skip { mut it, reason } => {
                let step = self.step_worked_on(&mut it).await?;
                (it, it::Act::Skip(it::Skip { step, reason }))
            }
            StepVerb::HandOver { it, whom } => {
                let step = unsaid(&it);
                (it, whom.hand_over(step))
            }
            StepVerb::Reject { it, reason } => {
                let step = unsaid(&it);
                (it, it::Act::Reject(it::Reject { step, reason }))
            }
            StepVerb::Arbitrate {
                it,
                must_take,
                reason,
            } => {
                let act = it::Arbitrate {
                    step: unsaid(&it),
                    must_take,
                    reason,
                };
                (it, it::Act::Arbitrate(act))
            }
            StepVerb::Claim(it) => {
                let step = unsaid(&it);
                (it, it::Act::Claim(it::Claim { step }))
            }
            StepVerb::Accept(it) => {
                let step = unsaid(&it);
                (it, it::Act::Accept(it::Accept { step }))
            }
            StepVerb::Withdraw(it) => {
                let step = unsaid(&it);
                (it, it::Act::Withdraw(it::Withdraw { step }))
            }
        };
        self.act(of_step.plain, act).await
    }

    /// The step that is named, else the one that is answered for.
    async fn step_worked_on(&self, it: &mut OfStep) -> Result<String, Failure> {
        if let Some(step) = &it.step {
            return Ok(step.clone());
        }
        let change = &mut it.plain.change;
        let present = self.read(&change.ticket).await?;
        let step = current_step(&present)?;
        // That step is the current one of this state, and of no later one.
        change.etag.get_or_insert(present.etag);
        Ok(step)
    }

    async fn act(&self, plain: Plain, act: it::Act) -> Result<wire::Ticket, Failure> {
        let Plain { change, note } = plain;
        let request = wire::ActOnTicketRequest {
            etag: self.etag(&change).await?,
            ticket_id: change.ticket,
            actor: change.actor.login(),
            note,
            act: wire_act(act),
        };
        self.send(request).await
    }

    async fn send(&self, request: wire::ActOnTicketRequest) -> Result<wire::Ticket, Failure> {
        let answer = self
            .connection
            .tickets()
            .call(request, async |mut client, request| {
                client.act_on_ticket(request).await
            })
            .await?;
        self.there(answer.ticket)
    }

    async fn migrate(
        &self,
        change: Change,
        reason: String,
        deadlines: bool,
        dry_run: bool,
    ) -> Result<wire::Ticket, Failure> {
        let request = wire::MigrateTicketRequest {
            etag: self.etag(&change).await?,
            ticket_id: change.ticket,
            actor: change.actor.login(),
            reason,
            deadlines,
            dry_run,
        };
        let answer = self
            .connection
            .tickets()
            .call(request, async |mut client, request| {
                client.migrate_ticket(request).await
            })
            .await?;
        self.there(answer.ticket)
    }

    async fn read(&self, ticket: &str) -> Result<wire::Ticket, Failure> {
        let request = wire::GetTicketRequest {
            ticket_id: ticket.to_owned(),
        };
        let answer = self
            .connection
            .tickets()
            .call(request, async |mut client, request| {
                client.get_ticket(request).await
            })
            .await?;
        self.there(answer.ticket)
    }

    pub(super) async fn history(
        &self,
        ticket: &str,
    ) -> Result<Vec<wire::TicketHappening>, Failure> {
        let request = wire::ListTicketHistoryRequest {
            ticket_id: ticket.to_owned(),
        };
        let answer = self
            .connection
            .tickets()
            .call(request, async |mut client, request| {
                client.list_ticket_history(request).await
            })
            .await?;
        Ok(answer.happenings)
    }

    /// The etag given, else the ticket's present one.
    async fn etag(&self, change: &Change) -> Result<String, Failure> {
        match &change.etag {
            Some(etag) => Ok(etag.clone()),
            None => Ok(self.read(&change.ticket).await?.etag),
        }
    }

    fn there(&self, ticket: Option<wire::Ticket>) -> Result<wire::Ticket, Failure> {
        ticket.ok_or_else(|| {
            Failure::new(Exit::Internal, "the answer holds no ticket")
                .at(self.connection.place(Service::Ticketing))
        })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of the message")]
fn wire_act(act: it::Act) -> Option<wire::Act> {
    Some(wire::Act { act: Some(act) })
}

fn current_step(ticket: &wire::Ticket) -> Result<String, Failure> {
    usize::try_from(ticket.current_step)
        .ok()
        .and_then(|index| ticket.steps.get(index))
        .filter(|step| step.state() == wire::StepState::Active)
        .map(|step| step.name.clone())
        .ok_or_else(|| {
            Failure::new(
                Exit::FailedPrecondition,
                format!("no step of ticket {} is worked on", ticket.id),
            )
            .remedy("name the step with --step")
        })
}
