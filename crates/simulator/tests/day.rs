//! The simulated day keeps its promises.

use std::collections::{BTreeMap, HashMap};

use contracts::fact::v1::FactBatch;
use order::{Catalogue, EntityKind, Fact, OrderFacts, Span, Timestamp};
use simulator::rule::{self, Rule};
use simulator::{
    Book, Day, Delivery, Interval, Shop, Source, baseline, score, truth, working_hours,
};

fn day(seed: u64) -> Day {
    Shop {
        seed,
        orders: 1_000,
        ..Shop::default()
    }
    .live()
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_gives_another() {
    let bytes = |seed| {
        let day = day(seed);
        let batches: Vec<FactBatch> = day.deliveries().map(|d| FactBatch::from(&d)).collect();
        (format!("{batches:?}"), day.truth())
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7).0, bytes(8).0);
}

#[test]
fn every_fact_fits_the_catalogue() {
    let catalogue = Catalogue::standard();
    for delivery in day(1).deliveries() {
        for fact in &delivery.facts {
            assert_eq!(catalogue.check(fact), vec![], "{fact:?}");
        }
    }
}

#[test]
fn deliveries_arrive_in_order_of_time_and_hold_all_that_real_connectors_do() {
    let day = day(2);
    let deliveries: Vec<Delivery> = day.deliveries().collect();
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.at));
    let mut batches: HashMap<&str, &Delivery> = HashMap::new();
    let (mut repeated, mut older, mut known) = (0, 0, BTreeMap::new());
    for delivery in &deliveries {
        if let Some(first) = batches.insert(&delivery.batch_id, delivery) {
            assert_eq!(
                (&first.facts, first.watermark),
                (&delivery.facts, delivery.watermark)
            );
            repeated += 1;
        }
        for fact in &delivery.facts {
            let key = (fact.kind(), fact.entity_id().clone(), fact.source().clone());
            let newest = known.entry(key).or_insert(fact.revision());
            older += usize::from(fact.revision() < *newest);
            *newest = fact.revision().max(*newest);
        }
    }
    assert!(
        repeated > 10 && older > 3,
        "{repeated} repeated, {older} older"
    );
}

#[test]
fn a_source_is_silent_during_its_outage_and_complete_at_closing() {
    let day = day(3);
    for source in Source::ALL {
        let own: Vec<_> = day.deliveries().filter(|d| d.source == source).collect();
        for (from, to) in source.outages(day.shop()) {
            let slack = Span::from_seconds(300);
            assert!(!own.iter().any(|d| d.at > from + slack && d.at < to));
        }
        let last = own.iter().filter_map(|d| d.watermark).max();
        assert_eq!(last, Some(day.shop().closes()));
    }
}

/// What a source vouches for is there, but for offline scanners and corrected dates.
#[test]
fn watermarks_are_honest_but_for_what_comes_late_in_life() {
    let day = day(4);
    let end: HashMap<_, _> = day
        .orders()
        .map(|(id, facts)| (id.clone(), facts))
        .collect();
    let (mut checked, mut late) = (0, 0);
    let mut vouched: BTreeMap<Source, Timestamp> = BTreeMap::new();
    let mut known: HashMap<_, Fact> = HashMap::new();
    for delivery in day.deliveries() {
        for fact in delivery.facts {
            let key = (fact.kind(), fact.entity_id().clone(), delivery.source);
            let before = known.get(&key);
            if before.is_none_or(|before| before.revision() < fact.revision()) {
                let through = vouched.get(&delivery.source).copied();
                let news = fact.attributes().iter().filter(|(name, value)| {
                    value.as_timestamp().is_some()
                        && before.is_none_or(|before| before.attribute(name) != value)
                });
                for (name, value) in news.filter(|(name, _)| {
                    Catalogue::standard()
                        .field(fact.kind(), name)
                        .unwrap()
                        .field_type
                        == order::FieldType::Event
                }) {
                    checked += 1;
                    let surprise =
                        through.is_some_and(|through| value.as_timestamp().unwrap() <= through);
                    late += usize::from(surprise && fact.kind() != EntityKind::Customer);
                    let _ = name;
                }
                known.insert(key, fact);
            }
        }
        if let Some(watermark) = delivery.watermark {
            let through = vouched.entry(delivery.source).or_insert(watermark);
            *through = watermark.max(*through);
        }
    }
    assert!(late > 0 && late * 50 < checked, "{late} of {checked}");
    assert_eq!(end.len(), 1_000);
}

#[test]
fn deliveries_merge_to_the_same_books_in_any_order() {
    let day = day(5);
    let facts: Vec<Fact> = day.deliveries().flat_map(|d| d.facts).collect();
    let merged = |facts: &mut dyn Iterator<Item = &Fact>| {
        let mut orders: BTreeMap<String, OrderFacts> = BTreeMap::new();
        for fact in facts {
            if let Some(order) = fact.order_id() {
                orders
                    .entry(order.to_string())
                    .or_default()
                    .merge(fact.clone());
            }
        }
        orders
    };
    let forward = merged(&mut facts.iter());
    let backward = merged(&mut facts.iter().rev());
    let strided = merged(&mut (0..7919).flat_map(|start| facts.iter().skip(start).step_by(7919)));
    assert_eq!(forward, backward);
    assert_eq!(forward, strided);
    for (id, books) in day.orders() {
        let own: OrderFacts = books
            .iter()
            .filter(|f| f.kind() != EntityKind::Customer)
            .cloned()
            .collect();
        assert_eq!(forward[id.as_str()], own, "{id}");
    }
}

/// The rules in one sentence each, asked at one instant: the slow second opinion.
fn holds(rule: Rule, book: &Book, t: Timestamp) -> bool {
    let happened = |at: Option<Timestamp>| at.is_some_and(|at| at <= t);
    let older = |at: Option<Timestamp>, span: Span| at.is_some_and(|at| t.since(at) > span);
    let shipped = book
        .shipments
        .iter()
        .any(|parcel| happened(parcel.handed_over_at));
    let waits = |at: Option<Timestamp>| at.is_some_and(|at| t <= at);
    let kind = book.kind.as_deref();
    match rule {
        Rule::HandoverOverdue => {
            !book.lines.is_empty()
                && book.lines.iter().all(|by| by.is_some_and(|by| t > by))
                && !shipped
        }
        Rule::ShippingDelay => {
            kind != Some("presale")
                && older(book.paid_at, rule::ship_within(kind, book.vip))
                && !happened(book.cancelled_at)
                && !shipped
                && !waits(book.requested_ship_at)
                && !book.do_not_chase
        }
        Rule::Unrouted => {
            kind != Some("presale")
                && older(book.paid_at, rule::route_within(book.vip))
                && !happened(book.routed_at)
                && !happened(book.cancelled_at)
        }
        Rule::DeliveryOverdue => {
            let ended = |p: &simulator::book::Parcel| happened(p.ended_at);
            happened(book.paid_at)
                && book.promised_delivery_at.is_some_and(|by| t > by)
                && !happened(book.cancelled_at)
                && (book.shipments.is_empty() || !book.shipments.iter().all(ended))
        }
        Rule::ParcelStalled => book.shipments.iter().any(|parcel| {
            older(parcel.handed_over_at, rule::parcel_moves_within(kind))
                && !happened(parcel.out_for_delivery_at)
                && !happened(parcel.ended_at)
        }),
        Rule::PresaleOverdue => {
            kind == Some("presale")
                && happened(book.paid_at)
                && book.presale_ship_by.is_some_and(|by| t > by)
                && !happened(book.cancelled_at)
                && !shipped
                && !waits(book.requested_ship_at)
                && !book.do_not_chase
        }
        Rule::CustomsStuck => book
            .declarations
            .iter()
            .any(|d| older(d.0, rule::customs_within()) && !happened(d.1)),
        Rule::RefundStuck => book
            .refunds
            .iter()
            .any(|r| r.0.is_some_and(|asked| worked(asked, t)) && !happened(r.1)),
    }
}

/// Whether more than the limit of working minutes lies between, counted one by one.
fn worked(from: Timestamp, to: Timestamp) -> bool {
    let (mut at, mut micros) = (from.micros(), 0);
    while at < to.micros() {
        let next = (at / 60_000_000 + 1) * 60_000_000;
        if working_hours::working(Timestamp::from_micros(at)) {
            micros += next.min(to.micros()) - at;
        }
        at = next;
    }
    micros > rule::refund_within().micros()
}

/// Every second at which anything could change, found without knowing the rules.
fn instants(book: &Book) -> Vec<Timestamp> {
    let mut own = vec![
        book.paid_at,
        book.routed_at,
        book.cancelled_at,
        book.promised_delivery_at,
        book.presale_ship_by,
        book.requested_ship_at,
    ];
    own.extend(&book.lines);
    own.extend(
        book.shipments
            .iter()
            .flat_map(|p| [p.handed_over_at, p.out_for_delivery_at, p.ended_at]),
    );
    own.extend(
        book.refunds
            .iter()
            .chain(&book.declarations)
            .flat_map(|pair| [pair.0, pair.1]),
    );
    let mut all = Vec::new();
    for at in own.into_iter().flatten() {
        all.extend([0, 1, 2, 12, 24, 36, 60, 72, 96].map(|hours| at + Span::from_hours(hours)));
    }
    for (asked, _) in &book.refunds {
        // Hour by hour to the first one that is too much; then by seconds.
        let Some(asked) = asked else { continue };
        let mut at = *asked;
        while !worked(*asked, at + Span::from_seconds(3_600)) {
            at = at + Span::from_seconds(3_600);
        }
        all.extend((0..=3_600).map(|second| at + Span::from_seconds(second)));
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn a_walk_through_time_finds_the_same_truth() {
    let day = day(6);
    let closes = day.shop().closes();
    let truth = day.truth();
    let mut walked = Vec::new();
    for (id, facts) in day.orders() {
        let book = Book::of(facts.iter());
        let instants = instants(&book);
        for rule in Rule::ALL {
            let mut opened = None;
            for at in instants.iter().filter(|at| **at < closes) {
                match (opened, holds(rule, &book, *at + Span::from_micros(1))) {
                    (None, true) => opened = Some(*at),
                    (Some(from), false) => {
                        walked.push((id.clone(), rule, from, Some(*at)));
                        opened = None;
                    }
                    _ => {}
                }
            }
            walked.extend(opened.map(|from| (id.clone(), rule, from, None)));
        }
    }
    let told: Vec<_> = truth
        .into_iter()
        .map(|e| {
            (
                e.order_id,
                e.rule,
                e.interval.opened_at,
                e.interval.cleared_at,
            )
        })
        .collect();
    assert_eq!(told, walked);
    for rule in Rule::ALL {
        eprintln!(
            "{rule}: {}",
            told.iter().filter(|(_, told, ..)| *told == rule).count()
        );
        assert!(
            told.iter().any(|(_, told, ..)| *told == rule),
            "{rule} never happens"
        );
    }
}

#[test]
fn the_baselines_miss_and_nag_and_come_late() {
    let day = day(9);
    let truth = day.truth();
    let flat = score::of_alarms(&truth, &baseline::flat_rule(&day), &Rule::LATE_SHIPPING);
    let poll = score::of_alarms(&truth, &baseline::poll_of_the_rules(&day), &Rule::ALL);
    eprintln!(
        "flat {} real {} found {} false",
        flat.real, flat.found, flat.false_alarms
    );
    eprintln!(
        "poll {} real {} found {} false",
        poll.real, poll.found, poll.false_alarms
    );
    assert!(flat.recall() < 0.95 && flat.precision() < 0.6);
    assert!(poll.recall() > 0.9 && poll.precision() < 0.95);
    assert!(poll.delay(0.5) > Some(Span::ZERO));
}

#[test]
fn an_interval_of_the_truth_always_has_a_length() {
    for (_, facts) in day(10).orders() {
        let book = Book::of(facts.iter());
        for interval in Rule::ALL
            .into_iter()
            .flat_map(|rule| truth::intervals(rule, &book))
        {
            assert_eq!(
                Interval::between(interval.opened_at, interval.cleared_at),
                Some(interval)
            );
        }
    }
}
