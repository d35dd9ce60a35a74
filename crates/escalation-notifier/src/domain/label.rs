//! What can be asked of a ticket: by matchers, and when tickets are grouped.
//! The names are those of ticketing's filters.

use std::{borrow::Cow, fmt, str::FromStr};

use super::ticket::{Amount, Ticket};

/// A property of a ticket, by name. One that is not known is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the fields of a ticket, described there")]
pub enum Label {
    Amount,
    Assignee,
    Channel,
    CustomerTier,
    Department,
    Incident,
    Kind,
    LateSources,
    OrderId,
    Region,
    Rule,
    Scenario,
    Severity,
    Step,
    Team,
    TicketId,
    Unconfirmed,
    Warehouse,
}

/// A name that is no label's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of amount, assignee, channel, customer_tier, department, incident, \
     kind, late_sources, order_id, region, rule, scenario, severity, step, team, ticket_id, unconfirmed, warehouse"
)]
pub struct UnknownLabel;

impl Label {
    /// Every label, by name.
    pub const ALL: [Self; 18] = [
        Self::Amount,
        Self::Assignee,
        Self::Channel,
        Self::CustomerTier,
        Self::Department,
        Self::Incident,
        Self::Kind,
        Self::LateSources,
        Self::OrderId,
        Self::Region,
        Self::Rule,
        Self::Scenario,
        Self::Severity,
        Self::Step,
        Self::Team,
        Self::TicketId,
        Self::Unconfirmed,
        Self::Warehouse,
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Assignee => "assignee",
            Self::Channel => "channel",
            Self::CustomerTier => "customer_tier",
            Self::Department => "department",
            Self::Incident => "incident",
            Self::Kind => "kind",
            Self::LateSources => "late_sources",
            Self::OrderId => "order_id",
            Self::Region => "region",
            Self::Rule => "rule",
            Self::Scenario => "scenario",
            Self::Severity => "severity",
            Self::Step => "step",
            Self::Team => "team",
            Self::TicketId => "ticket_id",
            Self::Unconfirmed => "unconfirmed",
            Self::Warehouse => "warehouse",
        }
    }

    /// Every value that a ticket has of it; one that is empty when nothing is known.
    #[must_use]
    pub fn values(self, ticket: &Ticket) -> Vec<Cow<'_, str>> {
        match self {
            Self::LateSources if !ticket.late_sources.is_empty() => {
                ticket.late_sources.iter().map(Cow::from).collect()
            }
            _ => vec![self.of(ticket)],
        }
    }

    /// What a ticket says of it; several values as one text.
    #[must_use]
    pub fn of(self, ticket: &Ticket) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Amount => return Cow::Owned(ticket.amount.to_string()),
            Self::Assignee => &ticket.assignee,
            Self::Channel => &ticket.channel,
            Self::CustomerTier => &ticket.customer_tier,
            Self::Department => &ticket.department,
            Self::Incident => &ticket.incident,
            Self::Kind => &ticket.kind,
            Self::LateSources => return Cow::Owned(ticket.late_sources.join(", ")),
            Self::OrderId => &ticket.order_id,
            Self::Region => &ticket.region,
            Self::Rule => &ticket.rule,
            Self::Scenario => &ticket.scenario,
            Self::Severity => ticket.severity.as_str(),
            Self::Step => &ticket.step,
            Self::Team => &ticket.team,
            Self::TicketId => &ticket.id,
            Self::Unconfirmed if ticket.unconfirmed => "true",
            Self::Unconfirmed => "false",
            Self::Warehouse => &ticket.warehouse,
        })
    }

    /// Where a value stands among others, for a label whose values have an order.
    #[must_use]
    pub fn rank(self, value: &str) -> Option<i64> {
        match self {
            Self::Amount => value.parse::<Amount>().ok().map(Amount::hundredths),
            Self::Severity => ["low", "medium", "high", "critical"]
                .iter()
                .position(|word| *word == value)
                .and_then(|place| i64::try_from(place).ok()),
            _ => None,
        }
    }

    /// What is expected of a value that has a place among others.
    #[must_use]
    pub fn ranked_values(self) -> Option<&'static str> {
        match self {
            Self::Amount => Some("an amount such as 5000 or 49.90"),
            Self::Severity => Some("one of low, medium, high, critical"),
            _ => None,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(name: &str) -> Result<Self, UnknownLabel> {
        Self::ALL
            .into_iter()
            .find(|label| label.as_str() == name)
            .ok_or(UnknownLabel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_found_by_its_name_and_named_when_another_is_not_found() {
        for label in Label::ALL {
            assert_eq!(label.as_str().parse(), Ok(label));
            assert!(UnknownLabel.to_string().contains(label.as_str()));
        }
        assert_eq!("weather".parse::<Label>(), Err(UnknownLabel));
    }

    #[test]
    fn severities_and_amounts_have_an_order() {
        assert!(Label::Severity.rank("critical") > Label::Severity.rank("high"));
        assert!(Label::Amount.rank("10") > Label::Amount.rank("9.99"));
        assert_eq!(Label::Warehouse.rank("10"), None);
    }
}
