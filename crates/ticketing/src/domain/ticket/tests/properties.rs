//! The ledger partitions the ticket's life, whatever anybody does.

use proptest::prelude::*;

use super::*;
use crate::domain::breach::Breach;

/// Branches, a loop, a step that always has to be done, promises for the whole, and machines that
/// work on some of it.
const WINDING: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: winding }
spec:
  sla: { response: 20m, resolution: 6h }
  pauses: [{ reason: customer, atMost: 3h }]
  handOver: { answerWithin: 40m }
  steps:
    - { name: a, title: { en: A }, department: warehouse, expected: 1h, outcomes: [{ name: x, next: [b, c] }, { name: y, next: [d] }, { name: z, next: [a] }] }
    - { name: b, title: { en: B }, department: logistics, expected: 2h, mandatory: false, automation: { webhook: { endpoint: desk }, atMost: 50m }, outcomes: [{ name: x, next: [d] }] }
    - { name: c, title: { en: C }, department: finance, expected: 30m, outcomes: [{ name: x, next: [d] }, { name: y, next: [] }] }
    - { name: d, title: { en: D }, department: warehouse, expected: 1h, joins: true, doneWhen: has(order.shipped_at) }
    - { name: e, title: { en: E }, department: customer-service, expected: 1h, mandatory: always, automation: { wait: { until: has(order.cancelled_at) }, atMost: 3h } }
";

#[derive(Debug, Clone)]
enum Move {
    Report(i64, Standing),
    Act(Act),
    /// Automation of a step answers, or of an earlier turn of it.
    Answer(usize, Result<&'static str, &'static str>, bool),
    /// Facts say that a step is done, or an earlier turn of it.
    Facts(usize, bool),
    /// The service gives a step to somebody of the department that has it, or had it before.
    Assign(usize, &'static str, bool),
    Wake,
}

fn moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let standing = prop_oneof![3 => Just(Standing::Open), 2 => Just(Standing::Cleared), 1 => Just(Standing::Retracted), 1 => Just(Standing::Exempt), 1 => Just(Standing::Shadow)];
    let step = prop_oneof![Just("a"), Just("b"), Just("c"), Just("d"), Just("e")];
    let outcome = prop_oneof![4 => Just("x"), 1 => Just("y"), 1 => Just("z"), 2 => Just("")];
    let department = prop_oneof![Just("warehouse"), Just("logistics"), Just("finance")];
    let named = prop::option::of(step.clone().prop_map(str::to_owned));
    let one = prop_oneof![
        3 => (1i64..40, standing).prop_map(|(version, standing)| Move::Report(version, standing)),
        6 => (step.clone(), outcome).prop_map(|(step, outcome)| Move::Act(ending(step, outcome))),
        3 => (named.clone(), department).prop_map(|(step, department)| Move::Act(Act::HandOver {
            step,
            to: Holder::new(department, "").unwrap(),
            reason: "not ours".into(),
        })),
        3 => named.clone().prop_map(|step| Move::Act(Act::Accept { step })),
        1 => named.clone().prop_map(|step| Move::Act(Act::Reject { step, reason: "no".into() })),
        1 => named.clone().prop_map(|step| Move::Act(Act::Claim { step })),
        1 => (named, any::<bool>()).prop_map(|(step, must_take)| Move::Act(Act::Arbitrate {
            step,
            must_take,
            reason: "so".into(),
        })),
        1 => step.prop_map(|step| Move::Act(Act::Skip { step: step.into(), reason: "no".into() })),
        2 => Just(Move::Act(Act::Pause { reason: "customer".into() })),
        1 => Just(Move::Act(Act::Resume)),
        1 => any::<bool>().prop_map(|past_mandatory| Move::Act(Act::Resolve {
            reason: "settled".into(),
            past_mandatory,
        })),
        1 => Just(Move::Act(Act::Comment)),
        4 => (0..5usize, prop_oneof![Just(Ok("x")), Just(Ok("")), Just(Ok("?")), Just(Err("no"))], prop::bool::weighted(0.2))
            .prop_map(|(step, answer, stale)| Move::Answer(step, answer, stale)),
        2 => (0..5usize, prop::bool::weighted(0.2)).prop_map(|(step, stale)| Move::Facts(step, stale)),
        3 => (0..5usize, prop_oneof![Just("zhao"), Just("chen"), Just("")], prop::bool::weighted(0.2))
            .prop_map(|(step, to, stale)| Move::Assign(step, to, stale)),
        2 => Just(Move::Wake),
    ];
    // Microseconds between moves; now and then the clock steps back.
    let pause = prop_oneof![8 => 0i64..5_000_000_000, 1 => -1_000_000i64..0];
    prop::collection::vec((pause, one), 0..60)
}

/// What `Move` does, by somebody who may do everything; refusals left aside: they change nothing.
fn make(ticket: Ticket, next: Move, now: Instant) -> Decision {
    let unchanged = Decision {
        ticket: Some(ticket.clone()),
        effects: Vec::new(),
    };
    match next {
        Move::Report(version, standing) => hear(Some(ticket), report(version, standing), now),
        Move::Act(act) => try_act_in(office(), &ticket, "sun", act, now).unwrap_or(unchanged),
        Move::Answer(step, answer, stale) => {
            let call = Call {
                ticket: ticket.id,
                step: ticket.sop.steps[step].name.clone(),
                turn: turn_of(&ticket, step, stale),
            };
            let answer = answer.map_err(str::to_owned).map(|outcome| Answer {
                outcome: outcome.to_owned(),
                ..Answer::default()
            });
            tell(ticket, Command::Answered { call, answer }, now)
        }
        Move::Facts(step, stale) => {
            let met = Awaited {
                step: ticket.sop.steps[step].name.clone(),
                turn: turn_of(&ticket, step, stale),
                condition: ticket.sop.steps[step].conditions().collect(),
            };
            tell(ticket, Command::Met(met), now)
        }
        Move::Assign(step, to, stale) => {
            let holder = ticket.steps[step].active().map(|active| &active.holder);
            let from = holder.filter(|_| !stale).cloned();
            let from = from.unwrap_or_else(|| Holder::new("finance", "nobody").unwrap());
            let command = Command::Assign {
                step,
                to: Holder::new(from.department(), to).unwrap(),
                from,
                reason: "has least to do".to_owned(),
            };
            tell(ticket, command, now)
        }
        Move::Wake => wake(&ticket, now),
    }
}

fn turn_of(ticket: &Ticket, step: usize, stale: bool) -> i64 {
    let turn = ticket.steps[step].active().map(|active| active.turn);
    turn.filter(|_| !stale).unwrap_or(-1)
}

/// What is not said by a person is never refused.
fn tell(ticket: Ticket, command: Command, now: Instant) -> Decision {
    decide(Some(ticket), command, office(), now).unwrap()
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
    let first = ticket.active().next();
    match (ticket.state(), first) {
        (State::Resolved, first) => {
            assert!(first.is_none(), "nothing is worked on");
            assert!(ticket.timers().is_empty(), "nothing runs");
        }
        (_, Some((step, active))) => {
            assert_eq!(step, ticket.current);
            assert_eq!(ticket.ledger.holder(), Some(&active.holder));
        }
        (state, None) => panic!("{state:?}, and nobody has anything to do"),
    }
    let paused = ticket.ledger.entries().last().unwrap().pause.is_some();
    assert_eq!(
        paused && ticket.resolution.is_none(),
        ticket.pause.is_some()
    );
    for (_, active) in ticket.active() {
        let own = active.deadline.clock.due_at().is_some();
        assert!(
            !own || !active.is_automated(),
            "nobody is timed for a machine"
        );
        assert_eq!(active.gives_up_at().is_some(), active.is_automated());
    }
    let runs = ticket.due_at().is_some();
    assert!(
        !runs || ticket.pause.is_none(),
        "no step's clock runs in a pause"
    );
}

/// No deadline is missed twice, and none before its time.
fn assert_missed_once(breaches: &[(Breach, Instant)]) {
    for (index, (breach, told_at)) in breaches.iter().enumerate() {
        assert!(*told_at >= breach.due_at);
        let same = |(other, _): &(Breach, Instant)| {
            (other.promise, &other.step, other.due_at)
                == (breach.promise, &breach.step, breach.due_at)
        };
        assert!(!breaches[..index].iter().any(same), "{breach:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_ledger_partitions_the_life_of_every_ticket(history in moves()) {
        let mut now = at(0);
        let mut ticket = opened_under(WINDING);
        let mut version = ticket.version;
        let mut breaches = Vec::new();
        for (pause, next) in history {
            now += TimeDelta::microseconds(pause);
            let decision = make(ticket, next, now);
            for happening in &decision.effects {
                version += 1;
                prop_assert_eq!(happening.version, version);
                breaches.extend(happening.breach.clone().map(|it| (it, happening.at)));
            }
            ticket = decision.ticket.unwrap();
            prop_assert_eq!(ticket.version, version);
            assert_partitioned(&ticket, now.max(ticket.changed_at));
            assert_consistent(&ticket);
        }
        assert_missed_once(&breaches);
    }

    /// Whether a ticket is woken at every instant of its own or only when somebody comes, the
    /// same happens to it, at the same instants.
    #[test]
    fn it_does_not_matter_when_a_ticket_is_woken(history in moves()) {
        let (mut punctual, mut late) = (opened_under(WINDING), opened_under(WINDING));
        let (mut told, mut told_late) = (Vec::new(), Vec::new());
        let mut now = at(0);
        for (pause, next) in history {
            now += TimeDelta::microseconds(pause.max(0));
            while let Some(due) = punctual.next_timer().filter(|due| *due <= now) {
                let decision = wake(&punctual, due);
                told.extend(decision.effects);
                punctual = decision.ticket.unwrap();
            }
            let decision = make(punctual, next.clone(), now);
            told.extend(decision.effects);
            punctual = decision.ticket.unwrap();
            // Only acts that are allowed bring the late one up to date.
            let decision = make(late, next, now);
            told_late.extend(decision.effects);
            late = decision.ticket.unwrap();
        }
        now += TimeDelta::days(30);
        while let Some(due) = punctual.next_timer().filter(|due| *due <= now) {
            let decision = wake(&punctual, due);
            told.extend(decision.effects);
            punctual = decision.ticket.unwrap();
        }
        let decision = wake(&late, now);
        told_late.extend(decision.effects);
        let happened = |told: &[Happening]| -> Vec<_> {
            told.iter()
                .filter(|it| it.transition != Transition::DueSoon)
                .map(|it| (it.transition, it.at, it.breach.clone()))
                .collect()
        };
        prop_assert_eq!(happened(&told), happened(&told_late));
        let late = decision.ticket.unwrap();
        prop_assert_eq!(punctual.ledger, late.ledger);
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
