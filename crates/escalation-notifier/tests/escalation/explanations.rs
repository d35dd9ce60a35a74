use contracts::{
    escalation::v1::{
        ExplainNotificationRequest, ExplainNotificationResponse, MigrateEscalationsRequest,
        MigrateEscalationsResponse, explanation_service_server::ExplanationService,
    },
    event::v1::TicketTransition,
};
use escalation_notifier::{domain::policy::Channel, grpc::ExplanationServer};
use tonic::{Code, Request, Status};

use crate::{
    office::{Office, change, opened},
    quiet::silence,
};

async fn explain(
    office: &Office,
    order: &str,
    person: &str,
) -> Result<ExplainNotificationResponse, Status> {
    let request = ExplainNotificationRequest {
        ticket_id: format!("T-{order}"),
        person: person.to_owned(),
    };
    let server = ExplanationServer::new(office.notifier.clone());
    let answer = server.explain_notification(Request::new(request)).await?;
    Ok(answer.into_inner())
}

/// Level, recipient and outcome of everything that is explained.
fn outcomes(answer: &ExplainNotificationResponse) -> Vec<(i32, &str, &str)> {
    let reasons = answer.reasons.iter();
    reasons
        .map(|it| (it.level, it.recipient.as_str(), it.outcome.as_str()))
        .collect()
}

#[tokio::test]
async fn why_somebody_was_told_and_somebody_else_was_not_is_answered_for_any_ticket() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let answer = explain(&office, "A1", "").await.unwrap();
    assert_eq!(
        (answer.policy.as_str(), answer.routes.len()),
        ("default", 1)
    );
    assert_eq!(
        outcomes(&answer),
        [(1, "east", "told"), (2, "m***@example.com", "due")]
    );
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    office.hours_pass(5).await;
    let manager = explain(&office, "A1", "manager").await.unwrap();
    assert_eq!(outcomes(&manager), [(2, "m***@example.com", "passed over")]);
    assert!(manager.reasons[0].why.contains("somebody had acknowledged"));
    let nobody = explain(&office, "A1", "on-call").await.unwrap();
    assert_eq!(outcomes(&nobody), []);
}

#[tokio::test]
async fn what_will_be_kept_back_when_it_is_due_is_said_beforehand() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    // The manager's level is due after four hours.
    let unsaid = explain(&office, "A1", "manager").await.unwrap();
    assert!(!unsaid.reasons[0].why.contains("kept back"), "{unsaid:?}");
    for (hours, kept) in [(3, false), (5, true)] {
        silence(&office, "warehouse = WH-E", hours, false)
            .await
            .unwrap();
        let why = explain(&office, "A1", "manager").await.unwrap().reasons[0]
            .why
            .clone();
        assert_eq!(why.contains("; then kept back by silence "), kept, "{why}");
        assert_eq!(
            why.ends_with(": ann: stocktaking, until 2026-06-18T05:00:00Z"),
            kept,
            "{why}"
        );
    }
}

#[tokio::test]
async fn who_or_what_is_not_there_is_said_to_be_unknown() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    for (order, person) in [("A2", ""), ("A1", "zoe")] {
        let status = explain(&office, order, person).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{order} {person}");
    }
}

const EAGER: &str = "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
    - {delay: 1h, recipients: [fallback], channel: email}
    - {delay: 8h, recipients: [region-manager], channel: email}
";

async fn migrate(office: &Office, matcher: &str, dry_run: bool) -> MigrateEscalationsResponse {
    let request = MigrateEscalationsRequest {
        matchers: vec![matcher.to_owned()],
        actor: "ann".to_owned(),
        reason: "the new policy is for these as well".to_owned(),
        dry_run,
    };
    let server = ExplanationServer::new(office.notifier.clone());
    let answer = server.migrate_escalations(Request::new(request)).await;
    answer.unwrap().into_inner()
}

#[tokio::test]
async fn running_escalations_follow_other_policies_only_when_somebody_asks() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1"), opened("A2")]).await;
    office.apply(EAGER).await;
    office.hours_pass(2).await;
    let recipients = async |order: &str| {
        let deliveries = office.deliveries(&[]).await.into_iter();
        let of_order = deliveries.filter(|it| it.order_id == order);
        let mut found: Vec<String> = of_order.map(|it| it.recipient).collect();
        found.sort();
        found
    };
    assert_eq!(recipients("A1").await, ["east"]);
    let preview = migrate(&office, "order_id = A1", true).await;
    assert_eq!(preview.total, 1);
    let planned = &preview.escalations[0];
    assert_eq!((planned.from_version, planned.to_version), (1, 2));
    assert_eq!(planned.levels_at_once, [2]);
    assert_eq!(
        recipients("A1").await,
        ["east"],
        "a preview changes nothing"
    );
    let migrated = migrate(&office, "order_id = A1", false).await;
    assert_eq!(migrated.escalations, preview.escalations);
    assert_eq!(recipients("A1").await, ["east", "o***@example.com"]);
    assert_eq!(recipients("A2").await, ["east"]);
    office.hours_pass(6).await;
    assert_eq!(
        recipients("A1").await,
        ["east", "m***@example.com", "o***@example.com"]
    );
    let again = migrate(&office, "order_id = A1", false).await;
    assert_eq!(again.total, 0);
}
