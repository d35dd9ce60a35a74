//! Exceptions become tickets, once each.

use contracts::ticketing::v1::{ListTicketsRequest, StepState, TicketState};

use crate::{exceptions::*, room::Room};

#[tokio::test]
async fn one_exception_has_one_ticket_however_often_and_in_whatever_order_it_is_told() {
    let room = Room::new().await;
    let events = [opened(1, 1), updated(1, 2), updated(1, 3)];
    room.deliver(&[events[2].clone(), events[0].clone()]).await;
    room.deliver(&[events[1].clone()]).await;
    for _ in 0..3 {
        room.deliver(&events).await;
    }
    let tickets = room.tickets(ListTicketsRequest::default()).await;
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].id, ticket_id(1).to_string());
    assert_eq!(room.told("opened").await, 1);
    assert_eq!(room.exception_version(1).await, 3);
}

#[tokio::test]
async fn the_same_message_from_the_broker_and_from_reconciliation_acts_once() {
    let room = Room::new().await;
    let batch = room.receive(&[opened(1, 1)]);
    room.handle(&batch).await;
    room.handle(&batch).await;
    assert_eq!(room.told("opened").await, 1);
}

#[tokio::test]
async fn a_ticket_begins_with_the_first_step_of_its_procedure() {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    room.deliver(&[opened(1, 1)]).await;
    let ticket = room.ticket(1).await;
    assert_eq!(
        (ticket.sop.as_str(), ticket.sop_version),
        ("shipping-delay", 1)
    );
    assert_eq!(
        (ticket.department.as_str(), ticket.assignee.as_str()),
        ("warehouse", "zhao")
    );
    assert_eq!(ticket.state(), TicketState::Open);
    assert_eq!(ticket.steps[0].state(), StepState::Active);
    assert_eq!(ticket.steps[1].state(), StepState::Pending);
    assert_eq!(
        ticket.due_at,
        Some(ticketing::events::instant::to_wire(noon_and(240)))
    );
    assert_eq!(ticket.ledger.len(), 1);
    assert_eq!(ticket.order.unwrap().warehouse, "shanghai");
}

#[tokio::test]
async fn a_scenario_without_a_procedure_gets_the_default_one() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1)]).await;
    assert_eq!(room.ticket(1).await.sop, "default");
}

#[tokio::test]
async fn a_retroactive_exception_opens_none_even_when_older_news_follow() {
    let room = Room::new().await;
    room.deliver(&[retroactive(1, 2)]).await;
    room.deliver(&[opened(1, 1)]).await;
    assert!(room.tickets(ListTicketsRequest::default()).await.is_empty());
    room.deliver(&[updated(1, 3)]).await;
    assert_eq!(room.tickets(ListTicketsRequest::default()).await.len(), 1);
}

#[tokio::test]
async fn a_ticket_resolves_itself_and_reopens_with_its_exception() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1)]).await;
    room.advance(30).await;
    room.deliver(&[cleared(1, 2)]).await;
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Resolved);
    assert!(ticket.automatic);
    assert_eq!(ticket.steps[0].state(), StepState::Skipped);
    assert_eq!(room.waiting().await, 0);
    room.advance(30).await;
    room.deliver(&[updated(1, 3)]).await;
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Open);
    let departments: Vec<&str> = ticket
        .ledger
        .iter()
        .map(|it| it.department.as_str())
        .collect();
    assert_eq!(departments, ["customer-service", "", "customer-service"]);
    assert_eq!(room.told("reopened").await, 1);
    assert_eq!(room.waiting().await, 1);
}

#[tokio::test]
async fn an_exempt_exception_opens_a_ticket_only_when_its_exemption_ends() {
    let room = Room::new().await;
    room.deliver(&[exempt(opened(1, 1))]).await;
    assert!(room.find(1).await.is_none());
    room.deliver(&[updated(1, 2)]).await;
    assert_eq!(room.ticket(1).await.state(), TicketState::Open);
}

#[tokio::test]
async fn a_ticket_closes_by_itself_while_its_exception_is_exempt() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1)]).await;
    room.deliver(&[exempt(updated(1, 2))]).await;
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.state(), TicketState::Resolved);
    assert_eq!(
        ticket.resolution,
        "the exception is exempt: exemption spring-agreement covers it"
    );
    assert!(ticket.automatic);
    assert_eq!(room.waiting().await, 0);
    room.deliver(&[updated(1, 3)]).await;
    assert_eq!(room.ticket(1).await.state(), TicketState::Open);
    assert_eq!(room.told("reopened").await, 1);
}

#[tokio::test]
async fn an_exception_that_was_exempt_or_in_shadow_until_it_was_over_disturbs_nobody() {
    let room = Room::new().await;
    room.deliver(&[exempt(opened(1, 1)), cleared(1, 2)]).await;
    room.deliver(&[shadow(opened(2, 1))]).await;
    room.deliver(&[cleared(2, 2)]).await;
    assert!(room.tickets(ListTicketsRequest::default()).await.is_empty());
}

#[tokio::test]
async fn a_rule_that_leaves_the_shadow_tickets_what_is_open_and_one_that_enters_it_does_not() {
    let room = Room::new().await;
    room.deliver(&[shadow(opened(1, 1)), opened(2, 1)]).await;
    room.deliver(&[updated(1, 2), shadow(updated(2, 2))]).await;
    assert_eq!(room.ticket(1).await.state(), TicketState::Open);
    assert_eq!(room.ticket(2).await.state(), TicketState::Resolved);
}

#[tokio::test]
async fn two_replicas_that_get_the_same_exceptions_at_once_open_each_ticket_once() {
    let room = Room::new().await;
    let events: Vec<_> = (1..=100).map(|number| opened(number, 1)).collect();
    let updates: Vec<_> = (1..=100).map(|number| updated(number, 2)).collect();
    tokio::join!(
        room.deliver(&events),
        room.deliver(&updates),
        room.deliver(&events)
    );
    assert_eq!(room.told("opened").await, 100);
    assert_eq!(room.exception_version(50).await, 2);
}

#[tokio::test]
async fn five_thousand_exceptions_at_once_are_taken_in_batches() {
    let room = Room::new().await;
    let events: Vec<_> = (1..=5_000).map(|number| opened(number, 1)).collect();
    let started = std::time::Instant::now();
    for batch in events.chunks(500) {
        room.deliver(batch).await;
    }
    eprintln!("5,000 exceptions in {} ms", started.elapsed().as_millis());
    assert_eq!(room.told("opened").await, 5_000);
    let page = room
        .page(ListTicketsRequest {
            page_size: 1,
            ..Default::default()
        })
        .await;
    assert_eq!(page.total, 5_000);
    assert_eq!(room.waiting().await, 5_000);
}

#[tokio::test]
async fn an_event_that_is_no_exception_is_poison_and_leaves_its_neighbours_alone() {
    let room = Room::new().await;
    let mut broken = opened(1, 1);
    broken.payload = None;
    assert!(room.try_deliver(&[broken.clone()]).await.is_err());
    assert!(
        room.try_deliver(&[broken, opened(2, 1)]).await.is_err(),
        "told apart by the caller"
    );
    room.deliver(&[opened(2, 1)]).await;
    assert_eq!(room.told("opened").await, 1);
}

pub(crate) const SHIPPING_DELAY: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  reminders: { within: always }
  steps:
    - { name: check, title: { en: Check }, department: warehouse, assignee: zhao, expected: 4h }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h, mandatory: false }
    - { name: press, title: { en: Press }, department: logistics, expected: 6h }
";
