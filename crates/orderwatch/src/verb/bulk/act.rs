//! What can be done with many tickets at once.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use contracts::ticketing::v1::{self as wire, act as it};

use crate::time;
use crate::verb::ticket::Whom;

#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// Say that somebody works on them.
    #[command(visible_alias = "acknowledge")]
    Ack,
    /// Take them up, and answer for them in person.
    Claim,
    /// Complete a step of each.
    Complete {
        /// The step.
        #[arg(long)]
        step: String,
        /// How it went.
        #[arg(long, default_value = "")]
        outcome: String,
    },
    /// Give them to somebody of the same department, or ask another department to take them.
    HandOver(Whom),
    /// Take what the department was asked to take.
    Accept,
    /// Do not take it.
    Reject {
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Stop their clocks for a reason that their procedures allow.
    Pause {
        /// The reason, such as waiting-for-customer.
        #[arg(long)]
        reason: String,
    },
    /// Let their clocks run again.
    Resume,
    /// Put them aside until an instant.
    Snooze {
        /// Until when, RFC 3339.
        #[arg(long, value_parser = time::parse_instant)]
        until: DateTime<Utc>,
    },
    /// Take them up again before that instant.
    Unsnooze,
    /// Close them.
    Resolve {
        /// How they were resolved.
        #[arg(long)]
        reason: String,
    },
    /// Write the note beside them.
    Comment,
}

impl From<Act> for wire::Act {
    fn from(act: Act) -> Self {
        let act = match act {
            Act::Ack => it::Act::Acknowledge(it::Acknowledge::default()),
            Act::Claim => it::Act::Claim(it::Claim::default()),
            Act::Complete { step, outcome } => it::Act::Complete(it::Complete {
                step,
                outcome,
                ..Default::default()
            }),
            Act::HandOver(whom) => whom.hand_over(String::new()),
            Act::Accept => it::Act::Accept(it::Accept::default()),
            Act::Reject { reason } => it::Act::Reject(it::Reject {
                step: String::new(),
                reason,
            }),
            Act::Pause { reason } => it::Act::Pause(it::Pause { reason }),
            Act::Resume => it::Act::Resume(it::Resume {}),
            Act::Snooze { until } => it::Act::Snooze(it::Snooze {
                until: Some(time::timestamp(until)),
            }),
            Act::Unsnooze => it::Act::Unsnooze(it::Unsnooze {}),
            Act::Resolve { reason } => it::Act::Resolve(it::Resolve {
                reason,
                past_mandatory: false,
            }),
            Act::Comment => it::Act::Comment(it::Comment {}),
        };
        Self { act: Some(act) }
    }
}
