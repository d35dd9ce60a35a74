//! The day: how big, which one, and everything that comes of it.

use order::{Fact, OrderFacts, OrderId, Span, Timestamp};

use crate::book::Book;
use crate::customer::Customer;
use crate::delivery::{Delivery, Dispatch, Plan};
use crate::life::Life;
use crate::rule::Rule;
use crate::source::Source;
use crate::truth::{self, RealException};

/// One promotion day of one shop. The same values give the same day, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many orders are placed on the day.
    pub orders: u32,
    /// Midnight at which the promotion begins, on the shop's wall clock.
    pub midnight: Timestamp,
    /// How long after midnight the story ends.
    pub span: Span,
}

/// What happened on the day and after it: every order's life, and who was told when.
#[derive(Clone, Debug)]
pub struct Day {
    shop: Shop,
    lives: Vec<Life>,
    customers: Vec<Customer>,
    dispatches: Vec<Dispatch>,
}

impl Default for Shop {
    /// 20,000 orders on 2026-11-11 at +08:00, followed for six days.
    fn default() -> Self {
        Self {
            seed: 1111,
            orders: 20_000,
            midnight: Timestamp::from_seconds(1_794_326_400),
            span: Span::from_hours(6 * 24),
        }
    }
}

impl Shop {
    /// Returns the instant at which the systems are first asked: half an hour before midnight.
    #[must_use]
    pub fn opens(&self) -> Timestamp {
        self.midnight - Span::from_seconds(1_800)
    }

    /// Returns the instant at which the story ends; nothing happens at or after it.
    #[must_use]
    pub fn closes(&self) -> Timestamp {
        self.midnight + self.span
    }

    /// Returns how many customers there are: some order more than once.
    pub(crate) const fn customers(&self) -> u32 {
        self.orders - self.orders / 5
    }

    /// Lives the day.
    #[must_use]
    pub fn live(&self) -> Day {
        let customers: Vec<_> = (0..self.customers())
            .map(|index| Customer::of(self, index))
            .collect();
        let lives: Vec<_> = (0..self.orders)
            .map(|index| Life::of(self, index, &customers))
            .collect();
        let dispatches = Plan::new(self, &lives, &customers).dispatches();
        Day {
            shop: *self,
            lives,
            customers,
            dispatches,
        }
    }
}

impl Day {
    /// Returns the shop that lived it.
    #[must_use]
    pub const fn shop(&self) -> &Shop {
        &self.shop
    }

    pub(crate) fn lives(&self) -> &[Life] {
        &self.lives
    }

    pub(crate) fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// Walks through what Orderwatch gets, in the order in which it gets it.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery> {
        self.dispatches
            .iter()
            .map(|dispatch| dispatch.render(&self.lives, &self.customers))
    }

    /// The same, from one system.
    pub fn deliveries_of(&self, source: Source) -> impl Iterator<Item = Delivery> {
        self.dispatches
            .iter()
            .filter(move |dispatch| dispatch.source() == source)
            .map(|dispatch| dispatch.render(&self.lives, &self.customers))
    }

    /// Returns when the sources that a rule reads have all reported past an instant: nobody
    /// can be sure of it earlier. None when one of them never does.
    #[must_use]
    pub fn knowable_at(&self, rule: Rule, instant: Timestamp) -> Option<Timestamp> {
        let known = rule.reads().iter().map(|source| {
            let mut own = self.dispatches.iter().filter(|d| d.source() == *source);
            own.find_map(|dispatch| {
                let (at, watermark) = dispatch.completes()?;
                (watermark > instant).then_some(at)
            })
        });
        known.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Returns how many deliveries there are.
    #[must_use]
    pub fn delivery_count(&self) -> usize {
        self.dispatches.len()
    }

    /// Returns how many facts all deliveries hold together, duplicates included.
    #[must_use]
    pub fn fact_count(&self) -> usize {
        self.dispatches.iter().map(Dispatch::len).sum()
    }

    /// Walks through the orders' ids.
    pub fn order_ids(&self) -> impl Iterator<Item = &OrderId> {
        self.lives.iter().map(Life::order_id)
    }

    /// Walks through the orders with all that the books say about each in the end, its
    /// customer included.
    pub fn orders(&self) -> impl Iterator<Item = (&OrderId, OrderFacts)> {
        self.lives.iter().map(|life| {
            let customer = self.customers[life.customer()].fact(self.shop.closes());
            let facts: Vec<Fact> = life.facts(self.shop.closes()).chain(customer).collect();
            (life.order_id(), facts.into_iter().collect())
        })
    }

    /// Returns every real exception, by order and rule.
    #[must_use]
    pub fn truth(&self) -> Vec<RealException> {
        self.orders()
            .flat_map(|(order_id, facts)| {
                truth::exceptions(order_id, &Book::of(facts.iter()), self.shop.closes())
            })
            .collect()
    }
}
