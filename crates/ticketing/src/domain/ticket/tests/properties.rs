//! The ledger partitions the ticket's life, whatever anybody does.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Move {
    Report(i64, Standing),
    Act(Act),
    Ring(usize),
}

fn moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let standing = prop_oneof![3 => Just(Standing::Open), 2 => Just(Standing::Cleared), 1 => Just(Standing::Retracted), 1 => Just(Standing::Exempt), 1 => Just(Standing::Shadow)];
    let step = prop_oneof![Just("check"), Just("tell"), Just("press")];
    let department = prop_oneof![Just("warehouse"), Just("logistics"), Just("finance")];
    let one = prop_oneof![
        3 => (1i64..40, standing).prop_map(|(version, standing)| Move::Report(version, standing)),
        2 => Just(Move::Act(Act::Acknowledge)),
        4 => step.prop_map(|step| Move::Act(complete(step))),
        3 => department.prop_map(|department| Move::Act(hand_over(department))),
        1 => Just(Move::Act(resolve())),
        1 => Just(Move::Act(Act::Comment)),
        2 => (0usize..2).prop_map(Move::Ring),
    ];
    // Microseconds between moves; now and then the clock steps back.
    let pause = prop_oneof![8 => 0i64..50_000_000_000, 1 => -1_000_000i64..0];
    prop::collection::vec((pause, one), 0..60)
}

/// What `Move` does, refusals left aside: they change nothing.
fn make(ticket: Ticket, next: Move, now: Instant) -> Decision {
    let unchanged = Decision {
        ticket: Some(ticket.clone()),
        effects: Vec::new(),
    };
    match next {
        Move::Report(version, standing) => hear(Some(ticket), report(version, standing), now),
        Move::Act(act) => try_act(&ticket, act, now).unwrap_or(unchanged),
        Move::Ring(index) => match ticket.timers().get(index) {
            Some(timer) => decide(Some(ticket), Command::Timer(*timer), now).unwrap(),
            None => unchanged,
        },
    }
}

fn assert_partitioned(ticket: &Ticket, now: Instant) {
    let end = ticket
        .resolution
        .as_ref()
        .map_or(now, |resolution| resolution.at);
    let entries = ticket.ledger.entries();
    assert_eq!(entries[0].from, ticket.opened_at);
    for pair in entries.windows(2) {
        assert_eq!(pair[0].to, Some(pair[1].from), "no gap, no overlap");
    }
    assert!(
        entries
            .iter()
            .all(|entry| entry.length(now) >= TimeDelta::zero())
    );
    let last = entries.last().unwrap();
    assert_eq!(
        last.to,
        ticket.resolution.as_ref().map(|resolution| resolution.at)
    );
    assert!(last.holder.is_some(), "a rest is never the last word");
    let total: TimeDelta = entries.iter().map(|entry| entry.length(now)).sum();
    assert_eq!(total, end - ticket.opened_at, "exact to the microsecond");
}

fn assert_consistent(ticket: &Ticket) {
    let active: Vec<usize> = (0..ticket.steps.len())
        .filter(|&index| matches!(ticket.steps[index], Progress::Active { .. }))
        .collect();
    match ticket.state() {
        State::Resolved => assert!(active.is_empty() && ticket.timers().is_empty()),
        State::Open | State::Acknowledged => assert_eq!(active, [ticket.current]),
    }
}

proptest! {
    #[test]
    fn the_ledger_partitions_the_life_of_every_ticket(history in moves()) {
        let mut now = at(0);
        let mut ticket = opened();
        let mut version = ticket.version;
        for (pause, next) in history {
            now += TimeDelta::microseconds(pause);
            let decision = make(ticket, next, now);
            for happening in &decision.effects {
                version += 1;
                prop_assert_eq!(happening.version, version);
            }
            ticket = decision.ticket.unwrap();
            prop_assert_eq!(ticket.version, version);
            assert_partitioned(&ticket, now.max(ticket.changed_at));
            assert_consistent(&ticket);
        }
    }

    #[test]
    fn reports_in_any_order_end_where_the_newest_says(
        (reports, shuffled) in prop::collection::vec(prop_oneof![Just(Standing::Open), Just(Standing::Cleared), Just(Standing::Exempt)], 1..8)
            .prop_map(|standings| (1i64..).zip(standings).collect::<Vec<_>>())
            .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
    ) {
        let mut ticket = None;
        for (version, standing) in shuffled.iter().chain(&shuffled) {
            ticket = hear(ticket, report(*version, *standing), at(0)).ticket;
        }
        let (newest, standing) = *reports.last().unwrap();
        let ticket = ticket.unwrap();
        prop_assert_eq!(ticket.exception.version, newest);
        prop_assert_eq!(ticket.state() == State::Resolved, standing != Standing::Open);
    }
}
