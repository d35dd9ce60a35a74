use super::*;

#[test]
fn an_exception_opens_its_ticket_with_the_first_step_active() {
    let decision = hear(None, report(1, Standing::Open), at(0));
    assert_eq!(transitions(&decision), [Transition::Opened]);
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.state(), State::Open);
    assert_eq!(ticket.due_at(), Some(at(240)));
    assert_eq!(ticket.holder().department(), "warehouse");
    assert_eq!(ticket.id, TicketId::of(ticket.exception.id));
}

#[test]
fn a_silent_exception_opens_no_ticket() {
    let report = Report {
        silent: true,
        ..report(1, Standing::Cleared)
    };
    let decision = hear(None, report, at(0));
    assert_eq!(
        decision,
        Decision {
            ticket: None,
            effects: Vec::new()
        }
    );
}

#[test]
fn a_cleared_exception_resolves_its_ticket_without_a_person() {
    let decision = hear(Some(opened()), report(2, Standing::Cleared), at(30));
    assert_eq!(transitions(&decision), [Transition::Resolved]);
    let ticket = decision.ticket.unwrap();
    let resolution = ticket.resolution.as_ref().unwrap();
    assert!(resolution.automatic);
    assert_eq!(resolution.at, at(30));
    assert_eq!(ticket.ledger.handling_time(at(99)), TimeDelta::minutes(30));
    assert!(ticket.timers().is_empty());
    assert!(ticket.active().next().is_none());
}

#[test]
fn a_resolution_after_a_person_acted_names_the_person_and_is_not_automatic() {
    let ticket = act(&opened(), Act::Acknowledge, at(5)).ticket.unwrap();
    let ticket = hear(Some(ticket), report(2, Standing::Retracted), at(30))
        .ticket
        .unwrap();
    let resolution = ticket.resolution.unwrap();
    assert!(!resolution.automatic);
    assert_eq!(
        resolution.reason,
        "the exception was retracted (wang had acted)"
    );
}

#[test]
fn a_clearing_that_overtakes_the_opening_gives_the_same_ticket() {
    let ticket = hear(None, report(2, Standing::Cleared), at(0))
        .ticket
        .unwrap();
    assert_eq!(ticket.state(), State::Resolved);
    let late = hear(Some(ticket.clone()), report(1, Standing::Open), at(1));
    assert_eq!(
        late,
        Decision {
            ticket: Some(ticket),
            effects: Vec::new()
        }
    );
}

#[test]
fn an_update_changes_the_facts_and_tells_nobody() {
    let mut update = report(2, Standing::Open);
    update.exception.severity = "critical".into();
    let decision = hear(Some(opened()), update, at(1));
    assert!(decision.effects.is_empty());
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.exception.severity, "critical");
    assert_eq!(ticket.version, opened().version);
}

#[test]
fn an_exception_that_comes_back_reopens_its_ticket_where_it_was() {
    let ticket = act(&opened(), complete("check"), at(10)).ticket.unwrap();
    let ticket = hear(Some(ticket), report(2, Standing::Cleared), at(20))
        .ticket
        .unwrap();
    let decision = hear(Some(ticket), report(3, Standing::Open), at(50));
    assert_eq!(transitions(&decision), [Transition::Reopened]);
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.step().name, "tell");
    assert_eq!(
        ticket.due_at(),
        Some(at(160)),
        "ten minutes of two hours were used before"
    );
    assert_eq!(ticket.holder().department(), "customer-service");
    assert_eq!(ticket.ledger.handling_time(at(60)), TimeDelta::minutes(30));
}

#[test]
fn a_ticket_closes_when_its_exception_is_exempt_or_in_shadow_and_reopens_afterwards() {
    for (standing, why) in [
        (Standing::Exempt, "the exception is exempt"),
        (Standing::Shadow, "the rule is in shadow"),
    ] {
        let silent = Report {
            silent: true,
            reason: "agreed".to_owned(),
            ..report(2, standing)
        };
        let decision = hear(Some(opened()), silent, at(20));
        assert_eq!(transitions(&decision), [Transition::Resolved]);
        let ticket = decision.ticket.unwrap();
        let resolution = ticket.resolution.as_ref().unwrap();
        assert_eq!(resolution.reason, format!("{why}: agreed"));
        assert!(resolution.automatic);
        let decision = hear(Some(ticket), report(3, Standing::Open), at(50));
        assert_eq!(transitions(&decision), [Transition::Reopened]);
    }
}

#[test]
fn a_procedure_done_to_its_end_starts_over_when_the_exception_comes_back() {
    let mut ticket = opened();
    for (step, minute) in [("check", 10), ("tell", 20), ("press", 30)] {
        ticket = act(&ticket, complete(step), at(minute)).ticket.unwrap();
    }
    assert_eq!(ticket.state(), State::Resolved);
    ticket = hear(Some(ticket), report(2, Standing::Cleared), at(40))
        .ticket
        .unwrap();
    ticket = hear(Some(ticket), report(3, Standing::Open), at(50))
        .ticket
        .unwrap();
    assert_eq!(ticket.step().name, "check");
    assert_eq!(ticket.holder().department(), "warehouse");
}

#[test]
fn completing_a_step_moves_the_clock_to_the_next_department_at_one_instant() {
    let acknowledged = act(&opened(), Act::Acknowledge, at(5)).ticket.unwrap();
    let decision = act(&acknowledged, complete("check"), at(60));
    assert_eq!(
        transitions(&decision),
        [Transition::StepCompleted, Transition::Assigned]
    );
    let ticket = decision.ticket.unwrap();
    let entries = ticket.ledger.entries();
    assert_eq!((entries[0].to, entries[1].from), (Some(at(60)), at(60)));
    assert_eq!(
        ticket.state(),
        State::Open,
        "the new holder has yet to take it up"
    );
    assert_eq!(ticket.first_acknowledged_at, Some(at(5)));
    assert_eq!(ticket.due_at(), Some(at(180)));
}

#[test]
fn an_optional_step_may_be_left_out_and_a_mandatory_one_may_not() {
    let refusal = try_act(&opened(), complete("press"), at(1)).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::MandatoryStepsLeft {
            steps: "check".into()
        }
    );
    let ticket = act(&opened(), complete("check"), at(1)).ticket.unwrap();
    let decision = act(&ticket, complete("press"), at(2));
    assert_eq!(
        transitions(&decision),
        [Transition::StepCompleted, Transition::Resolved]
    );
    assert_eq!(decision.ticket.unwrap().steps[1], Progress::Skipped);
}

#[test]
fn a_ticket_cannot_be_closed_past_mandatory_steps() {
    let refusal = try_act(&opened(), resolve(), at(1)).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::MandatoryStepsLeft {
            steps: "check, press".into()
        }
    );
}

#[test]
fn a_step_is_completed_once_and_by_its_own_name() {
    let ticket = act(&opened(), complete("check"), at(1)).ticket.unwrap();
    assert!(matches!(
        try_act(&ticket, complete("check"), at(2)),
        Err(Refusal::StepNotActive { .. })
    ));
    assert!(matches!(
        try_act(&ticket, complete("chekc"), at(2)),
        Err(Refusal::NoSuchStep { .. })
    ));
}

#[test]
fn a_second_acknowledgement_learns_who_was_first() {
    let ticket = act(&opened(), Act::Acknowledge, at(5)).ticket.unwrap();
    let refusal = try_act(&ticket, Act::Acknowledge, at(6)).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Acknowledged {
            at: at(5),
            by: "wang".into()
        }
    );
}

#[test]
fn an_act_on_an_older_version_is_refused() {
    let seen = opened();
    let now = act(&seen, Act::Acknowledge, at(5)).ticket.unwrap();
    let person = Person::try_from("li".to_owned()).unwrap();
    let command = Command::Act {
        person,
        seen: Some(seen.version),
        act: complete("check"),
        note: String::new(),
    };
    assert_eq!(
        decide(Some(now), command, &Office::default(), at(6)),
        Err(Refusal::Stale {
            seen: 1,
            current: 2
        })
    );
}

#[test]
fn a_resolved_ticket_takes_comments_and_nothing_else() {
    let ticket = hear(Some(opened()), report(2, Standing::Cleared), at(1))
        .ticket
        .unwrap();
    assert!(matches!(
        try_act(&ticket, Act::Acknowledge, at(2)),
        Err(Refusal::Resolved { .. })
    ));
    assert!(matches!(
        try_act(&ticket, complete("check"), at(2)),
        Err(Refusal::Resolved { .. })
    ));
    assert_eq!(
        transitions(&act(&ticket, Act::Comment, at(2))),
        [Transition::Commented]
    );
}

#[test]
fn a_clock_that_steps_back_does_not_turn_the_ticket_back() {
    let acknowledged = act(&opened(), Act::Acknowledge, at(10)).ticket.unwrap();
    let ticket = act(&acknowledged, complete("check"), at(3)).ticket.unwrap();
    assert_eq!(ticket.ledger.entries()[1].from, at(10));
}
