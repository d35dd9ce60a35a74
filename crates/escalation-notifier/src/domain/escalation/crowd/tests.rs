use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    escalation::Cause,
    grouping::{Grouping, Size, Timing},
    label::Label,
    policy::{Channel, Recipient, delay::Delay, route::Level},
    ticket::{Observation, Ticket, Transition},
};

const HOUR: u64 = 3_600;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

/// At once, and after two hours if more than so many of the group are unacknowledged.
fn policy(over: u32) -> Policy {
    let level = |hours: u64| {
        let delay = Delay::wall(Duration::from_secs(hours * HOUR));
        Level::telling(delay, Recipient::Fallback, Channel::Log)
    };
    let crowded = Level {
        group_over: Some(over),
        ..level(2)
    };
    let mut policy = Policy::built_in();
    policy.root.terms.levels = vec![level(0), crowded];
    policy.root.terms.grouping = Some(Grouping {
        by: vec![Label::Warehouse],
        timing: Timing::USUAL,
    });
    policy
}

fn observation(transition: Transition, version: i64, hours: i64) -> Observation {
    Observation {
        transition,
        version,
        acknowledged: transition != Transition::Opened,
        at: at(hours),
        come_back: None,
        ticket: Ticket {
            warehouse: "WH-E".to_owned(),
            opened_at: at(hours),
            ..Ticket::default()
        },
    }
}

/// The size of the one group.
fn sizes(of: &Escalation, policy: &Policy, unresolved: u32, unacknowledged: u32) -> Sizes {
    let size = Size {
        unresolved,
        unacknowledged,
    };
    let crowds = of.crowds(policy).into_iter();
    crowds.map(|group| (group, size)).collect()
}

/// Levels that are told.
fn levels(effects: &[Effect]) -> Vec<u32> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(notice) => Some(notice.level),
        _ => None,
    });
    told.collect()
}

fn opened(policy: &Policy) -> Escalation {
    let first = observation(Transition::Opened, 1, 0);
    let (state, effects) = Escalation::unobserved(&first, policy, 1).observe(&first, policy, at(0));
    assert_eq!(levels(&effects), [1]);
    state
}

#[test]
fn a_level_is_passed_over_while_its_group_is_small_and_told_when_it_has_grown() {
    let policy = policy(10);
    let (state, effects) = opened(&policy).advance(&policy, at(2));
    assert!(effects.is_empty());
    assert_eq!(state.awaits(&policy)[0].over, 10);
    let (state, effects) = state
        .clone()
        .weigh(&policy, &sizes(&state, &policy, 90, 10));
    assert!(effects.is_empty());
    let (state, effects) = state
        .clone()
        .weigh(&policy, &sizes(&state, &policy, 90, 11));
    assert_eq!(levels(&effects), [2]);
    let (_, effects) = state
        .clone()
        .weigh(&policy, &sizes(&state, &policy, 90, 99));
    assert!(effects.is_empty(), "it was told");
}

#[test]
fn what_somebody_has_taken_on_is_not_told_however_large_the_group_becomes() {
    let policy = policy(1);
    let (state, _) = opened(&policy).advance(&policy, at(2));
    let taken_on = observation(Transition::Acknowledged, 2, 3);
    let (state, _) = state.observe(&taken_on, &policy, at(3));
    let (state, effects) = state
        .clone()
        .weigh(&policy, &sizes(&state, &policy, 90, 90));
    assert!(effects.is_empty());
    assert!(state.awaits(&policy).is_empty());
}

#[test]
fn of_what_was_to_be_told_several_times_meanwhile_the_last_is_told() {
    let mut policy = policy(1);
    policy.root.terms.levels[1].repeat = Some(crate::domain::policy::route::Repeat {
        every: Delay::wall(Duration::from_secs(HOUR)),
        at_most: 5,
    });
    let (state, _) = opened(&policy).advance(&policy, at(4));
    assert_eq!(state.waiting.len(), 3);
    let (state, effects) = state.clone().weigh(&policy, &sizes(&state, &policy, 2, 2));
    let repetitions: Vec<u32> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell(notice) => Some(notice.repetition),
            _ => None,
        })
        .collect();
    assert_eq!(repetitions, [2]);
    assert!(state.waiting.is_empty());
}

/// Something that happens to the tickets of a group within an hour.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Opened,
    Acknowledged(usize),
    Resolved(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => Just(Happening::Opened),
        1 => (0_usize..12).prop_map(Happening::Acknowledged),
        1 => (0_usize..12).prop_map(Happening::Resolved),
    ]
}

/// A ticket as anybody would write it down: since when it waits, and when it was told of twice.
#[derive(Debug)]
struct Plain {
    opened: i64,
    over: bool,
    told: Option<i64>,
}

proptest! {
    /// The second level of a ticket is told once: in the first hour in which it is due, nobody
    /// has acted on the ticket, and more than so many of the group wait for somebody to act.
    #[test]
    fn a_level_is_told_in_the_first_hour_in_which_everything_it_asks_for_holds(
        hours in prop::collection::vec(prop::collection::vec(happening(), 0..4), 1..12),
        over in 1_u32..5,
    ) {
        let policy = policy(over);
        let (mut states, mut plain): (Vec<Escalation>, Vec<Plain>) = (Vec::new(), Vec::new());
        for (hour, happenings) in (0_i64..).zip(&hours) {
            let now = at(hour);
            for happening in happenings {
                let (index, transition) = match *happening {
                    Happening::Opened => {
                        let first = observation(Transition::Opened, 1, hour);
                        states.push(Escalation::unobserved(&first, &policy, 1));
                        plain.push(Plain { opened: hour, over: false, told: None });
                        (states.len() - 1, Transition::Opened)
                    }
                    Happening::Acknowledged(index) => (index, Transition::Acknowledged),
                    Happening::Resolved(index) => (index, Transition::Resolved),
                };
                let Some(state) = states.get(index) else { continue };
                let next = observation(transition, state.version + 1, hour);
                let (state, effects) = state.clone().observe(&next, &policy, now);
                prop_assert!(!levels(&effects).contains(&2));
                states[index] = state;
                plain[index].over |= transition != Transition::Opened;
            }
            let waiting = plain.iter().filter(|it| !it.over).count();
            let waiting = u32::try_from(waiting).unwrap();
            for (state, plain) in states.iter_mut().zip(&mut plain) {
                let sizes = sizes(state, &policy, 99, waiting);
                let (next, effects) = state.clone().advance(&policy, now);
                prop_assert!(!levels(&effects).contains(&2));
                let (next, effects) = next.weigh(&policy, &sizes);
                *state = next;
                let holds = !plain.over && plain.opened + 2 <= hour && waiting > over;
                let is_told = holds && plain.told.is_none();
                prop_assert_eq!(levels(&effects).len(), usize::from(is_told));
                if is_told {
                    plain.told = Some(hour);
                    let tells_why = matches!(&effects[..], [.., Effect::Tell(notice)] if notice.cause == Cause::Escalated);
                    prop_assert!(tells_why);
                }
            }
        }
    }
}
