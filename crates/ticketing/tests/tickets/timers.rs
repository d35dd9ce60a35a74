//! Thousands of timers, and two replicas that keep the time.

use crate::{exceptions::*, opening::SHIPPING_DELAY, room::Room};

const GROUPS: u128 = 20;
const GROUP: u128 = 100;
/// Minutes after its opening at which a ticket is told to be due soon, and overdue.
const SOON: i64 = 180;
const OVERDUE: i64 = 240;

/// How many groups, opened a minute after the other from noon on, are so many minutes old.
fn reached(minutes: i64, age: i64) -> i64 {
    (minutes - age + 1).clamp(0, GROUPS as i64)
}

#[tokio::test]
async fn each_of_thousands_of_timers_fires_once_and_none_early_with_two_replicas() {
    let room = Room::new().await;
    let replica = room.another_replica();
    room.apply(SHIPPING_DELAY).await;
    for group in 0..GROUPS {
        let numbers = group * GROUP + 1..=(group + 1) * GROUP;
        let events: Vec<_> = numbers.map(|number| opened(number, 1)).collect();
        room.deliver(&events).await;
        room.advance(1).await;
    }
    let mut minutes = GROUPS as i64;
    // An outage ends it: half of the groups fall due while nobody looks.
    for looked_at in [179, 180, 187, 199, 239, 240, 249, 300] {
        room.advance(looked_at - minutes).await;
        minutes = looked_at;
        tokio::join!(room.wake(), replica.wake());
        room.wake().await;
        let group = GROUP as i64;
        assert_eq!(room.told("due-soon").await, reached(minutes, SOON) * group);
        assert_eq!(
            room.told("overdue").await,
            reached(minutes, OVERDUE) * group
        );
    }
    let missed = "select count(distinct (ticket_id, due_at)) from ticket_breaches
        where told_at = due_at";
    assert_eq!(room.count(missed).await, (GROUPS * GROUP) as i64);
    assert_eq!(room.waiting().await, 0);
}
