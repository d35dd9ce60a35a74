//! What others would have said on the same day: a flat rule, and a poll that takes what it
//! knows for all there is.

use std::collections::HashMap;

use order::{EntityKind, Fact, OrderFacts, Span, Timestamp};

use crate::book::Book;
use crate::interval::Interval;
use crate::rule::Rule;
use crate::shop::Day;
use crate::truth;

/// How often the baselines look.
pub const POLL_INTERVAL: Span = Span::from_seconds(15 * 60);

/// One alarm, from the poll that raised it to the last poll that still saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Which order.
    pub order_id: String,
    /// Which rule.
    pub rule: Rule,
    /// Poll that raised it.
    pub first: Timestamp,
    /// Last poll that saw it.
    pub last: Timestamp,
}

/// Judges one order by what is known of it.
type Judge = fn(&Book) -> Vec<(Rule, Interval)>;

/// Polls the eight rules over the data as known at each poll.
#[must_use]
pub fn poll_of_the_rules(day: &Day) -> Vec<Alarm> {
    Watch::new(day, |book| {
        let all = Rule::ALL.into_iter();
        all.flat_map(|rule| {
            truth::intervals(rule, book)
                .into_iter()
                .map(move |i| (rule, i))
        })
        .collect()
    })
    .run(day)
}

/// Polls "paid 24 hours ago, not cancelled, not shipped" over the data as known at each poll.
#[must_use]
pub fn flat_rule(day: &Day) -> Vec<Alarm> {
    Watch::new(day, |book| flat(book).into_iter().collect()).run(day)
}

fn flat(book: &Book) -> Option<(Rule, Interval)> {
    let rule = if book.is("presale") {
        Rule::PresaleOverdue
    } else {
        Rule::ShippingDelay
    };
    let ends = [book.cancelled_at, book.first_handover()];
    let limit = book.paid_at? + Span::from_hours(24);
    Some((
        rule,
        Interval::between(limit, ends.into_iter().flatten().min())?,
    ))
}

/// What is known of one order, and what was concluded from it.
#[derive(Default)]
struct Known {
    facts: OrderFacts,
    stale: bool,
    verdicts: Vec<(Rule, Interval)>,
    alarms: Vec<Alarm>,
}

struct Watch {
    judge: Judge,
    orders: HashMap<String, Known>,
    customers: HashMap<String, Fact>,
}

impl Watch {
    fn new(day: &Day, judge: Judge) -> Self {
        let orders = day.order_ids().map(|id| (id.to_string(), Known::default()));
        Self {
            judge,
            orders: orders.collect(),
            customers: HashMap::new(),
        }
    }

    fn run(mut self, day: &Day) -> Vec<Alarm> {
        let mut deliveries = day.deliveries().peekable();
        let mut poll = day.shop().opens();
        while poll <= day.shop().closes() {
            while let Some(delivery) = deliveries.next_if(|delivery| delivery.at <= poll) {
                delivery.facts.into_iter().for_each(|fact| self.learn(fact));
            }
            self.look(poll);
            poll = poll + POLL_INTERVAL;
        }
        let mut alarms: Vec<_> = self
            .orders
            .into_values()
            .flat_map(|known| known.alarms)
            .collect();
        alarms.sort_by(|a, b| (&a.order_id, a.first, a.rule).cmp(&(&b.order_id, b.first, b.rule)));
        alarms
    }

    fn learn(&mut self, fact: Fact) {
        if fact.kind() == EntityKind::Customer {
            self.customers.insert(fact.entity_id().to_string(), fact);
            return;
        }
        let order = fact.order_id().map(ToString::to_string);
        if let Some(known) = order.and_then(|order| self.orders.get_mut(&order)) {
            known.stale |= known.facts.merge(fact);
        }
    }

    fn look(&mut self, poll: Timestamp) {
        for (order_id, known) in &mut self.orders {
            if std::mem::take(&mut known.stale) {
                known.verdicts = (self.judge)(&read(&known.facts, &self.customers));
            }
            for (rule, interval) in &known.verdicts {
                if interval.covers(poll) {
                    raise(&mut known.alarms, order_id, *rule, poll);
                }
            }
        }
    }
}

fn read(facts: &OrderFacts, customers: &HashMap<String, Fact>) -> Book {
    let own = Book::of(facts.iter());
    let customer = own.customer_id.as_ref().and_then(|id| customers.get(id));
    Book::of(facts.iter().chain(customer))
}

/// Carries on with the alarm that the poll before saw, or raises a new one.
fn raise(alarms: &mut Vec<Alarm>, order_id: &str, rule: Rule, poll: Timestamp) {
    let going_on = alarms
        .iter_mut()
        .find(|alarm| alarm.rule == rule && poll.since(alarm.last) <= POLL_INTERVAL);
    match going_on {
        Some(alarm) => alarm.last = poll,
        None => alarms.push(Alarm {
            order_id: order_id.to_owned(),
            rule,
            first: poll,
            last: poll,
        }),
    }
}
