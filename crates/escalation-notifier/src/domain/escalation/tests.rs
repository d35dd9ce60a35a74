use std::time::Duration;

use proptest::prelude::*;

use super::*;

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
        [Effect::Withdraw {
            before: 2,
            overdue_too: false
        }]
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
            Effect::TellThoseTold { version: 2 }
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
}
