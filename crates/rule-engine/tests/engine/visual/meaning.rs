//! A tree says of an order what its condition says: judged by an evaluator that walks the JSON and
//! the facts, and knows nothing of CEL.

use super::tree;
use crate::oracle::orders;
use crate::support::{at, rule_set, view};
use calendar::Calendar;
use order::{Catalogue, EntityKind, Fact, FieldType, Span, Timestamp, Value};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rule_engine::visual::compile;
use serde_json::Value as Json;

const TREES: u64 = 1_000;
const ORDERS: usize = 12;

/// One moment of one order.
struct Scene<'s> {
    catalogue: &'s Catalogue,
    calendar: &'s Calendar,
    facts: &'s [Fact],
    at: Timestamp,
}

/// What a group of conditions is about.
#[derive(Clone, Copy)]
enum About<'a> {
    Order,
    Element(&'a Fact),
    Text(&'a str),
}

/// A value as the tree sees it; none is missing.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Seen {
    Number(f64),
    Text(String),
    Bool(bool),
    Time(Timestamp),
    Texts(Vec<String>),
}

fn kind(name: &str) -> Option<EntityKind> {
    Some(match name {
        "order" => EntityKind::Order,
        "customer" => EntityKind::Customer,
        "lines" => EntityKind::Line,
        "shipments" => EntityKind::Shipment,
        "refunds" => EntityKind::Refund,
        _ => return None,
    })
}

fn odd(truths: &[Option<bool>]) -> Option<bool> {
    truths
        .iter()
        .try_fold(false, |odd, truth| Some(odd != (*truth)?))
}

fn any(truths: &[Option<bool>]) -> Option<bool> {
    match truths.contains(&Some(true)) {
        true => Some(true),
        false if truths.contains(&None) => None,
        false => Some(false),
    }
}

fn all(truths: &[Option<bool>]) -> Option<bool> {
    let denied: Vec<_> = truths
        .iter()
        .map(|truth| truth.map(|truth| !truth))
        .collect();
    any(&denied).map(|truth| !truth)
}

impl Scene<'_> {
    /// Outer none: there is nothing to judge in it.
    fn group(&self, group: &Json, about: About<'_>) -> Option<Option<bool>> {
        if group["muted"] == true {
            return None;
        }
        let rules = group["rules"].as_array().unwrap();
        let truth = match group["combinator"].as_str() {
            Some(combinator) => {
                let truths: Vec<_> = rules
                    .iter()
                    .filter_map(|rule| self.node(rule, about))
                    .collect();
                combined(&combinator.to_lowercase(), &truths)?
            }
            None => self.chain(rules, &["or", "xor", "and"], about)?,
        };
        Some(if group["not"] == true {
            truth.map(|truth| !truth)
        } else {
            truth
        })
    }

    fn chain(&self, rules: &[Json], levels: &[&str], about: About<'_>) -> Option<Option<bool>> {
        let [level, closer @ ..] = levels else {
            return self.node(&rules[0], about);
        };
        let parts = rules.split(|rule| rule.as_str() == Some(level));
        let truths: Vec<_> = parts
            .filter_map(|part| self.chain(part, closer, about))
            .collect();
        combined(level, &truths)
    }

    fn node(&self, node: &Json, about: About<'_>) -> Option<Option<bool>> {
        if node.get("rules").is_some() {
            return self.group(node, about);
        }
        (node["muted"] != true).then(|| self.rule(node, about))?
    }

    /// A rule; outer none when the group about its elements is empty.
    fn rule(&self, rule: &Json, about: About<'_>) -> Option<Option<bool>> {
        let field = rule["field"].as_str().unwrap();
        if let Some(mode) = rule["match"]["mode"].as_str() {
            return self.matching(rule, field, mode, about);
        }
        let operator = rule["operator"].as_str().unwrap();
        let (positive, denies) = match operator {
            "!=" => ("=", true),
            "doesNotContain" => ("contains", true),
            "doesNotBeginWith" => ("beginsWith", true),
            "doesNotEndWith" => ("endsWith", true),
            "null" => ("notNull", true),
            "notIn" => ("in", true),
            "notBetween" => ("between", true),
            operator => (operator, false),
        };
        let (field_type, holders) = self.holders(field, about);
        let label = matches!(
            field_type,
            FieldType::Text | FieldType::TextList | FieldType::Bool
        );
        let truths: Vec<_> = holders
            .into_iter()
            .map(|(seen, element)| match (seen, positive) {
                (seen, "notNull") => Some(seen.is_some()),
                (None, _) if denies && label && rule["valueSource"] != "field" => Some(false),
                (None, _) => None,
                (Some(seen), positive) => self.holds(&seen, field_type, positive, rule, element),
            })
            .collect();
        let some = any(&truths);
        Some(if denies {
            some.map(|truth| !truth)
        } else {
            some
        })
    }

    /// Every value of a field with the element that a field beside it is of.
    fn holders<'h>(
        &'h self,
        field: &str,
        about: About<'h>,
    ) -> (FieldType, Vec<(Option<Seen>, About<'h>)>) {
        if let (About::Text(text), "") = (about, field) {
            return (
                FieldType::Text,
                vec![(Some(Seen::Text(text.to_owned())), about)],
            );
        }
        if let About::Element(fact) = about
            && let Some(own) = self.catalogue.field(fact.kind(), field)
        {
            return (own.field_type, vec![(self.seen(fact, field), about)]);
        }
        let (entity, name) = field.split_once('.').unwrap();
        let kind = kind(entity).unwrap();
        let field_type = self.catalogue.field(kind, name).unwrap().field_type;
        let facts: Vec<_> = self
            .facts
            .iter()
            .filter(|fact| fact.kind() == kind)
            .collect();
        if matches!(kind, EntityKind::Order | EntityKind::Customer) {
            let seen = facts.first().and_then(|fact| self.seen(fact, name));
            return (field_type, vec![(seen, about)]);
        }
        let holders = facts
            .into_iter()
            .map(|fact| (self.seen(fact, name), About::Element(fact)));
        (field_type, holders.collect())
    }

    /// What of a fact can be seen at the moment.
    fn seen(&self, fact: &Fact, name: &str) -> Option<Seen> {
        let event = self.catalogue.field(fact.kind(), name)?.field_type == FieldType::Event;
        Some(match fact.attribute(name) {
            Value::Missing => return None,
            Value::Timestamp(instant) if event && *instant > self.at => return None,
            Value::Timestamp(instant) => Seen::Time(*instant),
            Value::Bool(value) => Seen::Bool(*value),
            Value::Int(number) => Seen::Number(*number as f64),
            Value::Double(number) => Seen::Number(*number),
            Value::Text(text) => Seen::Text(text.to_string()),
            Value::TextList(texts) => Seen::Texts(texts.iter().map(ToString::to_string).collect()),
            Value::InstantList(instants) => {
                let happened = instants.iter().filter(|instant| **instant <= self.at);
                let texts: Vec<_> = happened.map(ToString::to_string).collect();
                return (!texts.is_empty()).then_some(Seen::Texts(texts));
            }
            Value::Duration(_) => unreachable!("no field of these orders is a duration"),
        })
    }

    fn holds(
        &self,
        seen: &Seen,
        field_type: FieldType,
        operator: &str,
        rule: &Json,
        element: About<'_>,
    ) -> Option<bool> {
        if let Seen::Time(instant) = seen
            && let Some(truth) = self.clock(*instant, operator, &rule["value"])
        {
            return truth;
        }
        let values = self.values(rule, field_type, operator, element);
        let first = values.first().cloned().flatten();
        let order = |value: &Option<Seen>| value.as_ref().and_then(|value| seen.partial_cmp(value));
        Some(match operator {
            "in" => {
                let equal =
                    |value: &Option<Seen>| value.as_ref().map(|value| has_or_is(seen, value));
                return any(&values.iter().map(equal).collect::<Vec<_>>());
            }
            "between" => {
                let above = order(&values[0]).map(|order| order.is_ge());
                let below = order(&values[1]).map(|order| order.is_le());
                return all(&[above, below]);
            }
            "=" => *seen == first?,
            "<" => order(&first)?.is_lt(),
            ">" => order(&first)?.is_gt(),
            "<=" => order(&first)?.is_le(),
            ">=" => order(&first)?.is_ge(),
            text => match (seen, first?) {
                (Seen::Texts(texts), Seen::Text(part)) => texts.contains(&part),
                (Seen::Text(whole), Seen::Text(part)) => match text {
                    "contains" => whole.contains(&part),
                    "beginsWith" => whole.starts_with(&part),
                    _ => whole.ends_with(&part),
                },
                _ => unreachable!("{operator} of a text"),
            },
        })
    }

    /// Operators about the clock, just after the moment; outer none for all others.
    fn clock(&self, instant: Timestamp, operator: &str, value: &Json) -> Option<Option<bool>> {
        let passed = self.at.since(instant);
        let span = || match value {
            Json::String(text) => span(text),
            limit => limit["duration"]
                .as_str()
                .map_or_else(|| self.ship_within(), span),
        };
        let working = value["calendar"] == "warehouse";
        let just_after = self.at + Span::from_micros(1);
        Some(Some(match operator {
            "beforeNow" => instant <= self.at,
            "afterNow" => instant > self.at,
            "elapsedMoreThan" if working => {
                self.calendar.working_time_between(instant, just_after) > span()
            }
            "elapsedLessThan" if working => {
                self.calendar.working_time_between(instant, self.at) < span()
            }
            "elapsedMoreThan" => passed >= span(),
            "elapsedLessThan" => passed < span(),
            "remainingMoreThan" => -passed > span(),
            "remainingLessThan" => -passed <= span(),
            _ => return None,
        }))
    }

    /// The decision table of that name.
    fn ship_within(&self) -> Span {
        let of = |kind: EntityKind, name: &str| {
            self.facts
                .iter()
                .find(|fact| fact.kind() == kind)
                .and_then(|fact| self.seen(fact, name))
        };
        let paid = match of(EntityKind::Order, "paid_at") {
            Some(Seen::Time(paid)) => self.at.since(paid) >= span("64m"),
            _ => false,
        };
        let large =
            matches!(of(EntityKind::Order, "amount"), Some(Seen::Number(amount)) if amount > 3.0);
        if of(EntityKind::Customer, "tier") == Some(Seen::Text("vip".to_owned())) {
            span("32m")
        } else if large && paid {
            span("96m")
        } else {
            span("64m")
        }
    }

    fn values(
        &self,
        rule: &Json,
        field_type: FieldType,
        operator: &str,
        element: About<'_>,
    ) -> Vec<Option<Seen>> {
        let parts: Vec<Json> = match (&rule["value"], operator) {
            (Json::Array(parts), _) => parts.clone(),
            (Json::String(text), "in" | "between") => text
                .split(',')
                .map(|part| Json::from(part.trim()))
                .collect(),
            (single, _) => vec![single.clone()],
        };
        if rule["valueSource"] == "field" {
            let name = |part: &Json| part.as_str().unwrap().to_owned();
            return parts
                .iter()
                .map(|part| self.other(&name(part), element))
                .collect();
        }
        let mut values: Vec<_> = parts
            .iter()
            .map(|part| self.given(part, field_type))
            .collect();
        if operator == "between" && values[0] > values[1] {
            values.reverse();
        }
        values
    }

    /// Another field: of the order, or of the same element.
    fn other(&self, name: &str, element: About<'_>) -> Option<Seen> {
        let own = name.rsplit_once('.').unwrap();
        match element {
            About::Element(fact) if kind(own.0) == Some(fact.kind()) => self.seen(fact, own.1),
            _ => self.holders(name, About::Order).1[0].0.clone(),
        }
    }

    fn given(&self, part: &Json, field_type: FieldType) -> Option<Seen> {
        if part.get("threshold").is_some() {
            let facts = self
                .facts
                .iter()
                .find(|fact| fact.kind() == EntityKind::Order)?;
            let paid = self.seen(facts, "paid_at").is_some();
            return Some(Seen::Number(if paid { 1.0 } else { 2.0 }));
        }
        let text = part
            .as_str()
            .map(str::to_owned)
            .unwrap_or_else(|| part.to_string());
        Some(match field_type {
            FieldType::Text | FieldType::TextList => Seen::Text(text),
            FieldType::Int | FieldType::Amount => Seen::Number(text.trim().parse().unwrap()),
            FieldType::Bool => Seen::Bool(text == "true"),
            _ => Seen::Time(text.parse().unwrap()),
        })
    }

    fn matching(
        &self,
        rule: &Json,
        field: &str,
        mode: &str,
        about: About<'_>,
    ) -> Option<Option<bool>> {
        let seen;
        let elements: Vec<About<'_>> = match kind(field) {
            Some(kind) => self
                .facts
                .iter()
                .filter(|fact| fact.kind() == kind)
                .map(About::Element)
                .collect(),
            None => {
                seen = self.holders(field, about).1.remove(0).0;
                let Some(Seen::Texts(texts)) = &seen else {
                    return Some(None);
                };
                texts.iter().map(|text| About::Text(text)).collect()
            }
        };
        let truths: Vec<_> = elements
            .iter()
            .map(|element| self.group(&rule["value"], *element))
            .collect::<Option<_>>()?;
        let threshold = rule["match"]["threshold"].as_f64().unwrap();
        let bound = if threshold == 0.5 {
            truths.len() as f64 / 2.0
        } else {
            threshold
        };
        let passing = || {
            (!truths.contains(&None))
                .then(|| truths.iter().filter(|truth| **truth == Some(true)).count() as f64)
        };
        Some(match mode {
            "all" => all(&truths),
            "some" => any(&truths),
            "none" => any(&truths).map(|truth| !truth),
            "atLeast" if threshold == 1.0 => any(&truths),
            "atMost" if threshold == 0.0 => any(&truths).map(|truth| !truth),
            "atLeast" => passing().map(|count| count >= bound),
            "atMost" => passing().map(|count| count <= bound),
            _ => passing().map(|count| count == bound),
        })
    }
}

fn combined(combinator: &str, truths: &[Option<bool>]) -> Option<Option<bool>> {
    (!truths.is_empty()).then(|| match combinator {
        "and" => all(truths),
        "or" => any(truths),
        _ => odd(truths),
    })
}

fn has_or_is(seen: &Seen, value: &Seen) -> bool {
    match (seen, value) {
        (Seen::Texts(texts), Seen::Text(text)) => texts.contains(text),
        (seen, value) => seen == value,
    }
}

/// Hours and minutes, with blanks between.
fn span(text: &str) -> Span {
    let mut minutes = 0.0;
    for part in text.replace('h', "h ").split_whitespace() {
        minutes += match part.strip_suffix('h') {
            Some(hours) => hours.parse::<f64>().unwrap() * 60.0,
            None => part.trim_end_matches('m').parse::<f64>().unwrap(),
        };
    }
    Span::from_micros((minutes * 60e6).round() as i64)
}

#[test]
fn a_tree_says_what_its_condition_says_at_every_moment() {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_127);
    let (calendar, catalogue) = (orders::warehouse(), Catalogue::standard());
    let orders: Vec<_> = (0..ORDERS).map(|_| orders::random(&mut random)).collect();
    let mut said = [0_usize; 3];
    for _ in 0..TREES {
        let tree = tree::random(&mut random);
        let nothing_left = Scene {
            catalogue: &catalogue,
            calendar: &calendar,
            facts: &[],
            at: at(0),
        };
        let condition = match compile(&tree, &catalogue) {
            Ok(condition) => condition,
            Err(faults) => {
                let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
                assert!(
                    told.iter().all(|fault| fault.contains("left")),
                    "{tree:#} {told:?}"
                );
                assert!(
                    nothing_left.group(&tree, About::Order).is_none()
                        || tree.to_string().contains("match")
                );
                continue;
            }
        };
        let rules =
            rule_set(&[&condition]).unwrap_or_else(|faults| panic!("{condition}\n{faults}"));
        for facts in &orders {
            let view = view(&rules, facts);
            for at in (-2..14).map(|point| at(point * 16)) {
                let scene = Scene {
                    catalogue: &catalogue,
                    calendar: &calendar,
                    facts,
                    at,
                };
                let meant = scene.group(&tree, About::Order).unwrap();
                let found = rules.verdict(&rules.rules()[0], &view, at);
                assert_eq!(found, meant, "{at}\n{tree:#}\n{condition}\n{facts:#?}");
                said[meant.map_or(2, usize::from)] += 1;
            }
        }
    }
    assert!(
        said.iter().all(|count| *count > 15_000),
        "false, true, unknown: {said:?}"
    );
}
