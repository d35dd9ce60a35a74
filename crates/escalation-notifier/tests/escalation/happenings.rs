use contracts::event::v1::{TicketChanged, TicketTransition};
use escalation_notifier::domain::policy::Channel;

use crate::office::{Office, change, opened};

/// Texts that go out because of something that happened to a ticket.
async fn told(office: &Office, happening: TicketChanged) -> Vec<String> {
    let before = office.vendors.report().accepted.len();
    office.take(&[happening]).await;
    office.send(Channel::Wecom).await;
    let texts = office.vendors.report().accepted.into_iter().skip(before);
    texts.map(|it| it.text).collect()
}

#[tokio::test]
async fn each_happening_that_somebody_must_know_of_is_told_in_its_own_words() {
    for (transition, words) in [
        (TicketTransition::Offered, "You are asked to take this on"),
        (
            TicketTransition::Referred,
            "Whoever was asked did not answer",
        ),
        (
            TicketTransition::ResponseOverdue,
            "Nobody took it up in time",
        ),
        (
            TicketTransition::AutomationFailed,
            "A machine could not do the step",
        ),
    ] {
        // An office each, so that the vendor's limit holds nothing back.
        let office = Office::open(|_| {}).await;
        told(&office, opened("A1")).await;
        let texts = told(&office, change("A1", transition, 2)).await;
        assert_eq!(texts.len(), 1, "{words}");
        assert!(texts[0].contains(words), "{}", texts[0]);
    }
}

#[tokio::test]
async fn whoever_is_asked_is_named_instead_of_who_holds_the_ticket() {
    let office = Office::open(|_| {}).await;
    told(&office, opened("A1")).await;
    let mut offered = change("A1", TicketTransition::Offered, 2);
    offered.offered_to_department = "customs".to_owned();
    let texts = told(&office, offered).await;
    assert!(texts[0].contains("Accountable: customs"), "{}", texts[0]);
}

#[tokio::test]
async fn nobody_is_told_what_nobody_has_to_do() {
    let office = Office::open(|_| {}).await;
    told(&office, opened("A1")).await;
    for (version, transition) in [
        (2, TicketTransition::Commented),
        (3, TicketTransition::Rejected),
        (4, TicketTransition::Snoozed),
    ] {
        let texts = told(&office, change("A1", transition, version)).await;
        assert_eq!(texts, [] as [String; 0], "{transition:?}");
    }
}
