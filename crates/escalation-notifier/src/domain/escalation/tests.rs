mod returning;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::policy::{
    Channel, Recipient,
    delay::Delay,
    route::{Level, Repeat},
};

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::from_secs(3600 * u64::try_from(hours).unwrap())
}

fn observation(
    transition: Transition,
    version: i64,
    hours: i64,
    acknowledged: bool,
) -> Observation {
    Observation {
        transition,
        version,
        acknowledged,
        at: at(hours),
        come_back: None,
        ticket: Ticket {
            id: "T1".to_owned(),
            opened_at: at(0),
            step: format!("step of {version}"),
            ..Ticket::default()
        },
    }
}

fn begin() -> Escalation {
    let first = observation(Transition::Opened, 1, 0, false);
    Escalation::unobserved(&first, &Policy::built_in(), 0)
}

fn told(effects: &[Effect]) -> Vec<(Cause, u32)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell(notice) => Some((notice.cause, notice.level)),
            _ => None,
        })
        .collect()
}

fn observe(
    state: Escalation,
    transition: Transition,
    version: i64,
    hours: i64,
) -> (Escalation, Vec<Effect>) {
    let acknowledged = transition == Transition::Acknowledged
        || (state.acknowledged && transition != Transition::Reopened);
    let observation = observation(transition, version, hours, acknowledged);
    state.observe(&observation, &Policy::built_in(), at(hours))
}

#[test]
fn opening_tells_the_first_level_at_once_and_waits_for_the_second() {
    let (state, effects) = observe(begin(), Transition::Opened, 1, 0);
    assert_eq!(told(&effects), [(Cause::Opened, 1)]);
    assert_eq!(state.next_level_at, Some(at(4)));
    assert_eq!(state.state(), State::Running);
}

#[test]
fn nobody_acknowledging_reaches_the_second_level_and_exhausts_the_policy() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, early) = state.advance(&Policy::built_in(), at(3));
    assert!(early.is_empty());
    let (state, effects) = state.advance(&Policy::built_in(), at(4));
    assert_eq!(told(&effects), [(Cause::Escalated, 2)]);
    assert!(effects.contains(&Effect::Escalated { level: 2, round: 0 }));
    assert_eq!(state.state(), State::Exhausted);
    let (_, again) = state.advance(&Policy::built_in(), at(9));
    assert!(again.is_empty());
}

#[test]
fn acknowledging_stops_the_levels_and_takes_back_what_waits() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, effects) = observe(state, Transition::Acknowledged, 2, 1);
    assert_eq!(
        effects,
        [
            Effect::Withdraw {
                before: 2,
                overdue_too: false
            },
            Effect::TellThoseTold {
                cause: Cause::Acknowledged,
                version: 2
            }
        ]
    );
    assert_eq!(state.next_level_at, None);
    let (state, effects) = state.advance(&Policy::built_in(), at(9));
    assert!(effects.is_empty());
    assert_eq!(state.state(), State::Acknowledged);
}

#[test]
fn after_acknowledgement_only_a_broken_deadline_is_told() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, _) = observe(state, Transition::Acknowledged, 2, 1);
    let (state, effects) = observe(state, Transition::DueSoon, 3, 2);
    assert_eq!(told(&effects), []);
    let (_, effects) = observe(state, Transition::Overdue, 4, 3);
    assert_eq!(told(&effects), [(Cause::Overdue, 0)]);
}

#[test]
fn a_resolution_is_told_to_those_who_were_told() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, effects) = observe(state, Transition::Resolved, 2, 1);
    assert_eq!(
        effects,
        [
            Effect::Withdraw {
                before: 2,
                overdue_too: true
            },
            Effect::TellThoseTold {
                cause: Cause::Resolved,
                version: 2
            }
        ]
    );
    let (_, late) = observe(state, Transition::Overdue, 3, 5);
    assert_eq!(told(&late), []);
}

#[test]
fn an_opening_that_arrives_after_the_resolution_tells_nobody() {
    let (state, _) = observe(begin(), Transition::Resolved, 3, 1);
    let (state, effects) = observe(state, Transition::Opened, 1, 1);
    assert_eq!(told(&effects), []);
    assert_eq!(state.state(), State::Resolved);
}

#[test]
fn reopening_begins_a_round_of_its_own() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, _) = observe(state, Transition::Acknowledged, 2, 1);
    let (state, _) = observe(state, Transition::Resolved, 3, 2);
    let (state, effects) = observe(state, Transition::Reopened, 4, 10);
    assert_eq!(told(&effects), [(Cause::Reopened, 1)]);
    assert_eq!(state.next_level_at, Some(at(14)));
    assert_eq!(state.round, 4);
}

#[test]
fn handing_over_before_anybody_acknowledged_wins_no_time() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, effects) = observe(state, Transition::Other, 2, 3);
    assert_eq!(told(&effects), []);
    assert_eq!(state.next_level_at, Some(at(4)));
}

#[test]
fn an_acknowledgement_that_is_lost_in_a_hand_over_begins_again() {
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let (state, _) = observe(state, Transition::Acknowledged, 2, 1);
    let handed_over = observation(Transition::Other, 3, 2, false);
    let (state, effects) = state.observe(&handed_over, &Policy::built_in(), at(2));
    assert_eq!(told(&effects), [(Cause::Reopened, 1)]);
    assert_eq!(state.next_level_at, Some(at(6)));
}

#[test]
fn levels_missed_while_nobody_listened_are_reached_together() {
    let (_, effects) = observe(begin(), Transition::Opened, 1, 7);
    assert_eq!(told(&effects), [(Cause::Opened, 1), (Cause::Escalated, 2)]);
}

/// The built-in policy, changed.
fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::built_in();
    change(&mut policy);
    policy
}

fn hours(hours: u64) -> Delay {
    Delay::wall(Duration::from_secs(3600 * hours))
}

#[test]
fn a_level_is_told_again_until_somebody_acknowledges() {
    let repeating = policy(|policy| {
        policy.root.terms.levels[0].repeat = Some(Repeat {
            every: hours(1),
            at_most: 9,
        });
    });
    let first = observation(Transition::Opened, 1, 0, false);
    let (state, _) = begin().observe(&first, &repeating, at(0));
    let (state, effects) = state.advance(&repeating, at(2));
    assert_eq!(told(&effects), [(Cause::Opened, 1), (Cause::Opened, 1)]);
    assert_eq!(state.next_level_at, Some(at(3)));
    let taken_on = observation(Transition::Acknowledged, 2, 2, true);
    let (state, _) = state.observe(&taken_on, &repeating, at(2));
    let (_, effects) = state.advance(&repeating, at(8));
    assert_eq!(effects, []);
}

#[test]
fn a_level_that_waits_for_the_resolution_is_told_although_somebody_acknowledged() {
    let stern = policy(|policy| {
        policy.root.terms.levels.push(Level {
            while_open: true,
            ..Level::telling(hours(8), Recipient::Fallback, Channel::Email)
        });
    });
    let first = observation(Transition::Opened, 1, 0, false);
    let (state, _) = begin().observe(&first, &stern, at(0));
    let taken_on = observation(Transition::Acknowledged, 2, 1, true);
    let (state, _) = state.observe(&taken_on, &stern, at(1));
    assert_eq!(state.next_level_at, Some(at(8)));
    let (state, effects) = state.clone().advance(&stern, at(8));
    assert_eq!(told(&effects), [(Cause::Escalated, 3)]);
    assert_eq!(state.state(), State::Acknowledged);
    let resolved = observation(Transition::Resolved, 3, 2, true);
    let (state, _) = state.observe(&resolved, &stern, at(9));
    assert_eq!(state.next_level_at, None);
}

/// The built-in policy with a ticket that comes back two hours after nothing happens.
fn insistent() -> Policy {
    policy(|policy| policy.root.terms.comes_back = Some(hours(2)))
}

#[test]
fn an_acknowledged_ticket_comes_back_when_nothing_happens() {
    let policy = insistent();
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let taken_on = observation(Transition::Acknowledged, 2, 1, true);
    let (state, _) = state.observe(&taken_on, &policy, at(1));
    assert_eq!(state.next_level_at, Some(at(3)));
    let (state, early) = state.advance(&policy, at(2));
    assert_eq!(early, []);
    let (state, effects) = state.advance(&policy, at(3));
    assert_eq!(told(&effects), [(Cause::Unresolved, 1)]);
    assert_eq!(
        (state.state(), state.next_level_at),
        (State::Running, Some(at(7)))
    );
}

#[test]
fn what_somebody_does_with_a_ticket_that_came_back_wins_as_long_again() {
    let policy = insistent();
    let (state, _) = observe(begin(), Transition::Opened, 1, 0);
    let taken_on = observation(Transition::Acknowledged, 2, 1, true);
    let (state, _) = state.observe(&taken_on, &policy, at(1));
    let (state, _) = state.advance(&policy, at(3));
    let late = observation(Transition::Overdue, 3, 4, true);
    let (state, _) = state.observe(&late, &policy, at(4));
    assert_eq!(state.state(), State::Running, "the clock is nobody");
    let comment = observation(Transition::Other, 4, 5, true);
    let (state, effects) = state.observe(&comment, &policy, at(5));
    assert_eq!(
        effects,
        [
            Effect::Withdraw {
                before: 4,
                overdue_too: false
            },
            Effect::TellThoseTold {
                cause: Cause::Acknowledged,
                version: 4
            }
        ]
    );
    assert_eq!(
        (state.state(), state.next_level_at),
        (State::Acknowledged, Some(at(7)))
    );
    let (state, effects) = state.advance(&policy, at(7));
    assert_eq!(told(&effects), [(Cause::Unresolved, 1)]);
    let resolved = observation(Transition::Resolved, 5, 8, true);
    let (state, _) = state.observe(&resolved, &policy, at(8));
    assert_eq!(
        (state.state(), state.next_level_at),
        (State::Resolved, None)
    );
}

proptest! {
    /// Whatever the order, and however often each arrives: a ticket that was
    /// acknowledged and not taken back is never escalated afterwards, and the
    /// escalation ends in the same state.
    #[test]
    fn order_and_repetition_of_transitions_do_not_matter(
        order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
        repeats in proptest::collection::vec(0_usize..5, 0..6),
    ) {
        let life = [
            observation(Transition::Opened, 1, 0, false),
            observation(Transition::DueSoon, 2, 1, false),
            observation(Transition::Acknowledged, 3, 2, true),
            observation(Transition::Other, 4, 2, true),
            observation(Transition::Resolved, 5, 3, true),
        ];
        let policy = Policy::built_in();
        let mut state = begin();
        let mut ended = false;
        for index in order.into_iter().chain(repeats) {
            let (next, effects) = state.observe(&life[index], &policy, at(3));
            state = next;
            if ended {
                prop_assert_eq!(told(&effects), vec![]);
            }
            ended |= matches!(state.state(), State::Resolved);
        }
        prop_assert_eq!(state.state(), State::Resolved);
        prop_assert_eq!(state.version, 5);
        prop_assert_eq!(state.next_level_at, None);
        prop_assert_eq!(&state.ticket, &life[4].ticket);
    }

    /// Whenever the clock is looked at, the same is told in all, and each thing
    /// once: how often it is looked at does not matter.
    #[test]
    fn how_often_the_clock_is_looked_at_does_not_matter(
        looks in proptest::collection::btree_set(2_i64..60, 0..12),
        every in 1_u64..5, at_most in 1_u32..5, comes_back in 1_u64..9,
    ) {
        let policy = policy(|policy| {
            let terms = &mut policy.root.terms;
            terms.comes_back = Some(hours(comes_back));
            terms.levels[1].repeat = Some(Repeat { every: hours(every), at_most });
        });
        let (state, _) = observe(begin(), Transition::Opened, 1, 0);
        let taken_on = observation(Transition::Acknowledged, 2, 1, true);
        let (state, _) = state.observe(&taken_on, &policy, at(1));
        let (_, at_once) = state.clone().advance(&policy, at(60));
        let mut state = state;
        let mut bit_by_bit = Vec::new();
        for look in looks.into_iter().chain([60]) {
            let (next, effects) = state.advance(&policy, at(look));
            state = next;
            bit_by_bit.extend(effects);
        }
        prop_assert_eq!(at_once, bit_by_bit);
        prop_assert_eq!(state.next_level_at, None);
    }
}
