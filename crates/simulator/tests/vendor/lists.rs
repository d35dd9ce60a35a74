//! Every list, read page by page, shows all that was written.

use std::collections::BTreeSet;

use order::{EntityKind, Timestamp};
use serde_json::{Value as Json, json};
use simulator::vendor::{Request, Tally};
use simulator::{Day, Source, Vendors};

use crate::client::{bearing, day, hubspot, insist, jushuitan, listing, open};

type Ids = BTreeSet<String>;

/// Ids of all entities of a kind that a source knows in the end.
fn written(day: &Day, source: Source, kind: EntityKind) -> Ids {
    let orders = day.orders().flat_map(|(_, facts)| {
        let facts = facts.iter().cloned().collect::<Vec<_>>();
        facts.into_iter()
    });
    let own = orders.filter(|fact| fact.kind() == kind && *fact.source() == source.id());
    own.map(|fact| fact.entity_id().to_string()).collect()
}

fn ids(rows: &Json, key: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.pointer(key).unwrap().as_str().unwrap().to_owned())
        .collect()
}

fn orders(vendors: &mut Vendors, now: Timestamp) -> Ids {
    let (mut seen, mut from) = (Ids::new(), json!(0));
    loop {
        let biz = json!({"start_ts": from, "page_index": 1, "page_size": 100});
        let (_, body) = insist(vendors, &jushuitan("orders", &biz, now), now);
        let rows = &body["data"]["orders"];
        seen.extend(ids(rows, "/so_id"));
        if body["data"]["has_next"] == false {
            return seen;
        }
        from = rows.as_array().unwrap().last().unwrap()["ts"].clone();
    }
}

fn refunds(vendors: &mut Vendors, now: Timestamp) -> Ids {
    let mut seen = Ids::new();
    for page in 1.. {
        let biz = json!({
            "modified_begin": "2026-11-11 00:00:00", "modified_end": "2026-11-18 00:00:00",
            "page_index": page, "page_size": 10,
        });
        let (_, body) = insist(vendors, &jushuitan("refund", &biz, now), now);
        seen.extend(ids(&body["data"]["datas"], "/outer_as_id"));
        if body["data"]["has_next"] == false {
            break;
        }
    }
    seen
}

fn searched(
    vendors: &mut Vendors,
    now: Timestamp,
    (objects, modified, key): (&str, &str, &str),
) -> Ids {
    let (mut seen, mut after) = (Ids::new(), None);
    loop {
        let request = hubspot(objects, modified, 0, after.as_deref());
        let (_, body) = insist(vendors, &request, now);
        seen.extend(ids(&body["results"], key));
        match body.pointer("/paging/next/after") {
            Some(next) => after = Some(next.as_str().unwrap().to_owned()),
            None => return seen,
        }
    }
}

fn listed(vendors: &mut Vendors, now: Timestamp, (path, list, key): (&str, &str, &str)) -> Ids {
    let (mut seen, mut request) = (Ids::new(), listing(path, now));
    loop {
        let (answer, body) = insist(vendors, &request, now);
        seen.extend(ids(&body[list], key));
        let Some((_, link)) = answer.headers.iter().find(|(name, _)| *name == "link") else {
            return seen;
        };
        let link = link.strip_prefix("<http://box:1").unwrap();
        let (path, query) = link.split_once('>').unwrap().0.split_once('?').unwrap();
        request = Request {
            path: path.to_owned(),
            query: query.to_owned(),
            ..bearing(crate::client::SECRET)
        };
    }
}

#[test]
fn whoever_tries_again_reads_all_that_was_written_through_every_trouble() {
    let day = day(7);
    let now = day.shop().closes();
    let mut vendors = open(&day);
    // Many times over, so that every trouble meets every list.
    for _ in 0..4 {
        let read = orders(&mut vendors, now);
        assert_eq!(read, written(&day, Source::Erp, EntityKind::Order));
        let read = refunds(&mut vendors, now);
        assert_eq!(read, written(&day, Source::Erp, EntityKind::Refund));
        let contacts = (
            "contacts",
            "lastmodifieddate",
            "/properties/shop_customer_id",
        );
        let read = searched(&mut vendors, now, contacts);
        let customers = written(&day, Source::Crm, EntityKind::Customer);
        assert!(read.is_superset(&customers) && !customers.is_empty());
        let tickets = (
            "tickets",
            "hs_lastmodifieddate",
            "/properties/shop_order_id",
        );
        let read = searched(&mut vendors, now, tickets);
        assert_eq!(read, written(&day, Source::Crm, EntityKind::Order));
        let parcels = ("/kuaidi100/changes", "changes", "/param/lastResult/nu");
        let read = listed(&mut vendors, now, parcels);
        assert_eq!(read, written(&day, Source::Carrier, EntityKind::Shipment));
        let declarations = ("/customs/declarations", "declarations", "/number");
        let read = listed(&mut vendors, now, declarations);
        assert_eq!(read, written(&day, Source::Customs, EntityKind::Customs));
    }
    let tallies = Source::ALL.map(|source| vendors.tally(source));
    let all = |count: fn(&Tally) -> u64| tallies.iter().map(count).sum::<u64>();
    let troubles = [
        all(|tally| tally.throttled),
        all(|tally| tally.failed),
        all(|tally| tally.timed_out),
        all(|tally| tally.cut),
        all(|tally| tally.repeated),
    ];
    assert!(!troubles.contains(&0), "{tallies:?}");
    assert_eq!(all(|tally| tally.refused), 0, "{tallies:?}");
}

#[test]
fn a_list_shows_what_was_written_by_then_and_no_more() {
    let day = day(7);
    let mut vendors = open(&day).calm();
    let (opens, closes) = (day.shop().opens(), day.shop().closes());
    assert_eq!(orders(&mut vendors, opens).len(), 0);
    let noon = day.shop().midnight + order::Span::from_hours(12);
    let by_noon = orders(&mut vendors, noon).len();
    assert!((100..390).contains(&by_noon), "{by_noon}");
    assert_eq!(orders(&mut vendors, closes).len(), 400);
}

#[test]
fn the_same_seed_asked_the_same_answers_the_same_bytes() {
    let answers = |seed| {
        let day = day(seed);
        let mut vendors = open(&day);
        let now = day.shop().closes();
        let biz = json!({"start_ts": 0, "page_index": 1, "page_size": 5});
        let request = jushuitan("orders", &biz, now);
        (0..200)
            .map(|_| vendors.answer(&request, now))
            .collect::<Vec<_>>()
    };
    assert_eq!(answers(7), answers(7));
    assert_ne!(answers(7), answers(8));
}

#[test]
fn a_system_cannot_be_reached_during_its_outage() {
    let day = day(7);
    let mut vendors = open(&day);
    for source in Source::ALL {
        let (from, _) = source.outages(day.shop())[0];
        let path = match source {
            Source::Erp => "/jushuitan/open/orders/single/query",
            Source::Carrier => "/kuaidi100/changes",
            Source::Crm => "/hubspot/crm/v3/objects/contacts/search",
            Source::Customs => "/customs/declarations",
        };
        let request = Request {
            path: path.to_owned(),
            ..Request::default()
        };
        assert_eq!(vendors.answer(&request, from).status, 503, "{source:?}");
    }
}
