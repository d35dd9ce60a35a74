//! Judgement: what is said, in which words, and that nothing depends on how the facts came.

mod arrival;

use crate::support::{at, fact, instant, rule_set, view};
use order::{EntityKind, Fact, SourceId, Systems, Timestamp, Value};
use rule_engine::{Cause, Effective, Judgement, Kind, Late, RuleSet, Spoken, State, judge};

/// Paid, and not handed over within an hour.
const LATE: &str = "elapsed(order.paid_at) > duration(\"1h\") && \
    !shipments.exists(s, has(s.handed_over_at))";

fn paid(revision: i64, minutes: i64) -> Fact {
    fact(
        EntityKind::Order,
        "o-1",
        revision,
        [("paid_at", instant(minutes))],
    )
}

fn handed_over(id: &str, revision: i64, minutes: i64) -> Fact {
    fact(
        EntityKind::Shipment,
        id,
        revision,
        [("handed_over_at", instant(minutes))],
    )
}

fn through(minutes: i64) -> Effective {
    Effective {
        at: at(minutes),
        late: Vec::new(),
    }
}

fn judged(
    rule_set: &RuleSet,
    facts: &[Fact],
    effective: &Effective,
    spoken: &[Spoken],
) -> Judgement {
    judge(
        rule_set,
        &view(rule_set, facts),
        |_| effective,
        spoken,
        at(10_000),
    )
}

fn kinds(judgement: &Judgement) -> Vec<(Kind, State)> {
    judgement
        .transitions
        .iter()
        .map(|said| (said.kind, said.exception.state))
        .collect()
}

fn gate() -> Systems {
    rule_set(&[LATE]).unwrap().rules()[0].gate()
}

#[test]
fn an_exception_opens_past_its_instant_and_not_at_it() {
    let rules = rule_set(&[LATE]).unwrap();
    let before = judged(&rules, &[paid(1, 0)], &through(60), &[]);
    assert_eq!(before.transitions, []);
    assert_eq!(before.timers, [(gate(), at(60))]);
    let just_past = Effective {
        at: Timestamp::from_micros(at(60).micros() + 1),
        late: Vec::new(),
    };
    let after = judged(&rules, &[paid(1, 0)], &just_past, &before.spoken);
    assert_eq!(kinds(&after), [(Kind::Opened, State::Open)]);
    assert_eq!(after.transitions[0].exception.opened_at, at(60));
    assert_eq!(after.timers, []);
}

#[test]
fn it_clears_at_the_event_that_ends_it_and_keeps_its_handle() {
    let rules = rule_set(&[LATE]).unwrap();
    let opened = judged(&rules, &[paid(1, 0)], &through(70), &[]);
    let facts = [paid(1, 0), handed_over("s", 1, 80)];
    let cleared = judged(&rules, &facts, &through(80), &opened.spoken);
    assert_eq!(kinds(&cleared), [(Kind::Cleared, State::Cleared)]);
    let exception = &cleared.transitions[0].exception;
    assert_eq!((exception.id, exception.version), (opened.spoken[0].id, 2));
    assert_eq!(exception.cleared_at, Some(at(80)));
    assert!(!exception.retroactive);
    let again = judged(&rules, &facts, &through(200), &cleared.spoken);
    assert_eq!(
        (again.transitions.len(), &again.spoken),
        (0, &cleared.spoken)
    );
}

#[test]
fn what_was_over_before_it_could_be_known_is_retroactive() {
    let rules = rule_set(&[LATE]).unwrap();
    let facts = [paid(1, 0), handed_over("s", 1, 80)];
    let judgement = judged(&rules, &facts, &through(500), &[]);
    assert_eq!(kinds(&judgement), [(Kind::Cleared, State::Cleared)]);
    assert!(judgement.spoken[0].retroactive);
}

#[test]
fn a_late_fact_retracts_and_a_later_revision_revives_the_same_exception() {
    let rules = rule_set(&[LATE]).unwrap();
    let opened = judged(&rules, &[paid(1, 0)], &through(100), &[]);
    let facts = [paid(1, 0), handed_over("s", 1, 30)];
    let retracted = judged(&rules, &facts, &through(100), &opened.spoken);
    assert_eq!(kinds(&retracted), [(Kind::Retracted, State::Retracted)]);
    let facts = [paid(1, 0), handed_over("s", 2, 90)];
    let revived = judged(&rules, &facts, &through(100), &retracted.spoken);
    assert_eq!(kinds(&revived), [(Kind::Cleared, State::Cleared)]);
    let exception = &revived.spoken[0];
    assert_eq!((exception.id, exception.version), (opened.spoken[0].id, 3));
    assert_eq!(revived.spoken.len(), 1);
}

/// True between one event and the next, by the amount of refunds asked for.
const PAIRS: &str = "refunds.filter(r, has(r.requested_at)).size() % 2 == 1";

fn refunds(minutes: &[i64]) -> Vec<Fact> {
    let refund = |(index, minutes): (usize, &i64)| {
        fact(
            EntityKind::Refund,
            &format!("{index}"),
            1,
            [("requested_at", instant(*minutes))],
        )
    };
    minutes.iter().enumerate().map(refund).collect()
}

#[test]
fn an_exception_that_falls_apart_leaves_its_handle_to_the_first_part() {
    let rules = rule_set(&[PAIRS]).unwrap();
    let whole = judged(&rules, &refunds(&[10, 90]), &through(100), &[]);
    let parts = judged(
        &rules,
        &refunds(&[10, 30, 50, 90]),
        &through(100),
        &whole.spoken,
    );
    assert_eq!(
        kinds(&parts),
        [
            (Kind::Updated, State::Cleared),
            (Kind::Cleared, State::Cleared)
        ]
    );
    assert_eq!(parts.spoken[0].id, whole.spoken[0].id);
    assert_ne!(parts.spoken[1].id, whole.spoken[0].id);
}

#[test]
fn of_two_that_grow_together_the_earlier_survives() {
    let rules = rule_set(&[PAIRS]).unwrap();
    let parts = judged(&rules, &refunds(&[10, 30, 50, 90]), &through(100), &[]);
    let whole = judged(&rules, &refunds(&[10, 90]), &through(100), &parts.spoken);
    assert_eq!(
        kinds(&whole),
        [
            (Kind::Retracted, State::Retracted),
            (Kind::Updated, State::Cleared)
        ]
    );
    assert_eq!(whole.transitions[0].exception.id, parts.spoken[1].id);
    assert_eq!(whole.transitions[1].exception.id, parts.spoken[0].id);
}

#[test]
fn a_rule_that_is_gone_retracts_what_it_said() {
    let rules = rule_set(&[LATE]).unwrap();
    let opened = judged(&rules, &[paid(1, 0)], &through(100), &[]);
    let judgement = judged(
        &rule_set(&[]).unwrap(),
        &[paid(1, 0)],
        &through(100),
        &opened.spoken,
    );
    assert_eq!(kinds(&judgement), [(Kind::Retracted, State::Retracted)]);
    assert_eq!(judgement.transitions[0].cause, Cause::RuleRemoved);
}

#[test]
fn a_late_source_leaves_an_exception_unconfirmed_until_it_reports() {
    let rules = rule_set(&[LATE]).unwrap();
    let carrier: SourceId = "carrier".parse().unwrap();
    let late = |watermark| {
        vec![Late {
            source: carrier.clone(),
            watermark: at(watermark),
        }]
    };
    let facts = [paid(1, 0)];
    let waited = Effective {
        at: at(100),
        late: late(60),
    };
    let opened = judged(&rules, &facts, &waited, &[]);
    assert_eq!(
        opened.spoken[0].late_sources,
        std::slice::from_ref(&carrier)
    );
    let reported = Effective {
        at: at(110),
        late: late(61),
    };
    let confirmed = judged(&rules, &facts, &reported, &opened.spoken);
    assert_eq!(kinds(&confirmed), [(Kind::Updated, State::Open)]);
    assert_eq!(confirmed.transitions[0].cause, Cause::Confirmed);
    assert!(!confirmed.spoken[0].is_unconfirmed());
}

#[test]
fn what_was_said_stays_said_when_effective_time_falls_back() {
    let rules = rule_set(&[LATE]).unwrap();
    let opened = judged(&rules, &[paid(1, 0)], &through(100), &[]);
    let back = judged(&rules, &[paid(1, 0)], &through(-500), &opened.spoken);
    assert_eq!((back.transitions, back.spoken), (Vec::new(), opened.spoken));
}

#[test]
fn what_always_was_opens_where_the_time_of_the_order_begins() {
    let rules = rule_set(&["!has(order.warehouse)"]).unwrap();
    let nowhere = judged(
        &rules,
        &[fact(EntityKind::Line, "1", 1, [])],
        &through(100),
        &[],
    );
    assert_eq!((nowhere.transitions.len(), nowhere.timers.len()), (0, 0));
    let facts = [paid(1, 7), handed_over("s", 1, 3)];
    let judgement = judged(&rules, &facts, &through(100), &[]);
    assert_eq!(judgement.spoken[0].opened_at, at(7));
    let early = judged(&rules, &facts, &through(5), &[]);
    assert_eq!(early.timers[0].1, at(7));
}

#[test]
fn every_scan_is_there_from_its_own_instant_and_none_rewrites_what_was_before() {
    let silent = "shipments.exists(s, s.scans.all(t, elapsed(t) > duration(\"1h\")))";
    let rules = rule_set(&[silent]).unwrap();
    let scanned = |minutes: &[i64]| {
        let scans = Value::instants(minutes.iter().map(|minutes| at(*minutes)));
        fact(EntityKind::Shipment, "s", 1, [("scans", scans)])
    };
    let intervals = |minutes: &[i64]| {
        let judgement = judged(&rules, &[scanned(minutes)], &through(500), &[]);
        let spoken = judgement.spoken.into_iter();
        spoken
            .map(|said| (said.opened_at, said.cleared_at))
            .collect::<Vec<_>>()
    };
    assert_eq!(intervals(&[]), []);
    assert_eq!(intervals(&[0, 20]), [(at(80), None)]);
    assert_eq!(
        intervals(&[20, 0, 100]),
        [(at(80), Some(at(100))), (at(160), None)]
    );
    assert_eq!(
        intervals(&[0, 20, 70, 100, 130, 600]),
        [(at(190), None)],
        "the late scan at 70 shows that the parcel moved"
    );
}
