//! Many decisions about many tickets, on their way into one transaction.

use std::collections::BTreeMap;

use service::event_log::NewEvent;

use crate::{
    domain::{
        Instant,
        id::TicketId,
        office::Office,
        ticket::{Command, Refusal, Ticket, decide},
        transition::Happening,
    },
    events::encode,
    store::tickets::Change,
};

/// Tickets as they were loaded and as they stand after the decisions so far.
#[derive(Debug, Default)]
pub(super) struct Batch {
    folders: BTreeMap<TicketId, Folder>,
    told: Told,
}

/// Events, each with the trace of its cause.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) events: Vec<NewEvent>,
    pub(super) traceparents: Vec<Option<String>>,
}

#[derive(Debug, Default)]
struct Folder {
    before: Option<Ticket>,
    now: Option<Ticket>,
    happenings: Vec<Happening>,
}

impl Batch {
    /// Starts from tickets as loaded.
    pub(super) fn of(tickets: BTreeMap<TicketId, Ticket>) -> Self {
        let folder = |ticket: Ticket| Folder {
            before: Some(ticket.clone()),
            now: Some(ticket),
            happenings: Vec::new(),
        };
        let folders = tickets
            .into_iter()
            .map(|(id, ticket)| (id, folder(ticket)))
            .collect();
        Self {
            folders,
            told: Told::default(),
        }
    }

    /// The ticket as it stands.
    pub(super) fn ticket(&self, id: TicketId) -> Option<&Ticket> {
        self.folders.get(&id).and_then(|folder| folder.now.as_ref())
    }

    /// The tickets as they stand.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.folders.values().filter_map(|it| it.now.as_ref())
    }

    /// The tickets that stand as they were loaded.
    pub(super) fn unchanged(&self) -> impl Iterator<Item = &Ticket> {
        let folders = self.folders.values().filter(|folder| !folder.is_changed());
        folders.filter_map(|folder| folder.now.as_ref())
    }

    /// Decides one command and keeps what follows, under the trace of its cause.
    ///
    /// # Errors
    /// The domain's refusal; the batch is as before.
    pub(super) fn decide(
        &mut self,
        id: TicketId,
        command: Command,
        office: &Office,
        now: Instant,
        traceparent: Option<&str>,
    ) -> Result<(), Refusal> {
        let folder = self.folders.entry(id).or_default();
        let decision = decide(folder.now.clone(), command, office, now)?;
        if let Some(ticket) = &decision.ticket {
            for happening in &decision.effects {
                self.told.events.push(encode::event(ticket, happening));
                self.told.traceparents.push(traceparent.map(str::to_owned));
            }
        }
        folder.now = decision.ticket;
        folder.happenings.extend(decision.effects);
        Ok(())
    }

    /// What is to be stored and told.
    pub(super) fn finish(self) -> (Vec<Change>, Told) {
        let changes = self
            .folders
            .into_values()
            .filter(Folder::is_changed)
            .filter_map(|folder| {
                Some(Change {
                    before: folder.before,
                    after: folder.now?,
                    happenings: folder.happenings,
                })
            })
            .collect();
        (changes, self.told)
    }
}

impl Folder {
    fn is_changed(&self) -> bool {
        self.before != self.now
    }
}
