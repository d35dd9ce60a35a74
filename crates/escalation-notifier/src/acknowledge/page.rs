//! The page: one column, no scripts, readable on any phone.

use std::time::Duration;

use contracts::ticketing::v1::{Ticket, TicketState};
use minijinja::{Environment, context};

use crate::domain::directory::Language;

/// What the second button says: that the ticket is to come back unless it is resolved.
pub(super) const LATER: &str = "2h";

/// How long that is.
pub(super) const LATER_MEANS: Duration = Duration::from_secs(2 * 3_600);

/// What a page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// The link is not one of ours.
    Forged,
    /// The link is too old.
    Expired,
    /// Ticketing does not answer; nothing was done.
    Unavailable,
    /// Ticketing does not let it be done.
    Refused(String),
    /// A ticket, and whether it was taken on just now.
    Ticket(Box<Shown>),
}

impl Said {
    /// Whoever was told has left the directory since.
    pub(super) const LEFT: Self = Self::Expired;
}

/// A ticket as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    /// How it stands.
    pub(super) standing: Standing,
    /// Ticket.
    pub(super) ticket: String,
    /// Order.
    pub(super) order: String,
    /// Scenario.
    pub(super) scenario: String,
    /// What is to be done.
    pub(super) instructions: String,
    /// Who has taken it on.
    pub(super) by: String,
    /// Who may take it on by this link; one is not asked.
    pub(super) people: Vec<String>,
    /// Who else was told, as it may be shown.
    pub(super) told: Vec<String>,
}

/// How a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Standing {
    /// Nobody has taken it on.
    #[default]
    Open,
    /// Somebody has.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl Shown {
    /// A ticket as it stands.
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            standing: match ticket.state() {
                TicketState::Acknowledged => Standing::Acknowledged,
                TicketState::Resolved => Standing::Resolved,
                TicketState::Open | TicketState::Unspecified => Standing::Open,
            },
            ticket: ticket.id.clone(),
            order: ticket.order_id.clone(),
            scenario: ticket.scenario.clone(),
            by: ticket.acknowledged_by.clone(),
            ..Self::default()
        }
    }
}

/// The page in HTML.
pub(super) fn html(said: &Said, language: Language) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("page.html", include_str!("../../templates/page.html"))?;
    let shown = match said {
        Said::Ticket(shown) => shown.as_ref().clone(),
        _ => Shown::default(),
    };
    let (what, why) = match said {
        Said::Forged => ("forged", ""),
        Said::Expired => ("expired", ""),
        Said::Unavailable => ("unavailable", ""),
        Said::Refused(why) => ("refused", why.as_str()),
        Said::Ticket(shown) => match shown.standing {
            Standing::Open => ("open", ""),
            Standing::Acknowledged => ("acknowledged", ""),
            Standing::Resolved => ("resolved", ""),
        },
    };
    environment.get_template("page.html")?.render(context! {
        zh => language == Language::Chinese,
        language => language.tag(),
        what,
        why,
        ticket => shown.ticket,
        order => shown.order,
        scenario => shown.scenario,
        instructions => shown.instructions,
        by => shown.by,
        people => shown.people,
        told => shown.told,
        later => LATER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_no_markup() {
        let shown = Shown {
            instructions: "<script>alert(1)</script>".to_owned(),
            people: vec!["\"><b>".to_owned(), "li-na".to_owned()],
            ..Shown::default()
        };
        let page = html(&Said::Ticket(Box::new(shown)), Language::English).unwrap();
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }

    #[test]
    fn only_an_open_ticket_has_buttons() {
        for (standing, buttons) in [
            (Standing::Open, 2),
            (Standing::Acknowledged, 0),
            (Standing::Resolved, 0),
        ] {
            let shown = Shown {
                standing,
                ..Shown::default()
            };
            let page = html(&Said::Ticket(Box::new(shown)), Language::Chinese).unwrap();
            assert_eq!(page.matches("<button").count(), buttons, "{page}");
        }
    }
}
