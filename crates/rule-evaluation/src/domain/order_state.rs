//! One order: what is known of it, what was said about it, and what is decided now.

use std::collections::{BTreeMap, BTreeSet};

use contracts::event::v1::OrderSummary;
use contracts::facts::SealedFact;
use order::{
    Catalogue, EntityId, EntityKind, OrderFacts, OrderId, OrderView, Record, Timestamp, Value,
};
use rule_engine::{RuleSet, Spoken, State, Transition};

use crate::domain::circumstances::Circumstances;
use crate::domain::source::TimerGate;

/// A shared entity that an order is joined with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Customer or stock.
    pub kind: EntityKind,
    /// The entity.
    pub entity_id: String,
}

/// All that is kept of one order.
#[derive(Debug, Clone)]
pub struct OrderState {
    pub(crate) order_id: OrderId,
    pub(crate) version: i64,
    pub(crate) facts: OrderFacts<SealedFact>,
    pub(crate) spoken: Vec<Spoken>,
    pub(crate) timers: BTreeMap<TimerGate, Timestamp>,
    pub(crate) links: BTreeSet<Link>,
    /// Something was merged or linked since it was read.
    pub(crate) is_changed: bool,
}

/// A timer to set, or to drop where there is no instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerChange {
    /// What the verdict waits for.
    pub gate: TimerGate,
    /// When it can change next.
    pub due_at: Option<Timestamp>,
}

/// What was decided about one order.
#[derive(Debug)]
pub struct Decision {
    /// The order as it must be kept.
    pub state: OrderState,
    /// Differences to what was said before.
    pub transitions: Vec<Transition>,
    /// Differences to the timers set before.
    pub timers: Vec<TimerChange>,
    /// The order as it was judged.
    pub view: OrderView,
    /// Anything differs from what was read.
    pub is_news: bool,
}

impl OrderState {
    /// Makes the state of an order of which nothing is known yet.
    #[must_use]
    pub const fn new(order_id: OrderId) -> Self {
        Self {
            order_id,
            version: 0,
            facts: OrderFacts::new(),
            spoken: Vec::new(),
            timers: BTreeMap::new(),
            links: BTreeSet::new(),
            is_changed: false,
        }
    }

    /// Returns the order's id.
    #[must_use]
    pub const fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// Returns the version that was read; 0 for a new order.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Returns the facts of the order's own entities.
    #[must_use]
    pub const fn facts(&self) -> &OrderFacts<SealedFact> {
        &self.facts
    }

    /// Returns what has been said of the order.
    #[must_use]
    pub fn spoken(&self) -> &[Spoken] {
        &self.spoken
    }

    /// Returns the shared entities that the order is joined with.
    #[must_use]
    pub const fn links(&self) -> &BTreeSet<Link> {
        &self.links
    }

    /// Returns whether a verdict on the order can change by itself.
    #[must_use]
    pub fn has_timers(&self) -> bool {
        !self.timers.is_empty()
    }

    /// Returns whether anything was merged or linked since it was read.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Takes facts in.
    pub fn merge(&mut self, facts: impl IntoIterator<Item = SealedFact>) {
        for fact in facts {
            self.is_changed |= self.facts.merge(fact);
        }
    }

    /// Joins the facts of the order's own entities.
    #[must_use]
    pub fn view(&self, catalogue: &Catalogue) -> OrderView {
        OrderView::join(catalogue, self.order_id.clone(), &self.facts)
    }

    /// Links the order to the shared entities that it names, of the kinds that are read,
    /// and returns those that are new.
    pub fn take_new_links(
        &mut self,
        view: &OrderView,
        catalogue: &Catalogue,
        is_read: impl Fn(EntityKind) -> bool,
    ) -> Vec<Link> {
        let mut links = BTreeSet::new();
        let mut named = |kind, record: &Record, of, field| {
            // A text that cannot be an id names no entity.
            if let Some(id) = catalogue
                .slot(of, field)
                .and_then(|slot| record.get(slot).as_text())
                && let Ok(id) = id.parse::<EntityId>()
            {
                let entity_id = id.to_string();
                links.insert(Link { kind, entity_id });
            }
        };
        if is_read(EntityKind::Customer) {
            named(
                EntityKind::Customer,
                view.order(),
                EntityKind::Order,
                "customer_id",
            );
        }
        if is_read(EntityKind::Stock) {
            for line in view.list(EntityKind::Line) {
                named(EntityKind::Stock, line, EntityKind::Line, "sku");
            }
        }
        let new: Vec<Link> = links.difference(&self.links).cloned().collect();
        self.is_changed |= links != self.links;
        self.links = links;
        new
    }

    /// Gives the verdicts on the order, joined with all that it shares with others, as
    /// far as the sources are complete.
    #[must_use]
    pub fn decide(mut self, view: OrderView, circumstances: &Circumstances) -> Decision {
        let rule_set = circumstances.rule_set();
        let judgement = rule_engine::judge(
            rule_set,
            &view,
            |gate| circumstances.effective(gate),
            &self.spoken,
            circumstances.now(),
        );
        let mut timers: BTreeMap<TimerGate, Timestamp> = judgement
            .timers
            .into_iter()
            .map(|(systems, at)| {
                (
                    TimerGate {
                        systems,
                        confirming: false,
                    },
                    at,
                )
            })
            .collect();
        for (gate, at) in confirmations(&judgement.spoken, rule_set) {
            timers
                .entry(gate)
                .and_modify(|due| *due = at.min(*due))
                .or_insert(at);
        }
        let changes = differences(&self.timers, &timers);
        let is_news = self.is_changed
            || !judgement.transitions.is_empty()
            || !changes.is_empty()
            || self.spoken != judgement.spoken;
        self.spoken = judgement.spoken;
        self.timers = timers;
        Decision {
            view,
            state: self,
            transitions: judgement.transitions,
            timers: changes,
            is_news,
        }
    }
}

/// What was said without a late source's word must be looked at again when it speaks.
fn confirmations<'a>(
    spoken: &'a [Spoken],
    rule_set: &'a RuleSet,
) -> impl Iterator<Item = (TimerGate, Timestamp)> + 'a {
    let unconfirmed =
        |spoken: &&Spoken| spoken.state != State::Retracted && spoken.is_unconfirmed();
    spoken.iter().filter(unconfirmed).filter_map(|spoken| {
        let systems = rule_set.rule(&spoken.rule)?.gate();
        Some((
            TimerGate {
                systems,
                confirming: true,
            },
            spoken.opened_at,
        ))
    })
}

fn differences(
    before: &BTreeMap<TimerGate, Timestamp>,
    after: &BTreeMap<TimerGate, Timestamp>,
) -> Vec<TimerChange> {
    let dropped = before
        .keys()
        .filter(|gate| !after.contains_key(gate))
        .map(|gate| TimerChange {
            gate: *gate,
            due_at: None,
        });
    let set = after
        .iter()
        .filter(|(gate, at)| before.get(gate) != Some(at))
        .map(|(gate, at)| TimerChange {
            gate: *gate,
            due_at: Some(*at),
        });
    dropped.chain(set).collect()
}

/// Returns what routing and people need to know of an order.
#[must_use]
pub fn summarise(view: &OrderView, catalogue: &Catalogue) -> OrderSummary {
    let value = |record: &Record, kind: EntityKind, name: &str| {
        catalogue
            .slot(kind, name)
            .map_or(Value::Missing, |slot| record.get(slot).clone())
    };
    let text = |record: &Record, kind: EntityKind, name: &str| {
        value(record, kind, name)
            .as_text()
            .unwrap_or_default()
            .to_owned()
    };
    let order = |name: &str| text(view.order(), EntityKind::Order, name);
    OrderSummary {
        order_id: view.order_id().to_string(),
        warehouse: order("warehouse"),
        region: order("region"),
        kind: order("kind"),
        customer_tier: text(view.customer(), EntityKind::Customer, "tier"),
        amount: value(view.order(), EntityKind::Order, "amount")
            .as_double()
            .unwrap_or_default(),
        channel: order("channel"),
    }
}
