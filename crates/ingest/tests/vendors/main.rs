//! The delivered connectors, asked of the simulator's vendors: the books that come of it are
//! those of the day, to the second and the cent.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod asked;
mod lateness;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ingest::trial::{Call, Given};
use order::{EntityKind, Fact, OrderFacts, Span};
use simulator::vendor::{Credentials, Pushes};
use simulator::{Book, Day, Shop};

use asked::{Asked, connector, read, trial};

const JUSHUITAN: &str = include_str!("../../../../deploy/connectors/jushuitan.yaml");
const HUBSPOT: &str = include_str!("../../../../deploy/connectors/hubspot.yaml");
const KUAIDI100: &str = include_str!("../../../../deploy/connectors/kuaidi100.yaml");
const CARRIER: &str = include_str!("../../../../deploy/demo/carrier.yaml");
const CUSTOMS: &str = include_str!("../../../../deploy/demo/customs.yaml");

/// Every list, as the connectors read it.
const LISTS: [Asked; 6] = [
    Asked::of(JUSHUITAN, "orders", "jushuitan", "[access_token]", 30),
    Asked::of(JUSHUITAN, "refunds", "jushuitan", "[access_token]", 30),
    Asked::of(HUBSPOT, "contacts", "hubspot", "[token]", 850),
    Asked::of(HUBSPOT, "tickets", "hubspot", "[token]", 30),
    Asked::of(CARRIER, "parcels", "kuaidi100", "[token]", 30),
    Asked::of(CUSTOMS, "declarations", "customs", "[token]", 30),
];

fn day() -> Arc<Day> {
    let shop = Shop {
        seed: 11,
        orders: 150,
        ..Shop::default()
    };
    Arc::new(shop.live())
}

#[test]
fn the_books_that_connectors_bring_are_those_of_the_day() {
    let day = day();
    let now = day.shop().closes() + Span::from_hours(2);
    let mut orders: HashMap<String, OrderFacts> = HashMap::new();
    let mut customers: HashMap<String, Fact> = HashMap::new();
    for asked in &LISTS {
        let facts = read(&day, asked, now);
        assert!(!facts.is_empty(), "{asked:?}");
        for fact in facts {
            match fact.order_id().map(ToString::to_string) {
                Some(order) => drop(orders.entry(order).or_default().merge(fact)),
                None => drop(customers.insert(fact.entity_id().to_string(), fact)),
            }
        }
    }
    for (order, facts) in day.orders() {
        let ours = &orders[order.as_str()];
        let own = Book::of(ours.iter());
        let customer = own.customer_id.as_ref().and_then(|id| customers.get(id));
        let book = Book::of(ours.iter().chain(customer));
        assert_eq!(book, Book::of(facts.iter()), "{order}");
        let amount = |facts: &OrderFacts| {
            let mut of_order = facts.iter().filter(|fact| fact.kind() == EntityKind::Order);
            of_order.find_map(|fact| fact.attribute("amount").as_double())
        };
        assert_eq!(amount(ours), amount(&facts), "{order}");
    }
}

#[test]
fn a_push_says_what_the_list_says_of_the_same_version() {
    let day = day();
    let now = day.shop().closes() + Span::from_hours(2);
    let listed = read(&day, &LISTS[4], now);
    let listed: BTreeMap<_, _> = listed
        .iter()
        .map(|fact| (fact.entity_id().to_string(), fact))
        .collect();
    let pushes = Pushes::of(Arc::clone(&day), &Credentials::all("salt"));
    let (connector, mut newest) = (connector(KUAIDI100), 0);
    for push in pushes.iter() {
        let (order, form) = pushes.written(push).unwrap();
        let call = Call {
            query: format!("order={order}"),
            body: form.into_bytes(),
            is_form: true,
            ..Call::default()
        };
        let outcome = trial(&connector, "parcels-pushed", (now, now), Given::Call(call));
        let [fact] = outcome.facts.as_slice() else {
            panic!("{outcome:?}");
        };
        let last = listed[fact.entity_id().as_str()];
        assert_eq!(fact.order_id(), last.order_id());
        assert!(fact.revision() <= last.revision(), "{fact:?}");
        if fact.revision() == last.revision() {
            assert_eq!(fact.attributes(), last.attributes());
            newest += 1;
        }
    }
    assert!(newest > 5, "{newest}");
}
