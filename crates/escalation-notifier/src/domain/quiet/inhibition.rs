//! Inhibitions: while one ticket is open, nobody is told of others that follow
//! from it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Hold, Keeper};
use crate::domain::{
    label::Label,
    matcher::{Matcher, Matchers},
    ticket::Ticket,
};

/// How long a new ticket like those of an incident waits for word whether it is one of them.
/// Ticketing looks every few seconds.
const UNTIL_GATHERED: TimeDelta = TimeDelta::seconds(30);

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
    /// Labels of which both must have a value in common.
    pub equal: Vec<Label>,
    /// How long after its opening a ticket is kept back; `None` as long as the source is open.
    pub at_most: Option<TimeDelta>,
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
    /// What holds until an operator says otherwise: an incident silences its
    /// tickets, and a source that is late silences the verdicts that were given
    /// without it. What opens like the tickets of an incident waits a moment for
    /// word whether it belongs to it; an incident that names nobody silences
    /// the tickets of its scenario in its warehouse, region or channel.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let is = |label, value: &str| Matcher::among(label, &[value.to_owned()]);
        let incident = |name: &str, has: Vec<Matcher>, equal: Vec<Label>, at_most| {
            let source = [is(Label::Kind, "incident")].into_iter().chain(has);
            Self {
                name: name.to_owned(),
                source: Matchers::all(source.collect()),
                target: Matchers::default(),
                equal,
                at_most,
            }
        };
        let (named, known) = (Matcher::is_known(Label::Incident), Matcher::is_known);
        let members = incident("incident", vec![named.clone()], vec![Label::Incident], None);
        let like = [Label::Warehouse, Label::Region, Label::Channel].into_iter();
        let like: Vec<Self> = like
            .flat_map(|label| {
                let equal = vec![Label::Scenario, label];
                let unnamed = vec![is(Label::Incident, ""), known(label)];
                let new = vec![named.clone(), known(label)];
                let within = Some(UNTIL_GATHERED);
                [
                    incident(&format!("incident-{label}"), unnamed, equal.clone(), None),
                    incident(&format!("incident-{label}-new"), new, equal, within),
                ]
            })
            .collect();
        let nothing_else = [Label::Warehouse, Label::Region, Label::Channel].map(|it| is(it, ""));
        let alone = [named, known(Label::Scenario)]
            .into_iter()
            .chain(nothing_else);
        let scenario = vec![Label::Scenario];
        let new = incident(
            "incident-new",
            alone.collect(),
            scenario,
            Some(UNTIL_GATHERED),
        );
        let late = |name: &str, waits_for: Matcher, equal: Vec<Label>| Self {
            name: name.to_owned(),
            source: Matchers::all(vec![is(Label::Scenario, "source-late")]),
            target: Matchers::all(vec![is(Label::Unconfirmed, "true"), waits_for]),
            equal,
            at_most: None,
        };
        let sources = Label::LateSources;
        let late = [
            late("source-late-named", known(sources), vec![sources]),
            late("source-late", is(sources, ""), Vec::new()),
        ];
        let incidents = [members].into_iter().chain(like).chain([new]);
        incidents.chain(late).collect()
    }

    /// What an open ticket is the source of, once for each of its keys.
    #[must_use]
    pub fn sources_of(&self, ticket: &Ticket) -> Vec<Inhibitor> {
        if !self.source.match_all(ticket) {
            return Vec::new();
        }
        let keys = self.keys(ticket).into_iter();
        keys.map(|key| Inhibitor {
            rule: self.name.clone(),
            key,
            ticket_id: ticket.id.clone(),
            is_target: self.target.match_all(ticket),
        })
        .collect()
    }

    /// Keys of the sources that hold a ticket back, if any could.
    #[must_use]
    pub fn keys_for(&self, ticket: &Ticket) -> Vec<String> {
        match self.target.match_all(ticket) {
            true => self.keys(ticket),
            false => Vec::new(),
        }
    }

    /// How one of these open sources keeps notices of a ticket back. Nothing
    /// holds itself back, nor what is of its own kind.
    #[must_use]
    pub fn hold_on(
        &self,
        ticket: &Ticket,
        sources: &[Inhibitor],
        now: DateTime<Utc>,
    ) -> Option<Hold> {
        let until = self.at_most.map(|at_most| ticket.opened_at + at_most);
        if until.is_some_and(|until| until <= now) {
            return None;
        }
        let keys = self.keys_for(ticket);
        let is_source = self.source.match_all(ticket);
        let source = sources.iter().find(|source| {
            source.rule == self.name
                && keys.contains(&source.key)
                && source.ticket_id != ticket.id
                && !(is_source && source.is_target)
        })?;
        Some(Hold {
            keeper: Keeper::Inhibition(self.name.clone()),
            why: format!("{} is open", source.ticket_id),
            until,
        })
    }

    /// Every choice of one value of each label that must be equal.
    fn keys(&self, ticket: &Ticket) -> Vec<String> {
        let mut keys: Vec<Vec<String>> = vec![Vec::new()];
        for label in &self.equal {
            let values = label.values(ticket);
            keys = keys
                .iter()
                .flat_map(|key| {
                    values
                        .iter()
                        .map(|value| [&key[..], &[value.to_string()]].concat())
                })
                .collect();
        }
        keys.iter().map(|key| key.join(SEPARATOR)).collect()
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
            at_most: None,
        }
    }

    fn held(rule: &Inhibition, target: &Ticket, source: &Ticket) -> bool {
        let sources = rule.sources_of(source);
        let now = DateTime::UNIX_EPOCH;
        rule.hold_on(target, &sources, now).is_some()
    }

    /// Whether an open ticket keeps a ticket back by what is built in, so many seconds after
    /// the ticket was opened.
    fn held_by(source: &Ticket, ticket: &Ticket, seconds: i64) -> bool {
        let rules = Inhibition::built_in();
        let sources = rules.iter().flat_map(|rule| rule.sources_of(source));
        let sources: Vec<Inhibitor> = sources.collect();
        let now = ticket.opened_at + TimeDelta::seconds(seconds);
        rules
            .iter()
            .any(|it| it.hold_on(ticket, &sources, now).is_some())
    }

    fn incident(id: &str, scenario: &str, warehouse: &str, names_members: bool) -> Ticket {
        Ticket {
            kind: "incident".to_owned(),
            incident: if names_members { id } else { "" }.to_owned(),
            ..ticket(id, scenario, warehouse)
        }
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
    fn an_incident_that_names_nobody_silences_tickets_of_its_scenario_in_its_warehouse() {
        let incident = incident("G", "late", "WH-E", false);
        let held = |ticket: &Ticket| held_by(&incident, ticket, 3_600);
        assert!(held(&ticket("T", "late", "WH-E")));
        assert!(!held(&ticket("T", "late", "WH-N")));
        assert!(!held(&ticket("T", "customs-stuck", "WH-E")));
        assert!(!held(&incident));
    }

    #[test]
    fn an_incident_that_names_its_tickets_silences_exactly_these() {
        let member = |scenario, of: &str| Ticket {
            incident: of.to_owned(),
            ..ticket("T", scenario, "WH-N")
        };
        for (scenario, warehouse) in [("late", "WH-E"), ("late", ""), ("", "")] {
            let incident = incident("G", scenario, warehouse, true);
            assert!(held_by(&incident, &member("customs-stuck", "G"), 3_600));
            assert!(!held_by(&incident, &member(scenario, "H"), 3_600));
            assert!(!held_by(
                &incident,
                &ticket("T", scenario, warehouse),
                3_600
            ));
            assert!(!held_by(&incident, &incident, 0));
        }
    }

    #[test]
    fn a_late_source_silences_what_waits_for_it_and_what_nobody_knows_better_of() {
        let late = |source: &str| Ticket {
            late_sources: vec![source.to_owned()],
            ..ticket(source, "source-late", "")
        };
        let waits = |sources: &[&str]| Ticket {
            unconfirmed: true,
            late_sources: sources.iter().map(|&it| it.to_owned()).collect(),
            ..ticket("T", "late", "WH-E")
        };
        let erp = late("erp");
        assert!(held_by(&erp, &waits(&["erp"]), 3_600));
        assert!(held_by(&erp, &waits(&["carrier", "erp"]), 3_600));
        assert!(!held_by(&erp, &waits(&["carrier"]), 3_600));
        assert!(held_by(&erp, &waits(&[]), 3_600), "of an event of before");
        assert!(!held_by(&erp, &ticket("T", "late", "WH-E"), 3_600));
        assert!(!held_by(&erp, &late("carrier"), 3_600));
    }

    #[test]
    fn what_opens_like_the_tickets_of_an_incident_waits_half_a_minute_for_word() {
        let found = incident("G", "late", "WH-E", true);
        assert!(held_by(&found, &ticket("T", "late", "WH-E"), 29));
        assert!(!held_by(&found, &ticket("T", "late", "WH-E"), 30));
        assert!(!held_by(&found, &ticket("T", "late", "WH-N"), 0));
        let everywhere = incident("G", "late", "", true);
        assert!(held_by(&everywhere, &ticket("T", "late", "WH-N"), 29));
        let by_hand = incident("G", "", "", true);
        assert!(!held_by(&by_hand, &ticket("T", "", ""), 0));
    }
}
