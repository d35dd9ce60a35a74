use contracts::{
    escalation::v1::DeliveryState,
    event::v1::{OrderSummary, TicketChanged, TicketTransition},
};
use escalation_notifier::domain::policy::Channel;

use crate::office::{Office, change, opened};

const TREE: &str = "
apiVersion: orderwatch/v1
kind: Calendar
metadata: {name: office}
spec: {timeZone: Asia/Shanghai, weekly: {thursday: ['09:00-18:00'], friday: ['09:00-18:00']}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
    - {delay: 12h, calendar: office, recipients: [region-manager], channel: email}
  comeBack: {after: 2h}
  routes:
    - matchers: [amount >= 5000]
      continue: true
      levels: [{delay: 0s, recipients: [fallback], channel: email}]
    - matchers: [severity = critical]
      levels:
        - delay: 0s
          recipients: [warehouse-owner, region-manager]
          channels: [wecom, email]
          repeat: {every: 1h, atMost: 2}
";

/// A ticket of an order that is worth so much.
fn worth(order: &str, amount: f64, severity: &str) -> TicketChanged {
    let mut opened = opened(order);
    opened.severity = severity.to_owned();
    opened.order = opened.order.map(|order| OrderSummary { amount, ..order });
    opened
}

async fn told(office: &Office) -> Vec<(String, String, i32)> {
    let mut told: Vec<_> = office
        .deliveries(&[])
        .await
        .into_iter()
        .map(|it| (it.order_id, it.recipient, it.level))
        .collect();
    told.sort();
    told
}

fn line(order: &str, recipient: &str, level: i32) -> (String, String, i32) {
    (order.to_owned(), recipient.to_owned(), level)
}

#[tokio::test]
async fn each_route_that_takes_a_ticket_tells_its_own_people() {
    let office = Office::open(|_| {}).await;
    office.apply(TREE).await;
    office
        .take(&[
            worth("CHEAP", 10.0, "low"),
            worth("DEAR", 5000.0, "critical"),
        ])
        .await;
    assert_eq!(
        told(&office).await,
        [
            line("CHEAP", "east", 1),
            line("DEAR", "east", 1),
            line("DEAR", "m***@example.com", 1),
            line("DEAR", "o***@example.com", 1),
        ],
        "whoever a channel does not reach is told once by the other",
    );
}

#[tokio::test]
async fn a_level_is_repeated_until_somebody_acknowledges_each_time_once() {
    let office = Office::open(|_| {}).await;
    office.apply(TREE).await;
    office.take(&[worth("A1", 10.0, "critical")]).await;
    office.hours_pass(1).await;
    let replica = office.replica();
    replica.reach_due_levels().await.unwrap();
    assert_eq!(told(&office).await.len(), 4);
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    office.hours_pass(1).await;
    assert_eq!(told(&office).await.len(), 4);
}

#[tokio::test]
async fn working_time_stands_still_over_night() {
    let office = Office::open(|_| {}).await;
    office.apply(TREE).await;
    // Thursday, eight in the morning in Shanghai: nine hours today, three tomorrow.
    office.take(&[worth("A1", 10.0, "low")]).await;
    office.hours_pass(27).await;
    assert_eq!(told(&office).await, [line("A1", "east", 1)]);
    office.hours_pass(1).await;
    let all = told(&office).await;
    assert_eq!(all[1], line("A1", "m***@example.com", 2));
}

#[tokio::test]
async fn an_acknowledged_ticket_comes_back_and_its_resolution_is_told_once() {
    let office = Office::open(|_| {}).await;
    office.apply(TREE).await;
    office.take(&[worth("A1", 10.0, "low")]).await;
    office
        .take(&[change("A1", TicketTransition::Acknowledged, 2)])
        .await;
    office.send(Channel::Wecom).await;
    office.hours_pass(1).await;
    assert_eq!(office.ledger().await.len(), 1);
    office.hours_pass(1).await;
    office.send(Channel::Wecom).await;
    office
        .take(&[change("A1", TicketTransition::Resolved, 3)])
        .await;
    office.send(Channel::Wecom).await;
    office.hours_pass(30).await;
    let ledger: Vec<_> = office
        .ledger()
        .await
        .into_iter()
        .map(|(_, cause, level, state)| (cause, level, state))
        .collect();
    let cancelled = ("opened".to_owned(), 1, DeliveryState::Cancelled);
    let sent = |cause: &str, level| (cause.to_owned(), level, DeliveryState::Sent);
    assert_eq!(
        ledger,
        [cancelled, sent("unresolved", 1), sent("resolved", 0)]
    );
    let text = &office.vendors.report().accepted[0].text;
    assert!(text.contains("Taken on, but not resolved"), "{text}");
}
