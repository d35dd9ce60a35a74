//! Inhibitions: while one ticket is open, nobody is told of others that follow
//! from it.

use super::{Hold, Keeper};
use crate::domain::{
    label::Label,
    matcher::{Matcher, Matchers},
    ticket::Ticket,
};

/// Separates the values of a key.
const SEPARATOR: &str = "\u{1f}";

/// What follows from what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibition {
    /// Name, unique among inhibitions.
    pub name: String,
    /// Tickets from which others follow.
    pub source: Matchers,
    /// Tickets that follow.
    pub target: Matchers,
    /// Labels that both must have with the same value.
    pub equal: Vec<Label>,
}

/// An open ticket that is the source of an inhibition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibitor {
    /// Name of the inhibition.
    pub rule: String,
    /// Values of the labels that must be equal.
    pub key: String,
    /// The ticket.
    pub ticket_id: String,
    /// Whether it is a target too.
    pub is_target: bool,
}

impl Inhibition {
    /// What holds until an operator says otherwise: an incident silences the
    /// tickets of its scenario in its warehouse, region or channel, and a
    /// source that is late silences the verdicts that were given without it.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let is = |label, value: &str| Matcher::among(label, &[value.to_owned()]);
        let incident = [Label::Warehouse, Label::Region, Label::Channel].map(|label| Self {
            name: format!("incident-{label}"),
            source: Matchers::all(vec![is(Label::Kind, "incident"), Matcher::is_known(label)]),
            target: Matchers::default(),
            equal: vec![Label::Scenario, label],
        });
        let late = Self {
            name: "source-late".to_owned(),
            source: Matchers::all(vec![is(Label::Scenario, "source-late")]),
            target: Matchers::all(vec![is(Label::Unconfirmed, "true")]),
            equal: Vec::new(),
        };
        incident.into_iter().chain([late]).collect()
    }

    /// The source that an open ticket is, if it is one.
    #[must_use]
    pub fn source_of(&self, ticket: &Ticket) -> Option<Inhibitor> {
        self.source.match_all(ticket).then(|| Inhibitor {
            rule: self.name.clone(),
            key: self.key(ticket),
            ticket_id: ticket.id.clone(),
            is_target: self.target.match_all(ticket),
        })
    }

    /// Key of the sources that hold a ticket back, if any could.
    #[must_use]
    pub fn key_for(&self, ticket: &Ticket) -> Option<String> {
        self.target.match_all(ticket).then(|| self.key(ticket))
    }

    /// How one of these open sources keeps notices of a ticket back. Nothing
    /// holds itself back, nor what is of its own kind.
    #[must_use]
    pub fn hold_on(&self, ticket: &Ticket, sources: &[Inhibitor]) -> Option<Hold> {
        let key = self.key_for(ticket)?;
        let is_source = self.source.match_all(ticket);
        let source = sources.iter().find(|source| {
            source.rule == self.name
                && source.key == key
                && source.ticket_id != ticket.id
                && !(is_source && source.is_target)
        })?;
        Some(Hold {
            keeper: Keeper::Inhibition(self.name.clone()),
            why: format!("{} is open", source.ticket_id),
            until: None,
        })
    }

    fn key(&self, ticket: &Ticket) -> String {
        let values = self.equal.iter().map(|label| label.of(ticket).into_owned());
        values.collect::<Vec<_>>().join(SEPARATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(id: &str, scenario: &str, warehouse: &str) -> Ticket {
        Ticket {
            id: id.to_owned(),
            scenario: scenario.to_owned(),
            warehouse: warehouse.to_owned(),
            ..Ticket::default()
        }
    }

    fn rule(source: &str, target: &str) -> Inhibition {
        let matchers = |text| Matchers::all(vec![Matcher::parse(text).unwrap()]);
        Inhibition {
            name: "power-cut".to_owned(),
            source: matchers(source),
            target: matchers(target),
            equal: vec![Label::Warehouse],
        }
    }

    fn held(rule: &Inhibition, target: &Ticket, source: &Ticket) -> bool {
        let sources: Vec<Inhibitor> = rule.source_of(source).into_iter().collect();
        rule.hold_on(target, &sources).is_some()
    }

    #[test]
    fn a_source_silences_what_follows_from_it_where_the_labels_are_equal() {
        let rule = rule("scenario = power-cut", "scenario != power-cut");
        let source = ticket("S", "power-cut", "WH-E");
        assert!(held(&rule, &ticket("T", "late", "WH-E"), &source));
        assert!(!held(&rule, &ticket("T", "late", "WH-N"), &source));
        assert!(!held(
            &rule,
            &ticket("T", "late", "WH-E"),
            &ticket("S", "late", "WH-E")
        ));
    }

    #[test]
    fn two_sources_that_are_targets_too_do_not_silence_each_other() {
        let rule = rule("warehouse =~ .*", "warehouse =~ .*");
        let one = ticket("A", "late", "WH-E");
        assert!(!held(&rule, &one, &one));
        assert!(!held(&rule, &ticket("B", "late", "WH-E"), &one));
    }

    #[test]
    fn an_incident_silences_tickets_of_its_scenario_in_its_warehouse() {
        let mut incident = ticket("G", "late", "WH-E");
        incident.kind = "incident".to_owned();
        let built_in = Inhibition::built_in();
        let sources: Vec<Inhibitor> = built_in
            .iter()
            .filter_map(|rule| rule.source_of(&incident))
            .collect();
        let held = |ticket: &Ticket| {
            built_in
                .iter()
                .any(|it| it.hold_on(ticket, &sources).is_some())
        };
        assert!(held(&ticket("T", "late", "WH-E")));
        assert!(!held(&ticket("T", "late", "WH-N")));
        assert!(!held(&ticket("T", "customs-stuck", "WH-E")));
        assert!(!held(&incident));
    }
}
