//! The page: one column, no scripts, readable on any phone.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use contracts::ticketing::v1::{Ticket, TicketState};
use minijinja::{Environment, Value, context};
use tonic::Status;

use crate::{
    acknowledge::serve::is_passing,
    domain::{delivery::Outgoing, directory::Language},
    message::span,
};

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page<'a> {
    /// Tickets of the digest, and those of them that nobody has.
    pub(super) total: u32,
    pub(super) waiting: u32,
    /// To whom it was told, as it may be shown.
    pub(super) to: &'a str,
    /// Who may take something on by this link; one is not asked.
    pub(super) people: &'a [String],
    /// Who said that they are pressing.
    pub(super) person: &'a str,
    /// Whether somebody has pressed something.
    pub(super) is_answer: bool,
    /// Tickets that are shown.
    pub(super) rows: Vec<Row>,
    /// Pages beside it.
    pub(super) before: Option<u32>,
    pub(super) after: Option<u32>,
}

/// A ticket as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    delivery: String,
    ticket: String,
    order: String,
    scenario: String,
    warehouse: String,
    instructions: String,
    what: What,
    /// Who has taken it on.
    by: String,
    /// Somebody was quicker than whoever pressed.
    was_late: bool,
    /// Why it could not be taken on.
    why: String,
    /// Time left, or since its deadline.
    time: String,
    is_late: bool,
    /// Who else was told, as it may be shown.
    told: Vec<String>,
}

/// How a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum What {
    /// Nobody has to do anything.
    #[default]
    Told,
    /// Nobody has taken it on.
    Open,
    /// Somebody has.
    Taken,
    /// It is over.
    Resolved,
    /// Ticketing does not let it be taken on.
    Refused,
    /// Ticketing does not answer.
    Unreachable,
}

impl Row {
    /// A ticket as it stands, perhaps after somebody pressed its button.
    pub(super) fn of(
        delivery: &Outgoing,
        asked: Option<Result<Ticket, Status>>,
        actor: Option<&str>,
        language: Language,
        now: DateTime<Utc>,
    ) -> Self {
        let told = &delivery.ticket;
        let mut row = Self {
            delivery: delivery.id.to_string(),
            ticket: told.id.clone(),
            order: told.order_id.clone(),
            scenario: told.scenario.clone(),
            warehouse: told.warehouse.clone(),
            instructions: told.instructions.clone(),
            ..Self::default()
        };
        match asked {
            None => {}
            Some(Ok(ticket)) => {
                row.what = match ticket.state() {
                    TicketState::Acknowledged => What::Taken,
                    TicketState::Resolved => What::Resolved,
                    TicketState::Open | TicketState::Unspecified => What::Open,
                };
                row.was_late = actor.is_some_and(|actor| actor != ticket.acknowledged_by);
                row.by = ticket.acknowledged_by;
            }
            Some(Err(status)) if is_passing(status.code()) => row.what = What::Unreachable,
            Some(Err(status)) => {
                row.what = What::Refused;
                status.message().clone_into(&mut row.why);
            }
        }
        if row.what != What::Resolved
            && let Some(due) = told.due_at
        {
            let left = (due - now).num_seconds();
            row.is_late = left < 0;
            row.time = span(left.unsigned_abs(), language);
        }
        row
    }

    /// With who else was told of it.
    pub(super) fn and_told(self, told: Vec<String>) -> Self {
        Self { told, ..self }
    }

    /// What the template may say of it.
    fn said(self) -> Value {
        context! {
            delivery => self.delivery,
            ticket => self.ticket,
            order => self.order,
            scenario => self.scenario,
            warehouse => self.warehouse,
            instructions => self.instructions,
            what => self.what.as_str(),
            by => self.by,
            was_late => self.was_late,
            why => self.why,
            time => self.time,
            is_late => self.is_late,
            told => self.told,
        }
    }
}

impl What {
    fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Resolved => "resolved",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Page<'_> {
    /// Whether everything that it should say is known.
    pub(super) fn status(&self) -> StatusCode {
        match self.is_unreachable() {
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::OK,
        }
    }

    fn is_unreachable(&self) -> bool {
        self.rows.iter().any(|row| row.what == What::Unreachable)
    }

    /// The page in HTML.
    pub(super) fn html(self, language: Language) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.add_template(
            "digest.html",
            include_str!("../../../templates/digest.html"),
        )?;
        let shown: Vec<&str> = self.rows.iter().map(|row| row.delivery.as_str()).collect();
        let open = self.rows.iter().filter(|row| row.what == What::Open);
        let (shown, open) = (shown.join(","), open.count());
        let unreachable = self.is_unreachable();
        environment.get_template("digest.html")?.render(context! {
            zh => language == Language::Chinese,
            language => language.tag(),
            total => self.total,
            waiting => self.waiting,
            to => self.to,
            people => self.people.to_vec(),
            person => self.person,
            is_answer => self.is_answer,
            nobody_said => self.is_answer && !self.people.iter().any(|it| it == self.person),
            unreachable,
            shown,
            open,
            rows => self.rows.into_iter().map(Row::said).collect::<Vec<_>>(),
            before => self.before,
            after => self.after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_no_markup() {
        let row = Row {
            order: "\"><b>x".to_owned(),
            instructions: "<script>alert(1)</script>".to_owned(),
            told: vec!["<i>".to_owned()],
            what: What::Open,
            ..Row::default()
        };
        let people = ["\"><u>".to_owned(), "li-na".to_owned()];
        let page = Page {
            total: 1,
            waiting: 1,
            to: "<s>",
            people: &people,
            person: "",
            is_answer: false,
            rows: vec![row],
            before: None,
            after: Some(1),
        };
        let page = page.html(Language::Chinese).unwrap();
        for markup in ["<script", "<b>x", "<i>", "<u>", "<s>"] {
            assert!(!page.contains(markup), "{page}");
        }
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}
