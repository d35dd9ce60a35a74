//! The tree of routes: which of them take a ticket, and what each says.

use std::time::Duration;

use super::{Channel, Recipient, delay::Delay};
use crate::domain::{
    escalation::Cause,
    grouping::Grouping,
    matcher::Matchers,
    ticket::{Ticket, Transition},
};

/// Tickets of one kind, and what is done for them. What a route does not say,
/// it has from the route that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where it stands in its policy, such as `spec.routes[0]`; the root is `spec`.
    pub place: String,
    /// Tickets it takes, of those that the route above it takes.
    pub matchers: Matchers,
    /// Whether the routes after it are asked too when it takes a ticket.
    pub continues: bool,
    /// What it says.
    pub terms: Terms,
    /// Routes within it; the first that takes a ticket has it.
    pub routes: Vec<Route>,
}

/// What a route says of its tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// Levels, by rising delay.
    pub levels: Vec<Level>,
    /// Told when a step is due soon.
    pub due_soon: Option<Reminder>,
    /// Told when a step is overdue.
    pub overdue: Option<Reminder>,
    /// Told when somebody is asked to take a step, or did not answer; else
    /// whoever is told that a step is due soon.
    pub offered: Option<Reminder>,
    /// Told when nobody takes a ticket up in time; else whoever is told of
    /// overdue steps.
    pub response_overdue: Option<Reminder>,
    /// Told when a machine could not do a step; else whoever is told that a
    /// step is due soon.
    pub automation_failed: Option<Reminder>,
    /// Whether whoever was told is also told of the resolution.
    pub tells_resolution: bool,
    /// How its tickets are told of together, if they are.
    pub grouping: Option<Grouping>,
    /// How long after an acknowledgement, or after whatever somebody did with
    /// the ticket last, an unresolved ticket comes back.
    pub comes_back: Option<Delay>,
}

/// One level: whoever is to be told when nobody has acted for so long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// How long after the ticket was opened.
    pub delay: Delay,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channels: each of them.
    pub channels: Vec<Channel>,
    /// Whether they are told although somebody has acknowledged the ticket, as
    /// long as it is not resolved.
    pub while_open: bool,
    /// More tickets than so many must be in the group of the route; any number when `None`.
    pub group_over: Option<u32>,
    /// How they are told again.
    pub repeat: Option<Repeat>,
}

/// How a level is told again until somebody acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// How long after the time before.
    pub every: Delay,
    /// How many times beside the first.
    pub at_most: u32,
}

/// Whoever is told about a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// By which channels: each of them.
    pub channels: Vec<Channel>,
    /// Whether they are told although somebody has acknowledged the ticket.
    pub after_acknowledgement: bool,
}

impl Terms {
    /// Whom something that happened to a ticket is told, beside its levels.
    #[must_use]
    pub fn reminder(&self, transition: Transition) -> Option<(Cause, &Reminder)> {
        let (cause, own, instead) = match transition {
            Transition::DueSoon => (Cause::DueSoon, &self.due_soon, &None),
            Transition::Overdue => (Cause::Overdue, &self.overdue, &None),
            Transition::Offered => (Cause::Offered, &self.offered, &self.due_soon),
            Transition::Referred => (Cause::Referred, &self.offered, &self.due_soon),
            Transition::ResponseOverdue => (
                Cause::ResponseOverdue,
                &self.response_overdue,
                &self.overdue,
            ),
            Transition::AutomationFailed => (
                Cause::AutomationFailed,
                &self.automation_failed,
                &self.due_soon,
            ),
            _ => return None,
        };
        Some((cause, own.as_ref().or(instead.as_ref())?))
    }
}

impl Route {
    /// At once the warehouse's owner on `WeCom`; unacknowledged after four
    /// hours, the region's manager by e-mail.
    pub(super) fn built_in() -> Self {
        let reminder = |after_acknowledgement| Reminder {
            recipients: vec![Recipient::Assignee, Recipient::WarehouseOwner],
            channels: vec![Channel::Wecom],
            after_acknowledgement,
        };
        let hours = |hours: u64| Delay::wall(Duration::from_secs(hours * 3600));
        Self {
            place: "spec".to_owned(),
            matchers: Matchers::default(),
            continues: false,
            terms: Terms {
                levels: vec![
                    Level::telling(hours(0), Recipient::WarehouseOwner, Channel::Wecom),
                    Level::telling(hours(4), Recipient::RegionManager, Channel::Email),
                ],
                due_soon: Some(reminder(false)),
                overdue: Some(reminder(true)),
                tells_resolution: true,
                ..Terms::default()
            },
            routes: Vec::new(),
        }
    }

    /// The routes that take a ticket: of the routes within this one, the first
    /// whose matchers hold and, as long as they say so, those after it; this
    /// one when none does. It itself is not asked.
    #[must_use]
    pub fn taking(&self, ticket: &Ticket) -> Vec<&Self> {
        let mut taken = Vec::new();
        for route in &self.routes {
            if route.matchers.match_all(ticket) {
                taken.extend(route.taking(ticket));
                if !route.continues {
                    break;
                }
            }
        }
        if taken.is_empty() {
            taken.push(self);
        }
        taken
    }

    /// This route and every route within it.
    #[must_use]
    pub fn all(&self) -> Vec<&Self> {
        let within = self.routes.iter().flat_map(Self::all);
        std::iter::once(self).chain(within).collect()
    }

    /// Everybody whom it names, with the place where it does.
    pub(super) fn recipients(&self) -> Vec<(String, &Recipient)> {
        let terms = &self.terms;
        let levels = terms.levels.iter().enumerate().map(|(index, level)| {
            let place = format!("{}.levels[{index}].recipients", self.place);
            (place, &level.recipients)
        });
        let reminders = [
            ("dueSoon", &terms.due_soon),
            ("overdue", &terms.overdue),
            ("offered", &terms.offered),
            ("responseOverdue", &terms.response_overdue),
            ("automationFailed", &terms.automation_failed),
        ];
        let reminders = reminders.into_iter().flat_map(|(key, reminder)| {
            let reminder = reminder.iter();
            reminder.map(move |reminder| (key, reminder))
        });
        let reminders = reminders.map(|(key, reminder)| {
            let place = format!("{}.{key}.recipients", self.place);
            (place, &reminder.recipients)
        });
        levels
            .chain(reminders)
            .flat_map(|(place, recipients)| recipients.iter().map(move |it| (place.clone(), it)))
            .collect()
    }
}

impl Level {
    /// One recipient by one channel, as long as nobody has acknowledged.
    #[must_use]
    pub fn telling(delay: Delay, recipient: Recipient, channel: Channel) -> Self {
        Self {
            delay,
            recipients: vec![recipient],
            channels: vec![channel],
            while_open: false,
            group_over: None,
            repeat: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::matcher::Matcher;

    fn route(place: &str, matchers: &[&str], continues: bool, routes: Vec<Route>) -> Route {
        let matchers = matchers.iter().map(|text| Matcher::parse(text).unwrap());
        Route {
            place: place.to_owned(),
            matchers: Matchers::all(matchers.collect()),
            continues,
            terms: Terms::default(),
            routes,
        }
    }

    /// The tree of Alertmanager's documentation, in our words.
    fn tree() -> Route {
        let inner = vec![
            route("east", &["region = east"], false, Vec::new()),
            route("vip", &["customer_tier = vip"], true, Vec::new()),
            route("dear", &["amount >= 5000"], false, Vec::new()),
        ];
        let outer = vec![
            route("customs", &["scenario =~ customs-.*"], false, inner),
            route("critical", &["severity = critical"], true, Vec::new()),
            route("north", &["region = north"], false, Vec::new()),
        ];
        route("root", &[], false, outer)
    }

    fn taking(ticket: &Ticket) -> Vec<String> {
        let tree = tree();
        let taken = tree.taking(ticket).into_iter();
        taken.map(|route| route.place.clone()).collect()
    }

    fn ticket(scenario: &str, region: &str) -> Ticket {
        Ticket {
            scenario: scenario.to_owned(),
            region: region.to_owned(),
            ..Ticket::default()
        }
    }

    #[test]
    fn the_first_route_that_takes_a_ticket_has_it() {
        assert_eq!(taking(&ticket("customs-stuck", "east")), ["east"]);
        assert_eq!(taking(&ticket("late", "north")), ["north"]);
    }

    #[test]
    fn what_no_inner_route_takes_stays_with_the_outer_one() {
        assert_eq!(taking(&ticket("customs-stuck", "north")), ["customs"]);
        assert_eq!(taking(&ticket("late", "south")), ["root"]);
    }

    #[test]
    fn a_route_that_continues_lets_those_after_it_have_it_too() {
        let mut dear = ticket("customs-stuck", "west");
        dear.customer_tier = "vip".to_owned();
        dear.amount = "7000".parse().unwrap();
        assert_eq!(taking(&dear), ["vip", "dear"]);
        let mut critical = ticket("late", "north");
        critical.severity = crate::domain::ticket::Severity::named("critical");
        assert_eq!(taking(&critical), ["critical", "north"]);
    }

    proptest! {
        /// No ticket is nobody's, and no route has it twice.
        #[test]
        fn every_ticket_is_taken_and_by_each_route_once(
            scenario in prop::sample::select(vec!["customs-stuck", "late"]),
            region in prop::sample::select(vec!["east", "north", "south", ""]),
            tier in prop::sample::select(vec!["vip", ""]),
            severity in prop::sample::select(vec!["critical", "low"]),
            amount in 0_u32..10_000,
        ) {
            let ticket = Ticket {
                customer_tier: tier.to_owned(),
                severity: crate::domain::ticket::Severity::named(severity),
                amount: amount.to_string().parse().unwrap(),
                ..ticket(scenario, region)
            };
            let taken = taking(&ticket);
            let mut once = taken.clone();
            once.dedup();
            prop_assert!(!taken.is_empty());
            prop_assert_eq!(taken, once);
        }
    }
}
