//! Steps that are worked on without a person: answers, facts, failures, and what comes too late.

use super::*;
use crate::domain::{breach::Promise, field::Filled, step::Underway};

const SELF_DRIVING: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: payment-mismatch }
spec:
  sla: { response: 30m, resolution: 1d }
  pauses: [{ reason: bank, atMost: 2h }]
  reminders: { within: always }
  steps:
    - name: reconcile
      title: { en: Reconcile }
      department: finance
      assignee: li
      expected: 2h
      automation: { webhook: { endpoint: payment-desk }, atMost: 1h }
      fields: [{ name: difference, kind: number, required: true }]
      outcomes: [{ name: settled, next: [await-booking] }, { name: unclear, next: [look] }, { name: again, next: [reconcile] }]
    - name: await-booking
      title: { en: Await the booking }
      department: finance
      expected: 1h
      automation: { wait: { until: has(order.payment_settled_at) }, atMost: 6h }
      outcomes: [{ name: booked, next: [] }]
    - name: look
      title: { en: Look }
      department: finance
      expected: 3h
      doneWhen: has(order.cancelled_at)
";

fn opened() -> Ticket {
    opened_under(SELF_DRIVING)
}

fn call(ticket: &Ticket) -> Call {
    ticket.calls().next().unwrap()
}

fn answer(ticket: &Ticket, call: &Call, outcome: &str, now: Instant) -> Decision {
    let answer = Answer {
        outcome: outcome.to_owned(),
        fields: BTreeMap::from([("difference".to_owned(), "3".to_owned())]),
    };
    hear_answer(ticket, call, Ok(answer), now)
}

fn hear_answer(
    ticket: &Ticket,
    call: &Call,
    answer: Result<Answer, String>,
    now: Instant,
) -> Decision {
    let command = Command::Answered {
        call: call.clone(),
        answer,
    };
    decide(Some(ticket.clone()), command, &Office::default(), now).unwrap()
}

fn meet(ticket: &Ticket, awaited: Awaited, now: Instant) -> Decision {
    let command = Command::Met(awaited);
    decide(Some(ticket.clone()), command, &Office::default(), now).unwrap()
}

fn awaited(ticket: &Ticket) -> Awaited {
    ticket.awaited().next().unwrap()
}

#[test]
fn an_answer_picks_the_way_and_facts_end_it_so_that_nobody_has_acted() {
    let ticket = opened();
    assert_eq!(
        ticket.holder().assignee(),
        "li",
        "who answers for it meanwhile"
    );
    let decision = answer(&ticket, &call(&ticket), "settled", at(1));
    assert_eq!(
        decision.effects[0].reason,
        "step reconcile is done: settled (webhook payment-desk)"
    );
    let ticket = decision.ticket.unwrap();
    assert_eq!(worked_on(&ticket), ["await-booking"]);
    assert_eq!(ticket.calls().count(), 0, "a wait calls nobody");
    let decision = meet(&ticket, awaited(&ticket), at(90));
    let resolution = decision.ticket.unwrap().resolution.unwrap();
    assert!(resolution.automatic);
    assert_eq!(resolution.by, "ticketing");
}

#[test]
fn while_automation_works_nobody_is_late_and_nobody_is_reminded() {
    let ticket = opened();
    assert!(ticket.is_automated());
    assert_eq!(ticket.due_at(), None);
    let woken = wake(&ticket, at(59));
    assert_eq!(transitions(&woken), []);
    assert!(woken.ticket.unwrap().calls().next().is_some());
}

#[test]
fn a_failure_gives_the_step_to_its_holder_whose_clocks_begin_then() {
    let ticket = opened();
    let decision = hear_answer(
        &ticket,
        &call(&ticket),
        Err("it answered 422".into()),
        at(10),
    );
    let [failed] = &decision.effects[..] else {
        panic!("{:?}", decision.effects)
    };
    assert_eq!(failed.transition, Transition::AutomationFailed);
    assert_eq!(
        failed.reason,
        "step reconcile is for its holder: it answered 422"
    );
    assert!(!failed.snapshot.acknowledged, "somebody has to take it up");
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.due_at(), Some(at(130)));
    assert_eq!(ticket.calls().count(), 0);
    let late = wake(&ticket, at(131));
    let breaches: Vec<_> = late
        .effects
        .iter()
        .filter_map(|it| Some((it.breach.as_ref()?.promise, it.at)))
        .collect();
    assert_eq!(
        breaches,
        [(Promise::Response, at(40)), (Promise::Step, at(130))]
    );
    assert_eq!(ticket.ledger.entries().len(), 1, "li answers all along");
}

#[test]
fn what_takes_too_long_is_given_up_at_its_instant_whenever_the_service_looks() {
    let decision = wake(&opened(), at(500));
    let failed = &decision.effects[0];
    assert_eq!(
        (failed.transition, failed.at),
        (Transition::AutomationFailed, at(60))
    );
    assert!(failed.reason.ends_with("nothing came of it within 1h"));
}

#[test]
fn an_answer_that_cannot_be_taken_is_a_failure_that_says_why() {
    let ticket = opened();
    let told = |outcome: &str, fields: Filled| {
        let answer = Answer {
            outcome: outcome.to_owned(),
            fields,
        };
        let decision = hear_answer(&ticket, &call(&ticket), Ok(answer), at(1));
        assert_eq!(transitions(&decision), [Transition::AutomationFailed]);
        decision.effects[0].reason.clone()
    };
    let unknown = told("setled", [("difference".into(), "1".into())].into());
    assert!(unknown.contains("cannot end in `setled`; it ends in one of settled, unclear, again"));
    assert!(told("", BTreeMap::new()).contains("field `difference` must be filled in"));
    assert!(told("settled", [("difference".into(), "much".into())].into()).contains("a number"));
}

#[test]
fn an_answer_that_comes_twice_or_after_a_person_changes_nothing_and_is_told() {
    let ticket = opened();
    let call = call(&ticket);
    let settled = answer(&ticket, &call, "settled", at(1)).ticket.unwrap();
    let twice = answer(&settled, &call, "settled", at(2));
    assert_eq!(transitions(&twice), [Transition::AutomationIgnored]);
    assert_eq!(
        twice.effects[0].reason,
        "the automation of step reconcile said settled, but it was done by ticketing"
    );
    let by_hand = act(
        &ticket,
        Act::Complete {
            step: "reconcile".into(),
            outcome: "unclear".into(),
            fields: [("difference".to_owned(), "1".to_owned())].into(),
        },
        at(1),
    );
    let by_hand = by_hand.ticket.unwrap();
    let late = answer(&by_hand, &call, "settled", at(2));
    assert!(late.effects[0].reason.ends_with("it was done by wang"));
    let after = late.ticket.unwrap();
    assert_eq!(after.steps, by_hand.steps);
    assert_eq!(after.ledger, by_hand.ledger);
}

#[test]
fn what_is_halted_is_not_called_and_goes_on_as_the_same_call() {
    let ticket = opened();
    let call = call(&ticket);
    let over = hear(Some(ticket), report(2, Standing::Cleared), at(20));
    let over = over.ticket.unwrap();
    assert_eq!((over.calls().count(), over.awaited().count()), (0, 0));
    let late = answer(&over, &call, "settled", at(21)).ticket.unwrap();
    assert_eq!(late.state(), State::Resolved);
    let back = hear(Some(late), report(3, Standing::Open), at(30));
    let back = back.ticket.unwrap();
    assert_eq!(back.calls().collect::<Vec<_>>(), [call]);
    let given_up = wake(&back, at(500));
    assert_eq!(
        given_up.effects[0].at,
        at(70),
        "20 minutes were used before"
    );
}

#[test]
fn a_step_that_comes_again_is_another_call() {
    let ticket = opened();
    let first = call(&ticket);
    let again = answer(&ticket, &first, "again", at(1)).ticket.unwrap();
    let second = call(&again);
    assert_ne!(first.id(), second.id());
    let late = answer(&again, &first, "settled", at(2));
    assert_eq!(transitions(&late), [Transition::AutomationIgnored]);
}

#[test]
fn facts_end_a_step_of_a_person_and_one_whose_wait_was_too_long() {
    let ticket = opened();
    let look = answer(&ticket, &call(&ticket), "unclear", at(1))
        .ticket
        .unwrap();
    assert!(!look.is_automated());
    let done = meet(&look, awaited(&look), at(5)).ticket.unwrap();
    assert_eq!(done.state(), State::Resolved);
    let waiting = answer(&ticket, &call(&ticket), "settled", at(1))
        .ticket
        .unwrap();
    let given_up = wake(&waiting, at(400)).ticket.unwrap();
    assert!(matches!(
        given_up.steps[1].active().unwrap().automation,
        Some(Underway::Failed { .. })
    ));
    let late = meet(&given_up, awaited(&given_up), at(401)).ticket.unwrap();
    assert_eq!(late.state(), State::Resolved);
}

#[test]
fn facts_about_an_earlier_turn_change_nothing() {
    let ticket = opened();
    let look = answer(&ticket, &call(&ticket), "unclear", at(1))
        .ticket
        .unwrap();
    let met = Awaited {
        turn: 0,
        ..awaited(&look)
    };
    let decision = meet(&look, met, at(5));
    assert_eq!(transitions(&decision), []);
    assert_eq!(decision.ticket.unwrap(), look);
}

#[test]
fn a_pause_stops_people_and_a_step_that_failed_meanwhile_starts_with_them() {
    let ticket = opened();
    let pause = Act::Pause {
        reason: "bank".into(),
    };
    let paused = act(&ticket, pause, at(10)).ticket.unwrap();
    let failed = hear_answer(&paused, &call(&paused), Err("no".into()), at(20));
    let failed = failed.ticket.unwrap();
    assert_eq!(failed.due_at(), None);
    let resumed = act(&failed, Act::Resume, at(50)).ticket.unwrap();
    assert_eq!(resumed.due_at(), Some(at(170)));
}

#[test]
fn a_version_without_the_automation_leaves_the_step_to_its_holder() {
    let by_people = SELF_DRIVING.replace(
        "automation: { webhook: { endpoint: payment-desk }, atMost: 1h }",
        "mandatory: true",
    );
    let command = Command::Migrate {
        person: Person::try_from("sun".to_owned()).unwrap(),
        seen: None,
        sop: read(&by_people),
        deadlines: false,
        reason: "agreed".into(),
    };
    let decision = decide(Some(opened()), command, office(), at(5)).unwrap();
    assert_eq!(
        transitions(&decision),
        [Transition::Migrated, Transition::AutomationFailed]
    );
    assert_eq!(decision.ticket.unwrap().due_at(), Some(at(125)));
}
