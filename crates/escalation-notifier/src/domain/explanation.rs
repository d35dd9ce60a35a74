//! Why somebody was told of a ticket, and why somebody else was not.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{
    delivery::DeliveryState,
    escalation::{Awaited, Escalation, Return, State},
    grouping::Sizes,
    matcher::Matchers,
    policy::{Policy, PolicySet, course::Stage},
    quiet::Hold,
    routing::Destination,
    ticket::Ticket,
};

/// One thing that was told, will be told or was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What caused it, by name; empty for what was not told.
    pub cause: String,
    /// Level, from 1; 0 for what belongs to none.
    pub level: u32,
    /// How many times it was said before.
    pub repetition: u32,
    /// When it is due, or was written down.
    pub at: DateTime<Utc>,
    /// Where to.
    pub destination: Destination,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, in a sentence.
    pub why: String,
    /// Id of its delivery, if there is one.
    pub delivery: Option<String>,
}

/// What became of something that is or was to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has a delivery in a state.
    Delivery(DeliveryState),
    /// Its time comes yet.
    Due,
    /// It is not told.
    PassedOver,
}

/// A delivery as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What caused it, by name.
    pub cause: String,
    /// Level, from 1; 0 for what belongs to none.
    pub level: u32,
    /// Version of the ticket that caused it.
    pub occurrence: i64,
    /// How many times it was said before.
    pub repetition: u32,
    /// Where to.
    pub destination: Destination,
    /// How it stands.
    pub state: DeliveryState,
    /// What keeps it back; empty when nothing does.
    pub held_by: String,
    /// What went wrong last; empty when nothing did.
    pub last_error: String,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

impl Reason {
    /// Says of what is due yet what will keep it back then, as far as the clock tells.
    #[must_use]
    pub fn foreseeing(mut self, hold: impl FnOnce(DateTime<Utc>) -> Option<Hold>) -> Self {
        if self.outcome == Outcome::Due
            && let Some(Hold { keeper, why, until }) = hold(self.at)
        {
            let until = until.map(|until| until.to_rfc3339_opts(SecondsFormat::Secs, true));
            let until = until.map_or_else(String::new, |until| format!(", until {until}"));
            let kept = format!(
                "then kept back by {} {}: {why}",
                keeper.kind(),
                keeper.name()
            );
            self.why = format!("{}; {kept}{until}", self.why);
        }
        self
    }
}

impl Outcome {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivery(DeliveryState::Sent) => "told",
            Self::Delivery(DeliveryState::Held) => "held",
            Self::Delivery(DeliveryState::Failed) => "failed",
            Self::Delivery(DeliveryState::Cancelled) => "cancelled",
            Self::Delivery(_) => "waits",
            Self::Due => "due",
            Self::PassedOver => "passed over",
        }
    }
}

/// Why each policy of a set is a ticket's or is not.
#[must_use]
pub fn policies(set: &PolicySet, chosen: &str, ticket: &Ticket) -> Vec<(String, bool, String)> {
    let why = |policy: &Policy| match lacking(&policy.matchers, ticket) {
        _ if policy.name == chosen => format!("it is for {}", policy.matchers),
        Some(matcher) => format!("the ticket is not such that {matcher}"),
        None => format!("{chosen} has more matchers, or comes before it by name"),
    };
    let policies = set.policies.iter();
    policies
        .map(|policy| (policy.name.clone(), policy.name == chosen, why(policy)))
        .collect()
}

/// The first matcher that does not hold of a ticket.
fn lacking(matchers: &Matchers, ticket: &Ticket) -> Option<String> {
    matchers.first_lacking(ticket).map(ToString::to_string)
}

/// Everything that was told of a ticket, by the ledger, and everything that is
/// or was due in this round and has no line there. `destinations` says where a
/// stage's channel leads to now.
#[must_use]
pub fn reasons(
    escalation: &Escalation,
    policy: &Policy,
    (ledger, sizes): (&[Entry], &Sizes),
    destinations: impl Fn(&Stage<'_>) -> Vec<Destination>,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = ledger.iter().map(of_entry).collect();
    let course = policy.course(&escalation.routes);
    let stages = course.stages(escalation.round_started_at);
    for (index, stage) in stages.iter().enumerate() {
        let is_told = ledger.iter().any(|entry| {
            entry.level == stage.level
                && entry.repetition == stage.repetition
                && entry.occurrence == escalation.round
        });
        if is_told {
            continue;
        }
        let waits = escalation.waiting.iter().any(|it| *it as usize == index);
        let (outcome, why) = match escalation.awaited(stage).filter(|_| waits) {
            Some(awaited) => of_waiting(awaited, sizes),
            None => of_untold(escalation, stage, index < escalation.stage as usize),
        };
        reasons.extend(destinations(stage).into_iter().map(|destination| Reason {
            cause: String::new(),
            level: stage.level,
            repetition: stage.repetition,
            at: stage.due_at,
            destination,
            outcome,
            why: why.clone(),
            delivery: None,
        }));
    }
    if let Some(again) = escalation.returns(policy) {
        let stages = course.stages(again.at).into_iter();
        let first = stages.filter(|stage| (stage.level, stage.repetition) == (1, 0));
        reasons.extend(first.flat_map(|stage| {
            let destinations = destinations(&stage).into_iter();
            destinations.map(move |destination| of_return(again, &stage, destination))
        }));
    }
    reasons.sort_by_key(|reason| (reason.at, reason.level, reason.repetition));
    reasons
}

/// Why something is in the ledger.
#[must_use]
pub fn of_entry(entry: &Entry) -> Reason {
    let because = match entry.cause.as_str() {
        "opened" => "the ticket was opened".to_owned(),
        "reopened" => "the ticket was opened again or changed hands".to_owned(),
        "unresolved" => "somebody took it on, but nothing happened".to_owned(),
        "escalated" => format!("nobody had acknowledged when level {} was due", entry.level),
        "due-soon" => "a deadline was near".to_owned(),
        "overdue" => "a deadline had passed".to_owned(),
        "resolved" => "they had been told of the ticket, and it was resolved".to_owned(),
        "incident" => "many tickets have one cause".to_owned(),
        "test" => "somebody tried whether it arrives".to_owned(),
        other => other.replace('-', " "),
    };
    let then = match entry.state {
        DeliveryState::Held => format!("; kept back by {}", entry.held_by),
        DeliveryState::Cancelled => "; taken back before it went out".to_owned(),
        DeliveryState::Failed | DeliveryState::Retrying if !entry.last_error.is_empty() => {
            format!("; {}", entry.last_error)
        }
        _ => String::new(),
    };
    Reason {
        cause: entry.cause.clone(),
        level: entry.level,
        repetition: entry.repetition,
        at: entry.created_at,
        destination: entry.destination.clone(),
        outcome: Outcome::Delivery(entry.state),
        why: format!("{because}{then}"),
        delivery: Some(entry.id.clone()),
    }
}

fn of_return(again: Return, stage: &Stage<'_>, destination: Destination) -> Reason {
    let why = match again.is_wished {
        true => "whoever took it on wished it to come back then, unless it is resolved",
        false => "it comes back then, unless somebody does something with it",
    };
    Reason {
        cause: String::new(),
        level: stage.level,
        repetition: stage.repetition,
        at: stage.due_at,
        destination,
        outcome: Outcome::Due,
        why: why.to_owned(),
        delivery: None,
    }
}

fn of_waiting(awaited: Awaited, sizes: &Sizes) -> (Outcome, String) {
    let (found, over) = (
        sizes.of(awaited.group).counted(awaited.while_open),
        awaited.over,
    );
    let what = match awaited.while_open {
        true => "not resolved",
        false => "not acknowledged",
    };
    let why =
        format!("{found} of its group are {what}; it is told as soon as more than {over} are");
    (Outcome::PassedOver, why)
}

fn of_untold(escalation: &Escalation, stage: &Stage<'_>, passed: bool) -> (Outcome, String) {
    let acknowledged_first = "somebody had acknowledged before it was due";
    match escalation.state() {
        State::Resolved => (
            Outcome::PassedOver,
            "the ticket was resolved before it was due".to_owned(),
        ),
        State::Acknowledged if !stage.telling.while_open => {
            (Outcome::PassedOver, acknowledged_first.to_owned())
        }
        _ if passed => (Outcome::PassedOver, acknowledged_first.to_owned()),
        _ => {
            let until = match stage.telling.while_open {
                true => "unless the ticket is resolved before",
                false => "unless somebody acknowledges before",
            };
            let over = stage.telling.group_over;
            let group =
                over.map(|over| format!(", if more than {over} of its group are open then"));
            (
                Outcome::Due,
                format!("{until}{}", group.unwrap_or_default()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        policy::Channel,
        ticket::{Observation, Transition},
    };

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours)
    }

    fn to(name: &str) -> Destination {
        Destination {
            channel: Channel::Email,
            recipient: name.to_owned(),
            shown: name.to_owned(),
        }
    }

    /// The built-in policy, after these transitions at these hours.
    fn escalated(transitions: &[(Transition, i64)]) -> Escalation {
        let policy = Policy::built_in();
        let mut state: Option<Escalation> = None;
        for (version, (transition, hours)) in (1..).zip(transitions) {
            let observation = Observation {
                transition: *transition,
                version,
                acknowledged: *transition != Transition::Opened,
                at: at(*hours),
                come_back: None,
                ticket: Ticket {
                    opened_at: at(0),
                    ..Ticket::default()
                },
            };
            let before = state.unwrap_or_else(|| Escalation::unobserved(&observation, &policy, 0));
            state = Some(before.observe(&observation, &policy, at(*hours)).0);
        }
        state.unwrap()
    }

    fn told(escalation: &Escalation, ledger: &[Entry]) -> Vec<(u32, &'static str, String)> {
        let policy = Policy::built_in();
        reasons(escalation, &policy, (ledger, &Sizes::default()), |stage| {
            vec![to(&stage.telling.recipients[0].to_string())]
        })
        .into_iter()
        .map(|it| (it.level, it.outcome.word(), it.why))
        .collect()
    }

    fn opening(state: DeliveryState) -> Entry {
        Entry {
            id: "D1".to_owned(),
            cause: "opened".to_owned(),
            level: 1,
            occurrence: 0,
            repetition: 0,
            destination: to("owner"),
            state,
            held_by: "silence 1: ann: stocktaking".to_owned(),
            last_error: String::new(),
            created_at: at(0),
        }
    }

    #[test]
    fn what_is_due_yet_and_what_was_passed_over_say_why() {
        let running = escalated(&[(Transition::Opened, 0)]);
        let why = "unless somebody acknowledges before".to_owned();
        let ledger = [opening(DeliveryState::Sent)];
        let opened = (1, "told", "the ticket was opened".to_owned());
        assert_eq!(told(&running, &ledger), [opened.clone(), (2, "due", why)]);
        let taken_on = escalated(&[(Transition::Opened, 0), (Transition::Acknowledged, 1)]);
        let why = "somebody had acknowledged before it was due".to_owned();
        assert_eq!(told(&taken_on, &ledger), [opened, (2, "passed over", why)]);
    }

    #[test]
    fn what_is_kept_back_says_by_what() {
        let running = escalated(&[(Transition::Opened, 0)]);
        let told = told(&running, &[opening(DeliveryState::Held)]);
        assert_eq!(told[0].1, "held");
        assert!(
            told[0]
                .2
                .ends_with("kept back by silence 1: ann: stocktaking")
        );
    }

    #[test]
    fn policies_that_are_not_the_tickets_say_what_is_lacking() {
        let mut set = PolicySet::built_in();
        set.policies.push(Policy {
            name: "vip".to_owned(),
            matchers: Matchers::parse(&["customer_tier = vip".to_owned()]).unwrap(),
            ..Policy::built_in()
        });
        let considered = policies(&set, "default", &Ticket::default());
        assert_eq!(
            considered[1],
            (
                "vip".to_owned(),
                false,
                "the ticket is not such that customer_tier = vip".to_owned()
            )
        );
        assert!(considered[0].1);
    }
}
