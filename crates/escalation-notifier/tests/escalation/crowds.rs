//! Levels that are told only when there are more than so many tickets in the group.

use contracts::{
    escalation::v1::{ExplainNotificationRequest, explanation_service_server::ExplanationService},
    event::v1::{TicketChanged, TicketTransition},
};
use escalation_notifier::{events::encode::timestamp, grpc::ExplanationServer};
use service::consume::Handler;
use tonic::Request;

use crate::office::{Office, change, opened};

const CROWDED: &str = "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
    - {delay: 4h, recipients: [region-manager], channel: email, onlyIf: {groupOver: 2}}
  groupBy: [scenario, warehouse]
";

async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    office.apply(CROWDED).await;
    office
}

/// A ticket that opens now.
fn opens(office: &Office, order: &str) -> TicketChanged {
    TicketChanged {
        opened_at: Some(timestamp(office.clock.now())),
        ..opened(order)
    }
}

/// Orders of which the manager is told by the second level, in order.
async fn second_level(office: &Office) -> Vec<String> {
    let told = office.deliveries(&[]).await.into_iter();
    let mut told: Vec<String> = told
        .filter(|delivery| delivery.level == 2)
        .map(|delivery| delivery.order_id)
        .collect();
    told.sort();
    told
}

async fn why(office: &Office, order: &str) -> (String, String) {
    let request = ExplainNotificationRequest {
        ticket_id: format!("T-{order}"),
        person: "manager".to_owned(),
    };
    let server = ExplanationServer::new(office.notifier.clone());
    let answer = server.explain_notification(Request::new(request)).await;
    let reasons = answer.unwrap().into_inner().reasons.into_iter();
    let second = reasons.filter(|reason| reason.level == 2);
    let mut second = second.map(|reason| (reason.outcome, reason.why));
    second.next().unwrap()
}

#[tokio::test]
async fn a_level_waits_until_its_group_is_large_and_says_so() {
    let office = office().await;
    let tickets = ["A1", "A2"].map(|order| opens(&office, order));
    office.take(&tickets).await;
    let (outcome, because) = why(&office, "A1").await;
    assert_eq!(outcome, "due");
    assert!(because.contains("more than 2 of its group"), "{because}");
    office.hours_pass(5).await;
    assert_eq!(second_level(&office).await, [""; 0]);
    let (outcome, because) = why(&office, "A1").await;
    assert_eq!(outcome, "passed over");
    assert!(
        because.starts_with("2 of its group are not acknowledged"),
        "{because}"
    );
    // Of another group, and so none of these.
    let mut elsewhere = opens(&office, "A3");
    elsewhere.scenario = "customs-stuck".to_owned();
    office.take(&[elsewhere]).await;
    office.hours_pass(0).await;
    assert_eq!(second_level(&office).await, [""; 0]);
    office.take(&[opens(&office, "A4")]).await;
    office.hours_pass(0).await;
    assert_eq!(second_level(&office).await, ["A1", "A2"]);
    office.hours_pass(4).await;
    assert_eq!(second_level(&office).await, ["A1", "A2", "A4"]);
}

#[tokio::test]
async fn who_was_taken_on_or_resolved_does_not_count_and_is_not_told() {
    let office = office().await;
    let tickets = ["A1", "A2", "A3", "A4"].map(|order| opens(&office, order));
    office.take(&tickets).await;
    let acted = [
        change("A3", TicketTransition::Acknowledged, 2),
        change("A4", TicketTransition::Resolved, 2),
    ];
    office.take(&acted).await;
    office.hours_pass(4).await;
    assert_eq!(second_level(&office).await, [""; 0]);
    office
        .take(&[change("A2", TicketTransition::Acknowledged, 2)])
        .await;
    let more = ["A5", "A6"].map(|order| opens(&office, order));
    office.take(&more).await;
    office.hours_pass(0).await;
    assert_eq!(second_level(&office).await, ["A1"]);
}

#[tokio::test]
async fn replicas_that_count_at_the_same_time_miss_nobody() {
    let office = office().await;
    let other = office.replica();
    for round in 0..8 {
        let named = |which: u32| {
            let mut ticket = opens(&office, &format!("{round}-{which}"));
            ticket.scenario = format!("scenario-{round}");
            ticket
        };
        office.take(&[named(1), named(2)]).await;
        office.clock.advance(chrono::TimeDelta::hours(4));
        let third = office.received(&[named(3)]);
        let (reached, taken) =
            tokio::join!(other.reach_due_levels(), office.notifier.handle(&third));
        reached.unwrap();
        taken.unwrap();
        office.hours_pass(0).await;
    }
    let told = second_level(&office).await;
    for round in 0..8 {
        assert!(told.contains(&format!("{round}-1")), "{round}: {told:?}");
        assert!(told.contains(&format!("{round}-2")), "{round}: {told:?}");
    }
}
