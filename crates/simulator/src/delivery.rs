//! What Orderwatch gets: batches of facts, with all the disorder of real connectors.

use std::collections::BTreeSet;

use contracts::fact::v1::{Fact as WireFact, FactBatch};
use contracts::time::timestamp;
use order::{Fact, Span, Timestamp};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::customer::Customer;
use crate::life::{Entity, Life};
use crate::shop::Shop;
use crate::source::Source;

/// Most facts of one batch.
const MAX_FACTS: usize = 400;
/// First stream of random numbers for the connectors.
const FIRST_STREAM: u64 = 1 << 41;

/// One batch of facts on its way to Orderwatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// When Orderwatch gets it.
    pub at: Timestamp,
    /// Which system it comes from.
    pub source: Source,
    /// Names the batch; the same again is a repetition of the same.
    pub batch_id: String,
    /// What it says.
    pub facts: Vec<Fact>,
    /// Set when the source now is complete through that instant.
    pub watermark: Option<Timestamp>,
}

impl From<&Delivery> for FactBatch {
    fn from(delivery: &Delivery) -> Self {
        Self {
            batch_id: delivery.batch_id.clone(),
            source: delivery.source.name().to_owned(),
            facts: delivery.facts.iter().map(WireFact::from).collect(),
            watermark: delivery.watermark.map(timestamp),
            ..Self::default()
        }
    }
}

/// One thing a system can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Customer(u32),
    Part(u32, Entity),
}

/// A delivery whose facts are not written out yet.
#[derive(Clone, Debug)]
pub(crate) struct Dispatch {
    at: Timestamp,
    source: Source,
    batch_id: String,
    /// Subjects, and as of when they were read.
    subjects: Vec<(Subject, Timestamp)>,
    watermark: Option<Timestamp>,
}

impl Dispatch {
    pub(crate) const fn len(&self) -> usize {
        self.subjects.len()
    }

    pub(crate) const fn source(&self) -> Source {
        self.source
    }

    /// When it arrives, and through when the source then is complete.
    pub(crate) fn completes(&self) -> Option<(Timestamp, Timestamp)> {
        self.watermark.map(|watermark| (self.at, watermark))
    }

    pub(crate) fn render(&self, lives: &[Life], customers: &[Customer]) -> Delivery {
        let facts = self.subjects.iter().filter_map(|(subject, as_of)| {
            let fact = match *subject {
                Subject::Customer(index) => customers[index as usize].fact(*as_of),
                Subject::Part(index, entity) => lives[index as usize].fact(entity, *as_of),
            };
            fact.map(|fact| fact.received(self.at))
        });
        Delivery {
            at: self.at,
            source: self.source,
            batch_id: self.batch_id.clone(),
            facts: facts.collect(),
            watermark: self.watermark,
        }
    }
}

/// Plans the polls of every system over the day.
pub(crate) struct Plan<'a> {
    shop: &'a Shop,
    /// What each system had to tell, by the instant at which it was written.
    news: [Vec<(Timestamp, Subject)>; Source::ALL.len()],
}

impl<'a> Plan<'a> {
    pub(crate) fn new(shop: &'a Shop, lives: &[Life], customers: &[Customer]) -> Self {
        let mut news: [Vec<_>; 4] = Default::default();
        for (index, customer) in (0..).zip(customers) {
            if customer.known {
                news[Source::Crm as usize].push((shop.opens(), Subject::Customer(index)));
            }
        }
        for (index, life) in (0..).zip(lives) {
            for write in life.writes() {
                let subject = Subject::Part(index, write.entity);
                news[write.entity.source() as usize].push((write.at, subject));
            }
        }
        for list in &mut news {
            list.sort_unstable();
            list.dedup();
        }
        Self { shop, news }
    }

    /// Returns every delivery, in the order of arrival.
    pub(crate) fn dispatches(&self) -> Vec<Dispatch> {
        let mut all: Vec<_> = Source::ALL
            .into_iter()
            .flat_map(|source| Connector::new(self, source).run())
            .collect();
        all.sort_by_key(|dispatch| dispatch.at);
        all
    }
}

/// One poll: what is new, and how far it is complete.
struct Poll {
    at: Timestamp,
    watermark: Timestamp,
    subjects: Vec<(Subject, Timestamp)>,
}

/// The connector of one system.
struct Connector<'a> {
    shop: &'a Shop,
    source: Source,
    news: &'a [(Timestamp, Subject)],
    rng: ChaCha8Rng,
    dispatches: Vec<Dispatch>,
}

impl<'a> Connector<'a> {
    fn new(plan: &'a Plan<'_>, source: Source) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(plan.shop.seed);
        rng.set_stream(FIRST_STREAM + source as u64);
        Self {
            shop: plan.shop,
            source,
            news: &plan.news[source as usize],
            rng,
            dispatches: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Dispatch> {
        let (mut seen, mut last) = (0, Poll::nothing());
        for at in self.polls() {
            let until = self.news.partition_point(|(written, _)| *written <= at);
            let fresh: BTreeSet<_> = self.news[seen..until].iter().map(|news| news.1).collect();
            let poll = Poll {
                at,
                watermark: self.watermark(at),
                subjects: fresh.into_iter().map(|subject| (subject, at)).collect(),
            };
            self.dispatch(&poll, &last);
            (seen, last) = (until, poll);
        }
        self.dispatches
    }

    /// When it is asked and answers: never during an outage, and a last time at closing.
    fn polls(&mut self) -> Vec<Timestamp> {
        let step = self.source.poll_interval().micros();
        let mut polls = Vec::new();
        let mut planned = self.shop.opens();
        while planned < self.shop.closes() {
            let jitter = self.rng.random_range(0..step / 20_000_000 + 1);
            let at = planned + Span::from_seconds(jitter);
            if at < self.shop.closes() && !self.source.is_down(self.shop, at) {
                polls.push(at);
            }
            planned = planned + Span::from_micros(step);
        }
        polls.push(self.shop.closes());
        polls
    }

    /// A source vouches for what is older than its usual lag; at closing, for everything.
    fn watermark(&self, polled: Timestamp) -> Timestamp {
        if polled == self.shop.closes() {
            polled
        } else {
            polled - self.source.allowance()
        }
    }

    fn dispatch(&mut self, poll: &Poll, last: &Poll) {
        let mut subjects = poll.subjects.clone();
        // One poll in ten overlaps the one before; one in fifty brings old versions
        // again, after the new ones.
        match self.rng.random_range(0..50) {
            0..5 => subjects.extend(last.subjects.iter().map(|(subject, _)| (*subject, poll.at))),
            5 => subjects.extend(&last.subjects),
            _ => {}
        }
        let mut chunks: Vec<_> = subjects.chunks(MAX_FACTS).map(<[_]>::to_vec).collect();
        chunks.shuffle(&mut self.rng);
        if chunks.is_empty() {
            chunks.push(Vec::new());
        }
        let count = chunks.len();
        // All of a poll arrives before the next one, however much it brings.
        let room = self.source.poll_interval().micros() / 2 / count as i64;
        let gap = room.min(2_000_000);
        let mut at = poll.at;
        for (number, subjects) in chunks.into_iter().enumerate() {
            at = at + Span::from_micros(self.rng.random_range(gap / 10..gap));
            let dispatch = Dispatch {
                at,
                source: self.source,
                batch_id: self.batch_id(),
                subjects,
                // Only the last batch of a poll makes it complete.
                watermark: (number + 1 == count).then_some(poll.watermark),
            };
            self.send(dispatch);
        }
    }

    /// One batch in thirty is sent twice, because its answer was lost.
    fn send(&mut self, dispatch: Dispatch) {
        if self.rng.random_range(0..30) == 0 {
            let mut again = dispatch.clone();
            again.at = again.at + Span::from_seconds(self.rng.random_range(1..90));
            self.dispatches.push(again);
        }
        self.dispatches.push(dispatch);
    }

    fn batch_id(&self) -> String {
        let Shop { seed, orders, .. } = self.shop;
        let name = self.source.name();
        format!("day-{seed}-{orders}-{name}-{:06}", self.dispatches.len())
    }
}

impl Poll {
    const fn nothing() -> Self {
        Self {
            at: Timestamp::MIN,
            watermark: Timestamp::MIN,
            subjects: Vec::new(),
        }
    }
}
