//! Reminders and breaches, at their instants, once.

use contracts::ticketing::v1::ListTicketsRequest;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, complete},
};

async fn room_with_a_ticket() -> Room {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    room.deliver(&[opened(1, 1)]).await;
    room
}

#[tokio::test]
async fn a_due_instant_is_told_an_hour_ahead_and_when_it_passes_once_each() {
    let room = room_with_a_ticket().await;
    room.advance(179).await;
    room.wake().await;
    assert_eq!(
        (room.told("due-soon").await, room.told("overdue").await),
        (0, 0)
    );
    room.advance(1).await;
    room.wake().await;
    room.wake().await;
    assert_eq!(
        (room.told("due-soon").await, room.told("overdue").await),
        (1, 0)
    );
    room.advance(60).await;
    room.wake().await;
    room.advance(600).await;
    room.wake().await;
    assert_eq!(
        (room.told("due-soon").await, room.told("overdue").await),
        (1, 1)
    );
    assert!(room.ticket(1).await.overdue);
    let late = ListTicketsRequest {
        overdue_only: true,
        ..Default::default()
    };
    assert_eq!(room.tickets(late).await.len(), 1);
}

#[tokio::test]
async fn a_deadline_missed_while_the_service_was_down_is_told_once_after_it() {
    let room = room_with_a_ticket().await;
    room.advance(1_000).await;
    let (one, two) = (room.another_replica(), room.another_replica());
    tokio::join!(one.wake(), two.wake());
    room.wake().await;
    assert_eq!(
        (room.told("due-soon").await, room.told("overdue").await),
        (0, 1),
        "nobody is reminded of what is past"
    );
    let event = &room.events("overdue").await[0];
    let Some(contracts::event::v1::event::Payload::Ticket(changed)) = &event.payload else {
        panic!("a ticket event")
    };
    assert_eq!(changed.overdue_by.unwrap().seconds, (1_000 - 240) * 60);
    let breach = changed.breach.as_ref().unwrap();
    assert_eq!(breach.department, "warehouse");
    assert_eq!(event.occurred_at, breach.due_at, "told at its own instant");
    let kept = "select count(*) from ticket_breaches where promise = 'step' and step = 'check'
        and department = 'warehouse' and assignee = 'zhao'";
    assert_eq!(room.count(kept).await, 1);
}

#[tokio::test]
async fn the_next_step_has_reminders_of_its_own() {
    let room = room_with_a_ticket().await;
    room.advance(10).await;
    room.act(1, "wang", "1", complete("check")).await.unwrap();
    room.advance(89).await;
    room.wake().await;
    assert_eq!(room.told("due-soon").await, 0);
    room.advance(1).await;
    room.wake().await;
    assert_eq!(room.told("due-soon").await, 1);
    room.advance(600).await;
    room.wake().await;
    assert_eq!(room.told("overdue").await, 1);
}

#[tokio::test]
async fn a_resolved_ticket_keeps_quiet() {
    let room = room_with_a_ticket().await;
    room.deliver(&[cleared(1, 2)]).await;
    room.advance(1_000).await;
    room.wake().await;
    assert_eq!(room.story(1).await, ["opened", "resolved"]);
}
