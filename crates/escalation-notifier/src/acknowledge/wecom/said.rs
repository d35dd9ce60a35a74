//! What whoever pressed a button reads.

use contracts::ticketing::v1::{Ticket, TicketState};

use crate::{channel::callback::event::Reply, domain::directory::Language};

/// What came of a press.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// How the ticket stands now.
    Stands(Box<Ticket>),
    /// Whoever pressed is nobody whom the directory knows.
    Stranger,
    /// Ticketing does not let it be done.
    Refused(String),
    /// Nothing is known to have been done.
    Unavailable,
}

impl Outcome {
    /// In somebody's language.
    pub(super) fn said(&self, language: Language) -> Reply {
        let zh = language == Language::Chinese;
        match self {
            Self::Stands(ticket) => Reply::Button(standing(ticket, zh)),
            Self::Stranger if zh => {
                Reply::Text("您不在通讯录中，工单没有任何更改。请联系管理员。".to_owned())
            }
            Self::Stranger => Reply::Text(
                "The directory does not know you, so nothing was changed. Ask whoever keeps it."
                    .to_owned(),
            ),
            Self::Refused(why) if zh => Reply::Text(format!("无法确认：{why}")),
            Self::Refused(why) => Reply::Text(format!("This could not be done: {why}")),
            Self::Unavailable if zh => {
                Reply::Text("工单系统暂时无法访问，请稍后再按一次。".to_owned())
            }
            Self::Unavailable => Reply::Text(
                "Tickets cannot be reached just now. Press again in a moment.".to_owned(),
            ),
        }
    }
}

fn standing(ticket: &Ticket, zh: bool) -> String {
    let by = ticket.acknowledged_by.as_str();
    match (ticket.state(), zh) {
        (TicketState::Resolved, true) => "已解决".to_owned(),
        (TicketState::Resolved, false) => "Resolved".to_owned(),
        (_, true) if by.is_empty() => "已有人接手".to_owned(),
        (_, false) if by.is_empty() => "Taken on".to_owned(),
        (_, true) => format!("{by} 已接手"),
        (_, false) => format!("Taken on by {by}"),
    }
}
