//! Tickets come back when whoever took them on wished so.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{at, begin, observation, told};
use crate::domain::{
    escalation::{Cause, Escalation, State},
    policy::{Policy, delay::Delay},
    ticket::{Observation, Transition},
};

/// Somebody takes it on at an hour, and perhaps wishes it to come back so many hours later.
fn taken_on(version: i64, hours: i64, wish: Option<i64>) -> Observation {
    Observation {
        come_back: wish.map(TimeDelta::hours),
        ..observation(Transition::Acknowledged, version, hours, true)
    }
}

fn touched(version: i64, hours: i64) -> Observation {
    observation(Transition::Other, version, hours, true)
}

/// The built-in policy, by which a ticket comes back after so many hours without anybody doing
/// anything.
fn policy(hours: Option<u64>) -> Policy {
    let mut policy = Policy::built_in();
    let wait = hours.map(|hours| std::time::Duration::from_secs(hours * 3_600));
    policy.root.terms.comes_back = wait.map(Delay::wall);
    policy
}

fn after(policy: &Policy, observations: &[Observation]) -> Escalation {
    observations.iter().fold(begin(), |state, observation| {
        state.observe(observation, policy, observation.at).0
    })
}

#[test]
fn it_comes_back_when_they_wished_whatever_is_done_with_it_meanwhile() {
    let policy = policy(Some(1));
    let state = after(&policy, &[taken_on(2, 1, Some(2)), touched(3, 2)]);
    assert_eq!(state.next_level_at, Some(at(3)));
    assert!(state.returns(&policy).is_some_and(|it| it.is_wished));
    let (state, effects) = state.advance(&policy, at(3));
    assert_eq!(told(&effects), [(Cause::Unresolved, 1)]);
    assert_eq!(state.state(), State::Running);
    // A wish is for one time: from then on the policy says.
    let (state, _) = state.observe(&touched(4, 4), &policy, at(4));
    assert_eq!(state.next_level_at, Some(at(5)));
    assert!(state.returns(&policy).is_some_and(|it| !it.is_wished));
}

#[test]
fn a_wish_ends_with_the_ticket_and_with_whoever_had_it() {
    let policy = policy(None);
    let taken = [taken_on(2, 1, Some(2))];
    let resolved = observation(Transition::Resolved, 3, 2, true);
    let (state, _) = after(&policy, &taken).observe(&resolved, &policy, at(2));
    assert_eq!(
        (state.state(), state.next_level_at),
        (State::Resolved, None)
    );
    // Somebody else has to take it on, and wishes nothing.
    let handed_over = observation(Transition::Other, 3, 2, false);
    let again = [taken[0].clone(), handed_over, taken_on(4, 2, None)];
    assert_eq!(after(&policy, &again).next_level_at, None);
}

proptest! {
    /// Whatever order transitions come in, a ticket comes back at the same instant.
    #[test]
    fn a_wish_does_not_depend_on_the_order_of_transitions(
        wishes in prop::collection::vec(prop::option::of(1_i64..9), 1..4), seed in any::<prop::sample::Index>(),
    ) {
        let policy = policy(Some(50));
        let observations: Vec<Observation> = (2_i64..)
            .zip(&wishes)
            .map(|(version, wish)| taken_on(version, 1, *wish))
            .collect();
        let mut mixed = observations.clone();
        mixed.rotate_left(seed.index(observations.len()));
        let returns = |observations: &[Observation]| after(&policy, observations).returns(&policy);
        prop_assert_eq!(returns(&observations), returns(&mixed));
        let last = wishes.last().copied().flatten();
        prop_assert_eq!(returns(&mixed).map(|it| it.at), Some(at(1 + last.unwrap_or(50))));
    }
}
