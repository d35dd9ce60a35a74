use proptest::prelude::*;

use super::*;

/// Longest that a request takes, in milliseconds; a sender that died is waited for as long.
const TIMEOUT: u64 = 30_000;

/// A message of the simulation, in milliseconds of its clock.
#[derive(Debug, Clone, Copy)]
struct Sent {
    begun: u64,
    arrived: u64,
    ended: u64,
}

/// What happens at one instant: how long after the one before, what is to be sent, and how long
/// each message takes to arrive and to be answered.
#[derive(Debug, Clone)]
struct Step {
    after: u64,
    pace: Pace,
    latencies: Vec<(u64, u64)>,
}

fn step() -> impl Strategy<Value = Step> {
    let latency =
        (0..=TIMEOUT, 0..=TIMEOUT).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let latencies = proptest::collection::vec(latency, 0..30);
    let pace = prop_oneof![Just(Pace::Urgent), Just(Pace::Ordinary)];
    (0_u64..9_000, pace, latencies).prop_map(|(after, pace, latencies)| Step {
        after,
        pace,
        latencies,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a simulation ends within a day")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1_000.0
}

/// The bucket at an instant: of what has not ended yet, only the latest end is known.
fn bucket(sent: &[Sent], tokens: f64, now: u64) -> Bucket {
    let ended_ago = sent.iter().map(|it| {
        let known = if it.ended <= now {
            it.ended
        } else {
            it.begun + TIMEOUT
        };
        seconds(now) - seconds(known)
    });
    Bucket {
        tokens,
        rest: Duration::ZERO,
        ended_ago: ended_ago.collect(),
    }
}

fn budgets() -> Vec<Vec<(u32, Duration)>> {
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    vec![
        vec![(20, minute)],
        vec![(5, second), (100, minute)],
        vec![(1, second)],
        vec![(1, minute)],
        vec![(3, minute)],
        vec![(120, minute)],
    ]
}

proptest! {
    #[test]
    fn no_window_of_the_vendor_sees_more_than_it_allows(
        steps in proptest::collection::vec(step(), 1..60), which in 0_usize..6,
    ) {
        let windows = budgets().swap_remove(which);
        let budget = Budget::within(&windows).unwrap();
        let (mut now, mut sent) = (0, Vec::<Sent>::new());
        for Step { after, pace, latencies } in steps {
            now += after;
            // However many tokens there are, the windows hold.
            let free = budget.messages(&bucket(&sent, 1e9, now), pace);
            for (arrives, ends) in latencies.into_iter().take(free as usize) {
                sent.push(Sent { begun: now, arrived: now + arrives, ended: now + ends });
            }
        }
        let mut arrivals: Vec<u64> = sent.iter().map(|it| it.arrived).collect();
        arrivals.sort_unstable();
        for (most, window) in windows {
            let window = u64::try_from(window.as_millis()).unwrap();
            for (first, begin) in arrivals.iter().enumerate() {
                let seen = arrivals[first..].iter().take_while(|at| **at - begin < window).count();
                prop_assert!(seen <= most as usize, "{seen} of {most}");
            }
        }
    }

    #[test]
    fn after_the_wait_that_is_told_something_may_go(
        ago in proptest::collection::vec(0.0_f64..70.0, 0..130), tokens in 0.0_f64..5.0,
        which in 0_usize..6, is_urgent: bool,
    ) {
        let budget = Budget::within(&budgets()[which]).unwrap();
        let pace = if is_urgent { Pace::Urgent } else { Pace::Ordinary };
        let bucket = Bucket { tokens, rest: Duration::ZERO, ended_ago: ago };
        let wait = budget.until(&bucket, pace).as_secs_f64() + 1e-6;
        let later = Bucket {
            tokens: bucket.tokens + wait * budget.rate,
            ended_ago: bucket.ended_ago.iter().map(|ago| ago + wait).collect(),
            ..bucket
        };
        prop_assert!(budget.messages(&later, pace) > 0);
    }
}

#[test]
fn a_quarter_of_each_window_is_kept_for_what_is_urgent() {
    let budget = Budget::within(&[(20, Duration::from_secs(60))]).unwrap();
    let bucket = Bucket {
        tokens: budget.burst,
        ended_ago: vec![1.0; 15],
        ..Bucket::default()
    };
    assert_eq!(budget.messages(&bucket, Pace::Ordinary), 0);
    assert_eq!(budget.messages(&bucket, Pace::Urgent), 5);
}

#[test]
fn what_is_ordinary_is_spread_over_the_window() {
    let budget = Budget::within(&[(20, Duration::from_secs(60))]).unwrap();
    let full = Bucket {
        tokens: budget.burst,
        ..Bucket::default()
    };
    assert_eq!(budget.messages(&full, Pace::Ordinary), 5);
    let spent = Bucket {
        tokens: 0.0,
        ..Bucket::default()
    };
    assert_eq!(budget.messages(&spent, Pace::Ordinary), 0);
    assert_eq!(budget.until(&spent, Pace::Ordinary), Duration::from_secs(4));
}

#[test]
fn a_robot_that_rests_sends_nothing() {
    let budget = Budget::within(&[(20, Duration::from_secs(60))]).unwrap();
    let bucket = Bucket {
        tokens: 5.0,
        rest: Duration::from_secs(9),
        ended_ago: Vec::new(),
    };
    for pace in [Pace::Urgent, Pace::Ordinary] {
        assert_eq!(budget.messages(&bucket, pace), 0);
        assert_eq!(budget.until(&bucket, pace), Duration::from_secs(9));
    }
}

#[test]
fn whoever_states_no_limit_has_no_budget() {
    assert_eq!(Budget::within(&[]), None);
}

#[test]
fn what_nobody_can_send_is_not_counted() {
    let budget = Budget::within(&[(1_000_000, Duration::from_secs(60))]).unwrap();
    let bucket = Bucket {
        tokens: budget.burst,
        ..Bucket::default()
    };
    assert_eq!(budget.longest(), None);
    assert_eq!(budget.messages(&bucket, Pace::Urgent), u32::MAX);
    assert_eq!(budget.messages(&bucket, Pace::Ordinary), 250_000);
}
