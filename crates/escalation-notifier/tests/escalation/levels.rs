use contracts::{
    escalation::v1::{
        DeliveryState, EscalationState, ListEscalationsRequest,
        escalation_service_server::EscalationService,
    },
    event::v1::{TicketGroupChanged, TicketTransition},
};
use escalation_notifier::domain::policy::Channel;
use service::consume::Handler;
use tonic::Request;

use crate::office::{Office, change, opened};

#[tokio::test]
async fn the_owner_is_told_at_once_and_the_manager_after_four_hours() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    assert!(office.vendors.report().accepted[0].text.contains("**A1**"));
    office.hours_pass(3).await;
    office.send(Channel::Email).await;
    assert!(office.smtp.letters().is_empty());
    office.hours_pass(1).await;
    office.send(Channel::Email).await;
    let letters = office.smtp.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "manager@example.com");
    assert_eq!(
        office.said().await,
        [
            "notification.sent",
            "notification.escalated",
            "notification.sent"
        ]
    );
}

#[tokio::test]
async fn an_acknowledgement_stops_the_second_level_for_good() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(3).await;
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    office.hours_pass(100).await;
    office.send(Channel::Email).await;
    assert!(office.smtp.letters().is_empty());
    let request = ListEscalationsRequest {
        states: vec![EscalationState::Acknowledged.into()],
        ..ListEscalationsRequest::default()
    };
    let listed = office
        .server()
        .list_escalations(Request::new(request))
        .await
        .unwrap();
    let escalation = &listed.get_ref().escalations[0];
    assert_eq!((escalation.level, escalation.next_level_at), (1, None));
}

#[tokio::test]
async fn what_was_not_sent_yet_is_taken_back_by_an_acknowledgement() {
    let office = Office::open(|_| {}).await;
    office
        .take(&[
            opened("A1"),
            change("A1", TicketTransition::Acknowledged, 2),
        ])
        .await;
    office.send(Channel::Wecom).await;
    assert!(office.vendors.report().accepted.is_empty());
    assert_eq!(office.said().await, ["notification.cancelled"]);
    let ledger = office.ledger().await;
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].3, DeliveryState::Cancelled);
}

#[tokio::test]
async fn redelivered_events_do_not_notify_twice() {
    let office = Office::open(|_| {}).await;
    let events = office.received(&[opened("A1"), change("A1", TicketTransition::Overdue, 2)]);
    office.notifier.handle(&events).await.unwrap();
    office.notifier.handle(&events).await.unwrap();
    // The same events at other places, as after a restore of the upstream.
    office
        .take(&[opened("A1"), change("A1", TicketTransition::Overdue, 2)])
        .await;
    office.send(Channel::Wecom).await;
    office.notifier.handle(&events).await.unwrap();
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 2);
    assert_eq!(office.ledger().await.len(), 2);
}

#[tokio::test]
async fn an_incident_is_told_once_to_the_owner_of_what_stands_still() {
    let office = Office::open(|_| {}).await;
    let group = |what: &str, version| {
        let group = TicketGroupChanged {
            group_id: "G1".to_owned(),
            kind: "incident".to_owned(),
            title: "many at once: late-shipment, warehouse WH-E".to_owned(),
            scenario: "late-shipment".to_owned(),
            dimension: "warehouse".to_owned(),
            value: "WH-E".to_owned(),
            department: "warehouse".to_owned(),
            version,
            tickets: 2_000,
            ..TicketGroupChanged::default()
        };
        office.receive_group(what, group)
    };
    let opened = [group("opened", 1)];
    office.notifier.handle(&opened).await.unwrap();
    office.notifier.handle(&opened).await.unwrap();
    let grew = [group("grew", 2)];
    office.notifier.handle(&grew).await.unwrap();
    office.send(Channel::Wecom).await;
    let report = office.vendors.report();
    assert_eq!(report.accepted.len(), 1);
    let text = &report.accepted[0].text;
    assert!(text.contains("Where: warehouse WH-E"), "{text}");
    assert_eq!(office.ledger().await.len(), 1);
}

#[tokio::test]
async fn a_resolution_is_told_to_whoever_was_told_and_to_nobody_else() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    office
        .take(&[change("A1", TicketTransition::Resolved, 2)])
        .await;
    office
        .take(&[opened("A2"), change("A2", TicketTransition::Resolved, 2)])
        .await;
    office.send(Channel::Wecom).await;
    let told = office.vendors.report().accepted;
    assert_eq!(told.len(), 2);
    assert!(told[1].text.contains("Resolved") && told[1].text.contains("A1"));
}

#[tokio::test]
async fn two_replicas_reach_a_level_once() {
    let office = Office::open(|_| {}).await;
    let orders: Vec<_> = (0..50).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&orders).await;
    let replica = office.replica();
    office.clock.advance(chrono::TimeDelta::hours(4));
    let (one, other) = tokio::join!(
        office.notifier.reach_due_levels(),
        replica.reach_due_levels()
    );
    let done = one.unwrap().done + other.unwrap().done;
    office.hours_pass(0).await;
    let said = office.said().await;
    let escalated = said
        .iter()
        .filter(|said| *said == "notification.escalated")
        .count();
    assert_eq!((done, escalated), (50, 50));
}

#[tokio::test]
async fn an_event_that_is_no_ticket_is_poison_and_harms_no_neighbour() {
    let office = Office::open(|_| {}).await;
    let mut events = office.received(&[opened("A1"), opened("A2")]);
    events[0].payload = b"nonsense".to_vec().into();
    let error = office.notifier.handle(&events).await.unwrap_err();
    assert!(
        matches!(error, service::consume::HandleError::Poison(_)),
        "{error}"
    );
    assert!(error.to_string().contains("T-A1/1"), "{error}");
    office.notifier.handle(&events[1..]).await.unwrap();
    assert_eq!(office.ledger().await.len(), 1);
}
