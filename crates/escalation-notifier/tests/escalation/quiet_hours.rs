use chrono::TimeDelta;
use contracts::{
    escalation::v1::{AddOverrideRequest, DeliveryState, on_call_service_server::OnCallService},
    event::v1::TicketTransition,
};
use escalation_notifier::{
    domain::policy::Channel, events::encode::timestamp, grpc::on_call::OnCallServer,
};
use tonic::Request;

use crate::office::{Office, change, opened};

/// The owner sleeps in Shanghai from ten to seven, and is on call by nothing.
const SLEEPER: &str = r#"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  language: en
  people:
    owner:
      email: owner@example.com
      quietHours: {timeZone: Asia/Shanghai, hours: {daily: ["22:00-24:00", "00:00-07:00"]}}
    desk: {email: desk@example.com}
  warehouses:
    WH-E: {owner: owner}
  fallback: desk
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: days}
spec:
  timeZone: Asia/Shanghai
  layers:
    - {name: day, starts: 2026-06-18T08:00, turn: daily, people: [desk]}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: email}
"#;

/// Eleven in the evening in Shanghai.
async fn night() -> Office {
    let office = Office::open(|_| {}).await;
    office.apply(SLEEPER).await;
    office.clock.advance(TimeDelta::hours(15));
    office
}

async fn letters(office: &Office) -> Vec<String> {
    office.send(Channel::Email).await;
    office.smtp.letters().into_iter().map(|it| it.to).collect()
}

#[tokio::test]
async fn what_is_not_critical_waits_until_the_person_is_up() {
    let office = night().await;
    office.take(&[opened("A")]).await;
    assert_eq!(letters(&office).await, Vec::<String>::new());
    let held = office.deliveries(&[DeliveryState::Held]).await;
    assert_eq!(held[0].held_by, "quiet-hours owner: not critical");
    let morning = "2026-06-18T23:00:00Z".parse().unwrap();
    assert_eq!(held[0].held_until, Some(timestamp(morning)));
    office.clock.advance(TimeDelta::hours(8));
    while office.notifier.release_held().await.unwrap().done > 0 {}
    assert_eq!(letters(&office).await, ["owner@example.com"]);
}

#[tokio::test]
async fn what_is_over_by_the_morning_is_not_told_at_all() {
    let office = night().await;
    office.take(&[opened("A")]).await;
    let resolved = change("A", TicketTransition::Resolved, 2);
    office.take(&[resolved]).await;
    office.clock.advance(TimeDelta::hours(8));
    while office.notifier.release_held().await.unwrap().done > 0 {}
    assert_eq!(letters(&office).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_critical_and_who_is_on_call_are_not_kept_waiting() {
    let office = night().await;
    let mut critical = opened("A");
    critical.severity = "critical".to_owned();
    office.take(&[critical]).await;
    assert_eq!(letters(&office).await, ["owner@example.com"]);
    let request = AddOverrideRequest {
        schedule: "days".to_owned(),
        person: "owner".to_owned(),
        from: None,
        until: Some(timestamp(office.clock.now() + TimeDelta::hours(2))),
        actor: "desk".to_owned(),
        reason: "desk is ill".to_owned(),
    };
    let server = OnCallServer::new(office.notifier.clone());
    server.add_override(Request::new(request)).await.unwrap();
    office.take(&[opened("B")]).await;
    assert_eq!(letters(&office).await.len(), 2);
}
