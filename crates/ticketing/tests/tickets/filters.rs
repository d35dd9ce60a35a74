//! What a filter finds in the table is what it lets pass in memory.

use contracts::ticketing::v1::{
    ListTicketsRequest, act as it, ticket_service_server::TicketService as _,
};
use filter::{Environment, Filter, Kind, Row as _, Value};
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use tonic::{Code, Request};

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, acknowledge, complete, hand_over},
};
use ticketing::{
    domain::{Instant, ticket::Ticket},
    store::listing::fields::FIELDS,
};

const FILTERS: usize = 300;

/// Tickets in every state, of orders of several kinds.
pub(crate) async fn varied_room() -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    for number in 1..=24 {
        let order = Order {
            warehouse: ["shanghai", "beijing", ""][number as usize % 3],
            kind: ["presale", ""][number as usize % 2],
            amount: number as f64 * 12.5,
        };
        room.deliver(&[of_order(opened(number, 1), &order)]).await;
        room.advance(13).await;
    }
    for number in 1..=24 {
        let act = match number % 6 {
            0 => acknowledge(),
            1 => hand_over("logistics", "theirs"),
            2 => complete("check"),
            3 => it::Act::Claim(it::Claim::default()),
            _ => continue,
        };
        let etag = room.ticket(number).await.etag;
        room.act(
            number,
            ["wang", "O'Neill*"][number as usize / 6 % 2],
            &etag,
            act,
        )
        .await
        .unwrap();
    }
    room.deliver(&[cleared(4, 2), cleared(5, 2), cleared(6, 2)])
        .await;
    room.advance(60).await;
    room.wake().await;
    room
}

/// Comparisons with what the tickets really have in their fields.
fn comparisons(tickets: &[Ticket]) -> Vec<String> {
    let mut comparisons = vec!["order-1".to_owned()];
    for field in FIELDS.fields() {
        let name = field.name();
        comparisons.push(format!("{name}:*"));
        comparisons.push(format!("{name} = null"));
        if *field.kind() == Kind::Boolean {
            comparisons.extend([name.to_owned(), format!("{name} = false")]);
        }
        for value in tickets.iter().filter_map(|ticket| ticket.value(name)) {
            let comparators = match value {
                Value::Text(_) if matches!(field.kind(), Kind::Text { .. }) => {
                    &["=", "!=", ">=", ":"][..]
                }
                Value::Instant(_) | Value::Float(_) => &["<", "=", ">="],
                Value::Boolean(_) => continue,
                _ => &["=", "!="],
            };
            let value = written(value);
            let of_it = comparators.iter().map(|it| format!("{name} {it} {value}"));
            comparisons.extend(of_it);
        }
    }
    comparisons.sort();
    comparisons.dedup();
    comparisons
}

fn written(value: Value<'_>) -> String {
    match value {
        Value::Text(text) => format!("\"{}\"", text.replace('*', "\\*")),
        Value::Instant(at) => format!("\"{}\"", at.to_rfc3339()),
        Value::Float(number) => number.to_string(),
        Value::Uuid(uuid) => uuid.to_string(),
        _ => unreachable!("tickets have no such field"),
    }
}

fn filters(tickets: &[Ticket]) -> impl Strategy<Value = String> + use<> {
    select(comparisons(tickets)).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} AND {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            inner.prop_map(|a| format!("(NOT {a})")),
        ]
    })
}

async fn found(room: &Room, filter: &str) -> Vec<String> {
    let request = ListTicketsRequest {
        filter: filter.to_owned(),
        me: "wang".to_owned(),
        page_size: 500,
        ..Default::default()
    };
    let mut ids: Vec<String> = room
        .tickets(request)
        .await
        .into_iter()
        .map(|it| it.id)
        .collect();
    ids.sort();
    ids
}

fn passing(tickets: &[Ticket], filter: &str, now: Instant) -> Vec<String> {
    let filter = Filter::parse(filter, &FIELDS).unwrap();
    let me = Some("wang");
    let passes = |ticket: &&Ticket| filter.matches(*ticket, &Environment { now, me });
    let mut ids: Vec<String> = tickets
        .iter()
        .filter(passes)
        .map(|it| it.id.to_string())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_table_finds_exactly_what_passes_in_memory() {
    let room = varied_room().await;
    let tickets = room.loaded().await;
    for field in FIELDS.fields().iter().map(filter::Field::name) {
        let nowhere = [
            "team",
            "region",
            "customer_tier",
            "channel",
            "pause",
            "snoozed_until",
        ];
        let is_there = tickets.iter().any(|ticket| ticket.value(field).is_some());
        assert!(
            is_there || nowhere.contains(&field),
            "no ticket has a {field}"
        );
    }
    let mut runner = TestRunner::deterministic();
    let filters = filters(&tickets);
    let mut selective = 0;
    for _ in 0..FILTERS {
        let filter = filters.new_tree(&mut runner).unwrap().current();
        let passing = passing(&tickets, &filter, room.now());
        selective += usize::from((1..tickets.len()).contains(&passing.len()));
        assert_eq!(found(&room, &filter).await, passing, "{filter}");
    }
    assert!(
        selective > FILTERS / 2,
        "only {selective} tell tickets apart"
    );
    for filter in [
        "assignee = me()",
        "due_at < in(\"2h\") AND NOT overdue",
        "opened_at < ago(\"4h\")",
        "warehouse = \"s*\" state != resolved",
        "",
    ] {
        let passing = passing(&tickets, filter, room.now());
        assert!(!passing.is_empty(), "{filter}");
        assert_eq!(found(&room, filter).await, passing, "{filter}");
    }
}

#[tokio::test]
async fn the_fields_that_ask_for_one_thing_take_any_text_as_it_is() {
    let room = varied_room().await;
    let of = async |assignee: &str| {
        let request = ListTicketsRequest {
            assignee: assignee.to_owned(),
            ..Default::default()
        };
        room.tickets(request).await.len()
    };
    assert!(of("O'Neill*").await > 0);
    for hostile in [
        "*",
        "O*",
        "\"",
        "\\",
        "x\" OR state = open OR assignee = \"",
        "'; drop table tickets; --",
        "\n",
    ] {
        assert_eq!(of(hostile).await, 0, "{hostile}");
    }
    let narrowed = ListTicketsRequest {
        department: "warehouse".to_owned(),
        filter: "department = logistics OR department = \"customer-service\"".to_owned(),
        ..Default::default()
    };
    assert!(room.tickets(narrowed).await.is_empty(), "both must be true");
}

#[tokio::test]
async fn a_faulty_filter_is_refused_with_its_place_and_the_fields_there_are() {
    let room = Room::new().await;
    for (filter, told) in [
        (
            "state = opened",
            "filter: column 9: `state` is never `opened`",
        ),
        ("colour = red", "filter: column 1:"),
        ("state = open AND (", "filter: column 19:"),
        ("order_id = \"\0\"", "U+0000"),
        (&"a".repeat(9_000), "at most 8192 bytes"),
        (&"(".repeat(99), "filter: column"),
    ] {
        let request = ListTicketsRequest {
            filter: filter.to_owned(),
            ..Default::default()
        };
        let refused = room.service().list_tickets(Request::new(request)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{filter}");
        assert!(refused.message().contains(told), "{}", refused.message());
        assert!(refused.message().contains("the fields are order_id, state"));
    }
    let nul = ListTicketsRequest {
        me: "wang\0".to_owned(),
        order_id: "\0".to_owned(),
        order_by: "due_at".to_owned(),
        ..Default::default()
    };
    let refused = room
        .service()
        .list_tickets(Request::new(nul))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    for field in ["me: ", "order_id: ", "order_by: must be `opened_at desc`"] {
        assert!(refused.message().contains(field), "{}", refused.message());
    }
}
