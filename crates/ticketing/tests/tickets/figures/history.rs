//! Four weeks at random, made through the desk.

use chrono::TimeDelta;
use contracts::{
    event::v1::{Event, event::Payload},
    ticketing::v1::{Ticket, act as it},
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use ticketing::domain::Instant;
use tonic::Code;

use crate::{
    exceptions::{cleared, noon, opened, updated},
    room::{Room, accept, acknowledge, complete, hand_over},
};

/// The scenario whose procedure promises something for the whole of a ticket.
pub(super) const PROMISED: &str = "shipping-delay";

const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  sla: { response: 6h, resolution: 2d }
  pauses:
    - { reason: waiting-for-customer, atMost: 20h }
  handOver: { answerWithin: 9h, arbiter: { department: operations, assignee: duty-lead } }
  reminders: { within: always }
  steps:
    - { name: check, title: { en: a, zh: a }, instructions: { en: a, zh: a }, department: warehouse, expected: 9h }
    - { name: press, title: { en: b, zh: b }, instructions: { en: b, zh: b }, department: logistics, expected: 12h, assignee: zhao }
    - { name: tell, title: { en: c, zh: c }, instructions: { en: c, zh: c }, department: service, expected: 1d }
";
const TICKETS: u128 = 70;
const MOMENTS: usize = 900;
const PEOPLE: [&str; 3] = ["li", "wang", "zhao"];
const DEPARTMENTS: [&str; 3] = ["logistics", "service", "warehouse"];

/// Makes a history; returns where it was made, and its last instant.
pub(super) async fn made() -> (Room, Instant) {
    let room = Room::new().await;
    room.apply(SOP).await;
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_111);
    let mut versions = vec![0; TICKETS as usize + 1];
    let (mut end, mut number) = (noon(), 1);
    for _ in 0..MOMENTS {
        // No two acts of one instant, so that what came first is beyond doubt.
        end += TimeDelta::microseconds(chance.random_range(1..5_500_000_000));
        room.set(end).await;
        if chance.random_bool(0.4) {
            number = chance.random_range(1..=TICKETS);
        }
        let version = &mut versions[number as usize];
        match chance.random_range(0..20) {
            // Some nobody touches.
            any if any < 4 || number.is_multiple_of(5) => {
                *version += 1;
                let event = if *version > 1 && chance.random_bool(0.5) {
                    cleared(number, *version)
                } else if *version > 1 {
                    updated(number, *version)
                } else {
                    opened(number, *version)
                };
                room.deliver(&[about_its_own_order(event, number)]).await;
            }
            4 => room.wake().await,
            _ => act_on(&room, number, &mut chance).await,
        }
    }
    (room, end)
}

/// The event about an order of a warehouse and kind, and of a scenario, that go by its number.
fn about_its_own_order(mut event: Event, number: u128) -> Event {
    if let Some(Payload::Exception(changed)) = &mut event.payload {
        let exception = changed.exception.as_mut().unwrap();
        if number.is_multiple_of(4) {
            exception.scenario = "stuck-in-customs".into();
        }
        let order = exception.order.as_mut().unwrap();
        order.warehouse = ["shanghai", "ningbo", ""][number as usize % 3].into();
        order.kind = ["presale", "regular"][number as usize / 3 % 2].into();
    }
    event
}

async fn act_on(room: &Room, number: u128, chance: &mut ChaCha8Rng) {
    let Some(ticket) = room.find(number).await else {
        return;
    };
    let act = act(&ticket, chance);
    let actor = PEOPLE.choose(chance).unwrap();
    if let Err(refused) = room.act(number, actor, &ticket.etag, act).await {
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    }
}

fn act(ticket: &Ticket, chance: &mut impl Rng) -> it::Act {
    let step = &ticket.steps[ticket.current_step as usize];
    let is_offered = step.offer.is_some();
    match chance.random_range(0..12) {
        0 | 1 => acknowledge(),
        2 => it::Act::Claim(it::Claim::default()),
        3 | 4 if is_offered => it::Act::Reject(it::Reject {
            reason: "not ours".to_owned(),
            ..it::Reject::default()
        }),
        5 | 6 if is_offered => accept(),
        3..=7 => hand_over(DEPARTMENTS.choose(chance).unwrap(), "theirs"),
        8 if ticket.pause.is_none() && ticket.sop == PROMISED => it::Act::Pause(it::Pause {
            reason: "waiting-for-customer".to_owned(),
        }),
        8 => it::Act::Resume(it::Resume {}),
        _ => it::Act::Complete(it::Complete {
            outcome: String::new(),
            ..complete_of(&step.name)
        }),
    }
}

fn complete_of(step: &str) -> it::Complete {
    match complete(step) {
        it::Act::Complete(complete) => complete,
        other => panic!("{other:?} completes nothing"),
    }
}
