//! Orders of lists, and pages of them.

use contracts::ticketing::v1::{
    ListTicketsRequest, ListTicketsResponse, Ticket, act as it,
    ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};

use crate::{exceptions::*, filters::varied_room, room::Room};

/// Steps of many lengths, and a clock that can stand.
const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  pauses: [{ reason: customer, atMost: 2d }]
  steps:
    - { name: check, title: { en: Check }, department: warehouse, expected: 40h }
";

fn ordered(order_by: &str) -> ListTicketsRequest {
    ListTicketsRequest {
        order_by: order_by.to_owned(),
        page_size: 7,
        ..Default::default()
    }
}

/// Every ticket of a list, with something done after each page.
async fn walked(
    room: &Room,
    request: &ListTicketsRequest,
    mut between: impl AsyncFnMut(&Room, &ListTicketsResponse),
) -> Vec<Ticket> {
    let mut request = request.clone();
    let mut tickets = Vec::new();
    loop {
        let page = room.page(request.clone()).await;
        between(room, &page).await;
        tickets.extend(page.tickets);
        if page.next_page_token.is_empty() {
            return tickets;
        }
        request.page_token = page.next_page_token;
    }
}

fn seconds(at: Option<prost_types::Timestamp>) -> i64 {
    at.map_or(i64::MAX, |at| at.seconds)
}

/// The soonest deadline of a ticket, as the list orders by it; the last of all for none.
fn deadline(ticket: &Ticket) -> i64 {
    let promised = |promise: &Option<contracts::ticketing::v1::Promise>| {
        seconds(promise.as_ref().and_then(|it| it.due_at))
    };
    seconds(ticket.due_at)
        .min(promised(&ticket.response))
        .min(promised(&ticket.resolution_promise))
}

#[tokio::test]
async fn every_order_gives_every_ticket_once_in_that_order() {
    let room = varied_room().await;
    for order_by in ["", "opened_at desc", "opened_at", "time_left"] {
        let tickets = walked(&room, &ordered(order_by), async |_, _| {}).await;
        let keys: Vec<i64> = tickets
            .iter()
            .map(|ticket| match order_by {
                "time_left" => deadline(ticket),
                "opened_at" => seconds(ticket.opened_at),
                _ => -seconds(ticket.opened_at),
            })
            .collect();
        assert!(keys.is_sorted(), "{order_by}: {keys:?}");
        let ids: std::collections::HashSet<_> = tickets.iter().map(|it| &it.id).collect();
        assert_eq!((ids.len(), tickets.len()), (24, 24), "{order_by}");
    }
    let by_time_left = walked(&room, &ordered("time_left"), async |_, _| {}).await;
    assert!(by_time_left[0].overdue);
    assert_eq!(
        by_time_left[23].due_at, None,
        "what is resolved waits for nothing"
    );
}

#[tokio::test]
async fn what_stands_comes_last_by_time_left_and_a_response_counts() {
    let room = Room::new().await;
    room.apply(SOP).await;
    room.deliver(&[opened(1, 1)]).await;
    room.advance(1).await;
    let promised = SOP.replace("  steps:", "  sla: { response: 30m }\n  steps:");
    room.apply(&promised).await;
    room.deliver(&[opened(2, 1), opened(3, 1)]).await;
    let pause = |reason: &str| {
        it::Act::Pause(it::Pause {
            reason: reason.to_owned(),
        })
    };
    room.act(1, "wang", "1", pause("customer")).await.unwrap();
    let claim = it::Act::Claim(it::Claim::default());
    room.act(3, "wang", "1", claim).await.unwrap();
    let tickets = room.tickets(ordered("time_left")).await;
    let orders: Vec<&str> = tickets.iter().map(|it| &*it.order_id).collect();
    assert_eq!(orders, ["order-2", "order-3", "order-1"]);
}

#[tokio::test]
async fn a_ticket_that_stays_as_it_is_stands_on_one_page_whatever_moves_around_it() {
    let room = Room::new().await;
    room.apply(SOP).await;
    for number in 1..=40 {
        room.deliver(&[opened(number, 1)]).await;
        room.advance(2).await;
    }
    for (round, order_by) in ["opened_at desc", "opened_at", "time_left"]
        .into_iter()
        .enumerate()
    {
        let open = ListTicketsRequest {
            filter: "state != resolved".to_owned(),
            ..ordered(order_by)
        };
        let mut number = 0;
        // Every third ticket is resolved, handed on or overtaken by a new one meanwhile.
        let tickets = walked(&room, &open, async |room, _| {
            number += 1;
            let base = 100 * (round as u128 + 1);
            room.deliver(&[opened(base + number, 1)]).await;
            let moved = 3 * (number + 4 * round as u128);
            room.deliver(&[cleared(moved, 2)]).await;
        })
        .await;
        let mut seen: Vec<u128> = tickets
            .iter()
            .filter_map(|ticket| ticket.order_id.strip_prefix("order-")?.parse().ok())
            .filter(|number| *number <= 40 && number % 3 != 0)
            .collect();
        seen.sort_unstable();
        let still: Vec<u128> = (1..=40).filter(|number| number % 3 != 0).collect();
        assert_eq!(seen, still, "{order_by}");
    }
}

#[tokio::test]
async fn a_page_token_goes_on_with_its_own_request_only() {
    let room = varied_room().await;
    let request = ListTicketsRequest {
        filter: "state != resolved".to_owned(),
        ..ordered("time_left")
    };
    let page_token = room.page(request.clone()).await.next_page_token;
    let request = ListTicketsRequest {
        page_token,
        ..request
    };
    assert_eq!(room.tickets(request.clone()).await.len(), 7);
    let others = [
        ListTicketsRequest {
            filter: "state = open".to_owned(),
            ..request.clone()
        },
        ListTicketsRequest {
            filter: String::new(),
            ..request.clone()
        },
        ListTicketsRequest {
            order_by: "opened_at".to_owned(),
            ..request.clone()
        },
        ListTicketsRequest {
            me: "wang".to_owned(),
            ..request.clone()
        },
        ListTicketsRequest {
            department: "warehouse".to_owned(),
            ..request.clone()
        },
        ListTicketsRequest {
            my_work: true,
            me: "wang".to_owned(),
            ..request.clone()
        },
        ListTicketsRequest {
            page_token: "later".to_owned(),
            ..request.clone()
        },
    ];
    for other in others {
        let refused = room
            .service()
            .list_tickets(Request::new(other))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.message().starts_with("page_token: "),
            "{}",
            refused.message()
        );
    }
}
