//! A step changes departments when the other side takes it, and not before.

use super::*;

fn offered() -> Ticket {
    act(&opened(), hand_over("logistics"), at(10))
        .ticket
        .unwrap()
}

fn accept() -> Act {
    Act::Accept { step: None }
}

fn reject() -> Act {
    Act::Reject {
        step: None,
        reason: "not ours either".into(),
    }
}

fn arbitrate(must_take: bool) -> Act {
    Act::Arbitrate {
        step: None,
        must_take,
        reason: "it is".into(),
    }
}

fn departments(ticket: &Ticket) -> Vec<&str> {
    let entries = ticket.ledger.entries().iter();
    entries
        .map(|entry| entry.holder.as_ref().unwrap().department())
        .collect()
}

#[test]
fn until_the_other_side_accepts_the_clock_is_the_givers() {
    let ticket = offered();
    assert_eq!(ticket.holder().department(), "warehouse");
    let decision = act(&ticket, accept(), at(30));
    assert_eq!(transitions(&decision), [Transition::HandedOver]);
    let ticket = decision.ticket.unwrap();
    assert_eq!(departments(&ticket), ["warehouse", "logistics"]);
    assert_eq!(ticket.ledger.entries()[0].to, Some(at(30)));
    assert_eq!(ticket.due_at(), Some(at(240)), "the step's clock goes on");
    assert_eq!(
        ticket.state(),
        State::Acknowledged,
        "who takes it has taken it up"
    );
}

#[test]
fn a_rejection_is_a_push_back_and_leaves_it_where_it_was() {
    let decision = act(&offered(), reject(), at(20));
    assert_eq!(transitions(&decision), [Transition::Rejected]);
    let push_back = decision.effects[0].push_back.as_ref().unwrap();
    assert_eq!(
        (push_back.from.as_str(), push_back.to.as_str()),
        ("logistics", "warehouse")
    );
    let ticket = decision.ticket.unwrap();
    assert_eq!(departments(&ticket), ["warehouse"]);
    assert!(matches!(
        try_act(&ticket, accept(), at(21)),
        Err(Refusal::NotOffered { .. })
    ));
}

#[test]
fn giving_it_back_to_where_it_came_from_is_a_push_back_once_it_is_taken() {
    let taken = act(&offered(), accept(), at(20)).ticket.unwrap();
    let back = act(&taken, hand_over("warehouse"), at(25));
    assert!(back.effects[0].push_back.is_none(), "it was only asked");
    let decision = act(&back.ticket.unwrap(), accept(), at(30));
    let push_back = decision.effects[0].push_back.as_ref().unwrap();
    assert_eq!(
        (push_back.from.as_str(), push_back.to.as_str()),
        ("logistics", "warehouse")
    );
}

#[test]
fn one_who_passes_it_on_to_a_third_pushes_nothing_back() {
    let taken = act(&offered(), accept(), at(20)).ticket.unwrap();
    let asked = act(&taken, hand_over("customs"), at(25)).ticket.unwrap();
    let decision = act(&asked, accept(), at(30));
    assert!(decision.effects[0].push_back.is_none());
}

#[test]
fn silence_past_the_limit_leaves_it_to_the_arbiter() {
    let ticket = offered();
    let early = try_act_in(office(), &ticket, "sun", arbitrate(true), at(69));
    assert!(matches!(early, Err(Refusal::NotWithArbiter { .. })));
    let decision = wake(&ticket, at(70));
    assert_eq!(transitions(&decision), [Transition::Referred]);
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.holder().department(), "warehouse");
    assert!(matches!(
        try_act(&ticket, reject(), at(71)),
        Err(Refusal::WithArbiter { .. })
    ));
    assert!(matches!(
        try_act_in(office(), &ticket, "wang", arbitrate(true), at(71)),
        Err(Refusal::NotPermitted { .. })
    ));
    let made = try_act_in(office(), &ticket, "sun", arbitrate(true), at(80)).unwrap();
    let made = made.ticket.unwrap();
    assert_eq!(made.holder().department(), "logistics");
    assert_eq!(made.state(), State::Open, "it has yet to be taken up");
    let spared = try_act_in(office(), &ticket, "sun", arbitrate(false), at(80)).unwrap();
    assert!(spared.effects[0].push_back.is_some());
    assert_eq!(spared.ticket.unwrap().holder().department(), "warehouse");
}

#[test]
fn only_the_department_that_was_asked_may_answer() {
    let asked = try_act_in(office(), &opened(), "wang", hand_over("logistics"), at(1));
    let asked = asked.unwrap().ticket.unwrap();
    for (who, may) in [("zhao", false), ("chen", true), ("sun", true)] {
        let answered = try_act_in(office(), &asked, who, accept(), at(2));
        assert_eq!(answered.is_ok(), may, "{who}: {answered:?}");
    }
}

#[test]
fn within_a_department_nobody_is_asked() {
    let to = Holder::new("warehouse", "zhao").unwrap();
    let give = Act::HandOver {
        step: None,
        to: to.clone(),
        reason: "her shift".into(),
    };
    let decision = act(&opened(), give.clone(), at(5));
    assert_eq!(transitions(&decision), [Transition::Assigned]);
    let ticket = decision.ticket.unwrap();
    assert_eq!(ticket.holder(), &to);
    assert_eq!(ticket.due_at(), Some(at(240)));
    assert!(matches!(
        try_act(&ticket, give, at(6)),
        Err(Refusal::SameHolder { .. })
    ));
}

#[test]
fn what_was_asked_can_be_withdrawn_and_is_asked_once_at_a_time() {
    let ticket = offered();
    assert!(matches!(
        try_act(&ticket, hand_over("customs"), at(11)),
        Err(Refusal::AlreadyOffered { .. })
    ));
    let withdrawn = act(&ticket, Act::Withdraw { step: None }, at(12));
    assert!(withdrawn.effects[0].push_back.is_none());
    let ticket = withdrawn.ticket.unwrap();
    act(&ticket, hand_over("customs"), at(13));
}

#[test]
fn a_step_done_while_somebody_is_asked_asks_nobody_any_more() {
    let ticket = act(&offered(), complete("check"), at(15)).ticket.unwrap();
    assert_eq!(ticket.holder().department(), "customer-service");
    assert!(ticket.active().all(|(_, active)| active.offer.is_none()));
}
