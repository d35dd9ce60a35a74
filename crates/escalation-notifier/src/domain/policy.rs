//! Escalation policies: who is told at which level, after how long.
//!
//! A policy is a tree of [`route`]s. The routes that take a ticket are its
//! [`course`]: what is told when, until somebody acts.

pub mod course;
pub mod delay;
pub mod route;

use std::{cmp::Reverse, fmt, str::FromStr};

use self::{course::Course, route::Route};
pub use super::channel::Channel;
use super::{
    directory::Directory,
    matcher::Matchers,
    oncall::Which,
    quiet::{inhibition::Inhibition, window::MaintenanceWindow},
    ticket::Ticket,
    wording::Wording,
};

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
    /// Hours in which nobody is told of some tickets.
    pub windows: Vec<MaintenanceWindow>,
    /// Which open tickets silence which others.
    pub inhibitions: Vec<Inhibition>,
    /// Words of the operator's own.
    pub wordings: Vec<Wording>,
}

/// A tree of routes for the tickets that it selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name, unique among policies.
    pub name: String,
    /// Tickets it is for.
    pub matchers: Matchers,
    /// Takes every ticket that none of its own routes takes.
    pub root: Route,
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
    /// An endpoint by name in the directory: a group, or a system.
    Endpoint(String),
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
            windows: Vec::new(),
            inhibitions: Inhibition::built_in(),
            wordings: Vec::new(),
        }
    }

    /// Policy for a ticket: the most particular one that selects it, by name
    /// among equals; the built-in one when none does.
    #[must_use]
    pub fn policy_for(&self, ticket: &Ticket) -> Policy {
        self.policies
            .iter()
            .filter(|policy| policy.matchers.match_all(ticket))
            .min_by_key(|policy| Reverse(policy.matchers.count()))
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
        Self {
            name: BUILT_IN.to_owned(),
            matchers: Matchers::default(),
            root: Route::built_in(),
        }
    }

    /// Places of the routes that take a ticket; never none.
    #[must_use]
    pub fn routes_for(&self, ticket: &Ticket) -> Vec<String> {
        let taken = self.root.taking(ticket);
        taken.iter().map(|route| route.place.clone()).collect()
    }

    /// Whether some level of it is told only when a group is large.
    #[must_use]
    pub fn asks_for_sizes(&self) -> bool {
        let routes = self.root.all().into_iter();
        let mut levels = routes.flat_map(|route| &route.terms.levels);
        levels.any(|level| level.group_over.is_some())
    }

    /// What these routes say together.
    #[must_use]
    pub fn course(&self, places: &[String]) -> Course<'_> {
        let routes = self.root.all();
        let named = routes
            .iter()
            .filter(|route| places.contains(&route.place))
            .copied()
            .collect::<Vec<_>>();
        Course::of(if named.is_empty() {
            vec![&self.root]
        } else {
            named
        })
    }

    /// Everybody whom it names anywhere, with the place where it does.
    #[must_use]
    pub fn recipients(&self) -> Vec<(String, &Recipient)> {
        let routes = self.root.all().into_iter();
        routes.flat_map(Route::recipients).collect()
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
            Self::Endpoint(name) => write!(formatter, "endpoint:{name}"),
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
                expected: "warehouse-owner, region-manager, assignee, fallback, person:<name>, team:<name>, schedule:<name>, schedule:<name>/next or endpoint:<name>",
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
        "endpoint" => whole.map(Recipient::Endpoint),
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
