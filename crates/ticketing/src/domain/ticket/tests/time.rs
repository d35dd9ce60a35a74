//! Clocks: what runs, what stands, and what is told when.

use super::*;
use crate::domain::{breach::Promise, timer::TimerKind};

fn pause() -> Act {
    Act::Pause {
        reason: "waiting-for-customer".into(),
    }
}

fn due(ticket: &Ticket, kind: TimerKind) -> Option<Instant> {
    let timers = ticket.timers();
    let timer = timers.iter().find(|timer| timer.kind == kind);
    timer.map(|timer| timer.at)
}

#[test]
fn reminders_run_an_hour_or_a_quarter_ahead_and_are_told_once() {
    let ticket = act(&opened(), Act::Acknowledge, at(1)).ticket.unwrap();
    assert_eq!(due(&ticket, TimerKind::DueSoon), Some(at(180)));
    assert_eq!(
        due(&ticket, TimerKind::Overdue(Promise::Step)),
        Some(at(240))
    );
    let reminded = wake(&ticket, at(181));
    assert_eq!(transitions(&reminded), [Transition::DueSoon]);
    assert_eq!(reminded.effects[0].at, at(180), "at its own instant");
    let ticket = reminded.ticket.unwrap();
    assert!(wake(&ticket, at(182)).effects.is_empty());
    let late = wake(&ticket, at(300));
    assert_eq!(transitions(&late), [Transition::Overdue]);
    assert_eq!(
        late.effects[0].snapshot.overdue_by,
        Some(TimeDelta::minutes(60))
    );
    let ticket = late.ticket.unwrap();
    let brief = act(&ticket, complete("check"), at(301)).ticket.unwrap();
    let ahead = due(&brief, TimerKind::DueSoon);
    assert_eq!(ahead, Some(at(301 + 90)), "a quarter of two hours ahead");
    assert!(!brief.is_overdue());
}

#[test]
fn a_breach_names_who_answered_at_that_instant_however_late_it_is_found() {
    let acknowledged = act(&opened(), Act::Acknowledge, at(1)).ticket.unwrap();
    // Nobody woke the ticket: the first to come is somebody who hands it over.
    let decision = act(&acknowledged, hand_over("logistics"), at(700));
    assert_eq!(
        transitions(&decision),
        [Transition::Overdue, Transition::Offered],
        "a reminder after the fact helps nobody"
    );
    let breach = decision.effects[0].breach.as_ref().unwrap();
    assert_eq!((breach.promise, breach.due_at), (Promise::Step, at(240)));
    assert_eq!(breach.holder.department(), "warehouse");
    assert_eq!(decision.effects[0].at, at(240));
}

#[test]
fn a_step_done_late_was_late_although_nobody_noticed() {
    let decision = act(&opened(), complete("check"), at(241));
    assert_eq!(
        transitions(&decision)[..2],
        [Transition::ResponseOverdue, Transition::Overdue]
    );
}

#[test]
fn who_takes_it_up_in_time_has_responded_for_good() {
    let ticket = act(&opened(), Act::Acknowledge, at(179)).ticket.unwrap();
    assert_eq!(due(&ticket, TimerKind::Overdue(Promise::Response)), None);
    let ticket = act(&ticket, complete("check"), at(180)).ticket.unwrap();
    assert_eq!(ticket.state(), State::Open);
    assert_eq!(due(&ticket, TimerKind::Overdue(Promise::Response)), None);
}

#[test]
fn clocks_stand_for_a_reason_and_run_again_from_where_they_were() {
    let ticket = act(&opened(), Act::Acknowledge, at(0)).ticket.unwrap();
    let paused = act(&ticket, pause(), at(60)).ticket.unwrap();
    assert_eq!(paused.due_at(), None);
    assert_eq!(
        paused.timers(),
        [Timer {
            at: at(180),
            kind: TimerKind::PauseOver,
            step: None
        }]
    );
    let resumed = act(&paused, Act::Resume, at(100)).ticket.unwrap();
    assert_eq!(resumed.due_at(), Some(at(280)));
    assert_eq!(
        due(&resumed, TimerKind::Overdue(Promise::Resolution)),
        Some(at(24 * 60 + 40))
    );
    assert_eq!(
        resumed.ledger.handling_time(at(110)),
        TimeDelta::minutes(70)
    );
    assert_eq!(
        resumed.ledger.entries()[1].holder,
        ticket.ledger.entries()[0].holder
    );
}

#[test]
fn a_pause_ends_by_itself_at_its_limit_however_late_it_is_found() {
    let paused = act(&opened(), pause(), at(10)).ticket.unwrap();
    let decision = wake(&paused, at(900));
    let ticket = decision.ticket.unwrap();
    let resumed = decision
        .effects
        .iter()
        .find(|it| it.transition == Transition::Resumed);
    assert_eq!(resumed.unwrap().at, at(130));
    assert_eq!(ticket.steps[0].due_at(), Some(at(360)), "and overdue since");
    assert!(ticket.is_overdue());
    assert!(matches!(
        try_act(&ticket, pause(), at(901)),
        Err(Refusal::PauseUsedUp { .. })
    ));
}

#[test]
fn a_pause_needs_a_reason_that_the_procedure_allows() {
    let act = Act::Pause {
        reason: "lunch".into(),
    };
    let refusal = try_act(&opened(), act, at(1)).unwrap_err().to_string();
    assert!(
        refusal.ends_with("it allows waiting-for-customer"),
        "{refusal}"
    );
    assert_eq!(
        try_act(&opened(), Act::Resume, at(1)),
        Err(Refusal::NotPaused)
    );
}

#[test]
fn a_step_that_begins_while_clocks_stand_stands_as_well() {
    let paused = act(&opened(), pause(), at(10)).ticket.unwrap();
    let next = act(&paused, complete("check"), at(20)).ticket.unwrap();
    assert_eq!((next.step().name.as_str(), next.due_at()), ("tell", None));
    let resumed = act(&next, Act::Resume, at(50)).ticket.unwrap();
    assert_eq!(resumed.due_at(), Some(at(170)));
}

#[test]
fn nothing_runs_after_a_ticket_is_resolved_and_reopening_goes_on() {
    let paused = act(&opened(), pause(), at(10)).ticket.unwrap();
    let over = hear(Some(paused), report(2, Standing::Cleared), at(20));
    let over = over.ticket.unwrap();
    assert!(over.timers().is_empty());
    let back = hear(Some(over), report(3, Standing::Open), at(1_000));
    let back = back.ticket.unwrap();
    assert_eq!(
        due(&back, TimerKind::Overdue(Promise::Resolution)),
        Some(at(1_000 + 24 * 60 - 10))
    );
    assert_eq!(back.due_at(), Some(at(1_000 + 230)));
    let paused = act(&back, pause(), at(1_000)).ticket.unwrap();
    assert_eq!(
        paused.pause.unwrap().until,
        at(1_000 + 110),
        "ten minutes of the two hours were used before"
    );
}

#[test]
fn it_can_be_put_aside_for_so_long_and_no_longer() {
    let snooze = |minutes| Act::Snooze { until: at(minutes) };
    let ticket = act(&opened(), snooze(24 * 60), at(0)).ticket.unwrap();
    assert_eq!(ticket.snoozed_until, Some(at(24 * 60)));
    assert_eq!(ticket.due_at(), Some(at(240)), "its clocks run");
    for minutes in [0, 24 * 60 + 1] {
        assert!(matches!(
            try_act(&opened(), snooze(minutes), at(0)),
            Err(Refusal::SnoozeTooLong { .. })
        ));
    }
}

#[test]
fn a_changed_procedure_moves_running_deadlines_only_when_asked() {
    let shorter = read(&SOP.replace("expected: 4h", "expected: 2h"));
    let migrate = |deadlines| {
        let command = Command::Migrate {
            person: Person::try_from("sun".to_owned()).unwrap(),
            seen: None,
            sop: Arc::clone(&shorter),
            deadlines,
            reason: "agreed".into(),
        };
        let paused = act(&opened(), pause(), at(10)).ticket.unwrap();
        let decision = decide(Some(paused), command, office(), at(15)).unwrap();
        assert_eq!(transitions(&decision), [Transition::Migrated]);
        let ticket = decision.ticket.unwrap();
        assert!(ticket.pause.is_some(), "a pause survives it");
        act(&ticket, Act::Resume, at(20)).ticket.unwrap().due_at()
    };
    assert_eq!(migrate(false), Some(at(250)));
    assert_eq!(migrate(true), Some(at(130)));
}

#[test]
fn no_reminder_comes_in_the_night() {
    // Opened at 23:06 in Shanghai; due at 03:06, so that an hour before is 02:06.
    let sop = SOP.replace("reminders: { within: always }\n", "reminders: {}\n");
    let ticket = opened_under(&sop);
    assert_eq!(due(&ticket, TimerKind::DueSoon), None);
    // Ten hours: due at 09:06, an hour before is 08:06, when people are awake.
    let ticket = opened_under(&sop.replace("expected: 4h", "expected: 10h"));
    assert_eq!(due(&ticket, TimerKind::DueSoon), Some(at(9 * 60)));
}
