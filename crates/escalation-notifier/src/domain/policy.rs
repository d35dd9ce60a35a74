//! Escalation policies: who is told at which level, after how long.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{directory::Directory, oncall::Which, ticket::Ticket};

/// Name of the policy that is in force when none was applied.
pub const BUILT_IN: &str = "default";

/// Everything an operator has said about who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySet {
    /// Version in the store; 0 is the built-in one.
    pub version: i64,
    /// People, warehouses, regions and robots.
    pub directory: Directory,
    /// Policies, sorted by name.
    pub policies: Vec<Policy>,
}

/// Levels of escalation for the tickets that it selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name, unique among policies.
    pub name: String,
    /// Tickets it is for.
    pub selector: Selector,
    /// Levels, by rising delay.
    pub levels: Vec<Level>,
    /// Told when a step is due soon.
    pub due_soon: Option<Reminder>,
    /// Told when a step is overdue.
    pub overdue: Option<Reminder>,
    /// Whether whoever was told is also told of the resolution.
    pub tells_resolution: bool,
}

/// Tickets that a policy is for; an empty list selects all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    /// Scenarios.
    pub scenarios: Vec<String>,
    /// Severities, in lower case.
    pub severities: Vec<String>,
    /// Warehouses.
    pub warehouses: Vec<String>,
}

/// One level: whoever is to be told when nobody has acknowledged for so long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// How long after the ticket was opened.
    pub delay: Duration,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channel.
    pub channel: Channel,
}

/// Whoever is told about a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channel.
    pub channel: Channel,
    /// Whether they are told although somebody has acknowledged the ticket.
    pub after_acknowledgement: bool,
}

/// A recipient by the part that it plays, or by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// Owner of the ticket's warehouse.
    WarehouseOwner,
    /// Manager of the ticket's region.
    RegionManager,
    /// Whoever works on the ticket.
    Assignee,
    /// The directory's last resort.
    Fallback,
    /// A person by name in the directory.
    Person(String),
    /// A team's on-call, else its lead.
    Team(String),
    /// Somebody of an on-call schedule.
    Schedule(String, Which),
}

/// A way to reach people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A `WeCom` group robot.
    Wecom,
    /// E-mail over SMTP.
    Email,
    /// A line in the service's own log, when there is nothing else.
    Log,
}

/// A word that is none of those expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct UnknownWord {
    /// What would have been understood.
    pub expected: &'static str,
}

impl PolicySet {
    /// At once the warehouse's owner on `WeCom`; unacknowledged after four
    /// hours, the region's manager by e-mail. Nobody is in the directory yet.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            version: 0,
            directory: Directory::default(),
            policies: vec![Policy::built_in()],
        }
    }

    /// Policy for a ticket: the most particular one that selects it, by name
    /// among equals; the built-in one when none does.
    #[must_use]
    pub fn policy_for(&self, ticket: &Ticket) -> Policy {
        self.policies
            .iter()
            .filter(|policy| policy.selector.selects(ticket))
            .min_by_key(|policy| std::cmp::Reverse(policy.selector.particularity()))
            .cloned()
            .unwrap_or_else(Policy::built_in)
    }

    /// Policy of that name, if it is there.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name == name)
    }
}

impl Policy {
    /// The policy in force until an operator applies another.
    #[must_use]
    pub fn built_in() -> Self {
        let holders = || vec![Recipient::Assignee, Recipient::WarehouseOwner];
        Self {
            name: BUILT_IN.to_owned(),
            selector: Selector::default(),
            levels: vec![
                Level {
                    delay: Duration::ZERO,
                    recipients: vec![Recipient::WarehouseOwner],
                    channel: Channel::Wecom,
                },
                Level {
                    delay: Duration::from_secs(4 * 3600),
                    recipients: vec![Recipient::RegionManager],
                    channel: Channel::Email,
                },
            ],
            due_soon: Some(Reminder {
                recipients: holders(),
                channel: Channel::Wecom,
                after_acknowledgement: false,
            }),
            overdue: Some(Reminder {
                recipients: holders(),
                channel: Channel::Wecom,
                after_acknowledgement: true,
            }),
            tells_resolution: true,
        }
    }
}

impl Selector {
    /// Whether the ticket is among those selected.
    #[must_use]
    pub fn selects(&self, ticket: &Ticket) -> bool {
        let among = |list: &[String], value: &str| {
            list.is_empty() || list.iter().any(|entry| entry == value)
        };
        among(&self.scenarios, &ticket.scenario)
            && among(&self.severities, ticket.severity.as_str())
            && among(&self.warehouses, &ticket.warehouse)
    }

    /// How many conditions it makes.
    fn particularity(&self) -> usize {
        [&self.scenarios, &self.severities, &self.warehouses]
            .iter()
            .filter(|list| !list.is_empty())
            .count()
    }
}

impl Channel {
    /// Its name in policies, events and the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Email => "email",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "wecom" => Ok(Self::Wecom),
            "email" => Ok(Self::Email),
            "log" => Ok(Self::Log),
            _ => Err(UnknownWord {
                expected: "one of wecom, email, log",
            }),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WarehouseOwner => formatter.write_str("warehouse-owner"),
            Self::RegionManager => formatter.write_str("region-manager"),
            Self::Assignee => formatter.write_str("assignee"),
            Self::Fallback => formatter.write_str("fallback"),
            Self::Person(name) => write!(formatter, "person:{name}"),
            Self::Team(name) => write!(formatter, "team:{name}"),
            Self::Schedule(name, Which::Now) => write!(formatter, "schedule:{name}"),
            Self::Schedule(name, Which::Next) => write!(formatter, "schedule:{name}/next"),
        }
    }
}

impl FromStr for Recipient {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "warehouse-owner" => Ok(Self::WarehouseOwner),
            "region-manager" => Ok(Self::RegionManager),
            "assignee" => Ok(Self::Assignee),
            "fallback" => Ok(Self::Fallback),
            _ => named(text).ok_or(UnknownWord {
                expected: "warehouse-owner, region-manager, assignee, fallback, person:<name>, team:<name>, schedule:<name> or schedule:<name>/next",
            }),
        }
    }
}

/// A recipient by name, such as `person:chen-jie`.
fn named(text: &str) -> Option<Recipient> {
    let (part, name) = text.split_once(':')?;
    let name = name.trim();
    let whole = (!name.is_empty()).then(|| name.to_owned());
    match part {
        "person" => whole.map(Recipient::Person),
        "team" => whole.map(Recipient::Team),
        "schedule" => Some(match name.split_once('/') {
            None => Recipient::Schedule(whole?, Which::Now),
            Some((name, "next")) if !name.is_empty() => {
                Recipient::Schedule(name.to_owned(), Which::Next)
            }
            Some(_) => return None,
        }),
        _ => None,
    }
}
