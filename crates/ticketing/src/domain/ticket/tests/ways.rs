//! Ways through procedures: outcomes, branches that join, fields, and what nobody gets past.

use super::*;

/// `check` leads to two branches at once or to a refund; the branches join at `close`.
const BRANCHES: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: out-of-stock }
spec:
  steps:
    - name: check
      title: { en: Check }
      department: warehouse
      expected: 1h
      fields:
        - { name: missing, kind: number, min: 1, required: true }
      outcomes:
        - { name: order-more, next: [buy, tell] }
        - { name: give-up, next: [refund] }
        - { name: look-again, next: [check] }
    - { name: buy, title: { en: Buy }, department: purchasing, expected: 1d, outcomes: [{ name: bought, next: [close] }] }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h, outcomes: [{ name: told, next: [close] }] }
    - { name: refund, title: { en: Refund }, department: finance, expected: 4h, outcomes: [{ name: paid, next: [close] }, { name: denied, next: [] }] }
    - { name: close, title: { en: Close }, department: warehouse, expected: 1h, joins: true }
";

fn checked(outcome: &str) -> Act {
    Act::Complete {
        step: "check".into(),
        outcome: outcome.into(),
        fields: [("missing".to_owned(), "2".to_owned())].into(),
    }
}

fn ordered() -> Ticket {
    act(&opened_under(BRANCHES), checked("order-more"), at(1))
        .ticket
        .unwrap()
}

#[test]
fn an_outcome_leads_to_its_steps_and_the_first_of_them_answers() {
    let ticket = ordered();
    assert_eq!(worked_on(&ticket), ["buy", "tell"]);
    assert_eq!(ticket.holder().department(), "purchasing");
    assert_eq!(ticket.due_at(), Some(at(121)), "the first that is due");
    let refunding = act(&opened_under(BRANCHES), checked("give-up"), at(1));
    assert_eq!(worked_on(&refunding.ticket.unwrap()), ["refund"]);
}

#[test]
fn a_step_that_joins_waits_for_every_branch() {
    let told = act(&ordered(), complete("tell"), at(2)).ticket.unwrap();
    assert_eq!(worked_on(&told), ["buy"]);
    assert_eq!(told.steps[4], Progress::Waiting);
    let decision = act(&told, complete("buy"), at(3));
    let ticket = decision.ticket.unwrap();
    assert_eq!(worked_on(&ticket), ["close"]);
    assert_eq!(ticket.holder().department(), "warehouse");
    let done = act(&ticket, complete("close"), at(4)).ticket.unwrap();
    assert_eq!(done.state(), State::Resolved);
}

#[test]
fn when_the_first_branch_is_done_the_next_answers() {
    let bought = act(&ordered(), complete("buy"), at(2)).ticket.unwrap();
    assert_eq!(bought.holder().department(), "customer-service");
    assert_eq!(bought.ledger.entries()[1].to, Some(at(2)));
}

#[test]
fn an_outcome_without_a_next_step_ends_its_way() {
    let refunding = act(&opened_under(BRANCHES), checked("give-up"), at(1));
    let denied = act(
        &refunding.ticket.unwrap(),
        ending("refund", "denied"),
        at(2),
    );
    assert_eq!(denied.ticket.unwrap().state(), State::Resolved);
}

#[test]
fn a_way_may_lead_back() {
    let again = act(&opened_under(BRANCHES), checked("look-again"), at(30));
    let ticket = again.ticket.unwrap();
    assert_eq!(worked_on(&ticket), ["check"]);
    assert_eq!(ticket.due_at(), Some(at(90)), "a turn of its own");
}

#[test]
fn an_outcome_or_a_field_that_is_wrong_is_refused_with_what_is_known() {
    let ticket = opened_under(BRANCHES);
    let refused = |act| try_act(&ticket, act, at(1)).unwrap_err().to_string();
    assert_eq!(
        refused(checked("oder-more")),
        "step `check` cannot end in `oder-more`; it ends in one of order-more, give-up, look-again"
    );
    assert_eq!(
        refused(ending("check", "give-up")),
        "step `check`: field `missing` must be filled in"
    );
}

#[test]
fn what_could_still_be_reached_has_to_be_done_before_anybody_closes_it() {
    let told = act(&ordered(), complete("tell"), at(2)).ticket.unwrap();
    assert_eq!(
        try_act(&told, resolve(), at(3)),
        Err(Refusal::MandatoryStepsLeft {
            steps: "buy, close".into()
        }),
        "but not the refund, to which no way leads any more"
    );
}

#[test]
fn a_supervisor_gets_past_a_guard_and_it_is_noted() {
    let ticket = opened_under(BRANCHES);
    let skip = Act::Skip {
        step: "check".into(),
        reason: "the shop is closed".into(),
    };
    let refused = try_act_in(office(), &ticket, "zhao", skip.clone(), at(1));
    assert!(matches!(refused, Err(Refusal::NotPermitted { .. })));
    let skipped = try_act_in(office(), &ticket, "sun", skip, at(1)).unwrap();
    assert!(skipped.effects[0].overridden);
    assert_eq!(worked_on(skipped.ticket.as_ref().unwrap()), ["buy", "tell"]);
    let close = Act::Resolve {
        reason: "settled by phone".into(),
        past_mandatory: true,
    };
    let refused = try_act_in(office(), &ticket, "wang", close.clone(), at(1));
    assert!(matches!(refused, Err(Refusal::NotPermitted { .. })));
    let closed = try_act_in(office(), &ticket, "sun", close, at(2)).unwrap();
    assert!(closed.effects[0].overridden);
    assert_eq!(transitions(&closed), [Transition::Resolved]);
}

/// The customer is told, whether or not the trouble is over.
const ALWAYS: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: parcel-lost }
spec:
  steps:
    - { name: search, title: { en: Search }, department: logistics, expected: 1d }
    - { name: pay, title: { en: Pay }, department: finance, expected: 1d }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h, mandatory: always }
";

#[test]
fn what_must_always_be_done_outlives_the_trouble() {
    let over = hear_under(
        read(ALWAYS),
        Some(opened_under(ALWAYS)),
        report(2, Standing::Cleared),
        at(10),
    );
    assert_eq!(transitions(&over), [Transition::Assigned]);
    let ticket = over.ticket.unwrap();
    assert_eq!(worked_on(&ticket), ["tell"]);
    let done = act(&ticket, complete("tell"), at(20)).ticket.unwrap();
    assert_eq!(done.state(), State::Resolved);
}

#[test]
fn when_the_trouble_is_back_meanwhile_the_work_goes_on() {
    let over = hear(
        Some(opened_under(ALWAYS)),
        report(2, Standing::Cleared),
        at(10),
    );
    let back = hear(over.ticket, report(3, Standing::Open), at(30));
    let ticket = back.ticket.unwrap();
    assert_eq!(worked_on(&ticket), ["search", "tell"]);
    assert_eq!(ticket.holder().department(), "logistics");
    assert_eq!(ticket.steps[0].due_at(), Some(at(24 * 60 + 20)));
}
