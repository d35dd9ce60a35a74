//! Tickets come back when whoever took them on wished so.

use contracts::{
    escalation::v1::{ExplainNotificationRequest, explanation_service_server::ExplanationService},
    event::v1::{TicketChanged, TicketTransition},
};
use escalation_notifier::{domain::policy::Channel, grpc::ExplanationServer};
use tonic::Request;

use crate::office::{Office, change, opened};

/// Somebody takes it on, and wishes it to come back in two hours.
fn taken_on(order: &str) -> TicketChanged {
    TicketChanged {
        come_back: Some(prost_types::Duration {
            seconds: 2 * 3_600,
            nanos: 0,
        }),
        ..change(order, TicketTransition::Acknowledged, 2)
    }
}

/// Causes of everything that was written down, oldest first.
async fn causes(office: &Office) -> Vec<String> {
    let ledger = office.ledger().await.into_iter();
    ledger.map(|(_, cause, ..)| cause).collect()
}

#[tokio::test]
async fn what_is_not_resolved_comes_back_when_whoever_took_it_on_wished_so_on_any_replica() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1"), opened("A2")]).await;
    office.send(Channel::Wecom).await;
    office.take(&[taken_on("A1"), taken_on("A2")]).await;
    let request = ExplainNotificationRequest {
        ticket_id: "T-A1".to_owned(),
        person: String::new(),
    };
    let server = ExplanationServer::new(office.notifier.clone());
    let answer = server.explain_notification(Request::new(request)).await;
    let reasons = answer.unwrap().into_inner().reasons;
    let wished = "whoever took it on wished it to come back then";
    let due = reasons.iter().find(|reason| reason.why.starts_with(wished));
    assert_eq!(
        due.map(|it| it.outcome.as_str()),
        Some("due"),
        "{reasons:?}"
    );
    office
        .take(&[change("A2", TicketTransition::Resolved, 3)])
        .await;
    office.hours_pass(1).await;
    assert!(!causes(&office).await.contains(&"unresolved".to_owned()));
    office.clock.advance(chrono::TimeDelta::hours(1));
    office.replica().reach_due_levels().await.unwrap();
    let causes = causes(&office).await;
    assert_eq!(causes.iter().filter(|it| *it == "unresolved").count(), 1);
}
