use chrono::TimeDelta;
use contracts::{
    escalation::v1::{CreateSilenceRequest, DeliveryState, silence_service_server::SilenceService},
    event::v1::{TicketChanged, TicketTransition},
};
use escalation_notifier::{
    domain::policy::Channel, events::encode::timestamp, grpc::SilenceServer,
};
use tonic::Request;

use crate::office::{Office, change, opened};

const GROUPED: &str = "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: [warehouse-owner], channel: wecom}
    - {delay: 4h, recipients: [region-manager], channel: email}
  groupBy: [scenario, warehouse]
  groupWait: 30s
  groupInterval: 5m
  repeatInterval: 1h
";

/// Advances the clock and does what is due by then.
async fn pass(office: &Office, time: TimeDelta) {
    office.clock.advance(time);
    office.hours_pass(0).await;
    office.send(Channel::Wecom).await;
}

fn of_scenario(order: &str, scenario: &str) -> TicketChanged {
    TicketChanged {
        scenario: scenario.to_owned(),
        ..opened(order)
    }
}

/// How many tickets each message told of.
async fn told(office: &Office) -> Vec<usize> {
    let texts = office.vendors.report().accepted.into_iter();
    texts.map(|it| it.text.matches("**B").count()).collect()
}

#[tokio::test]
async fn tickets_that_have_something_in_common_are_told_of_in_one_message() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    office
        .take(&[opened("B1"), of_scenario("B2", "customs-stuck")])
        .await;
    pass(&office, TimeDelta::seconds(10)).await;
    office.take(&[opened("B3")]).await;
    pass(&office, TimeDelta::seconds(10)).await;
    assert_eq!(told(&office).await, [] as [usize; 0]);
    pass(&office, TimeDelta::seconds(10)).await;
    let mut sizes = told(&office).await;
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2]);
}

#[tokio::test]
async fn whoever_joins_a_group_waits_for_its_interval_and_its_end_is_told_then_too() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    office.take(&[opened("B1")]).await;
    pass(&office, TimeDelta::seconds(30)).await;
    office
        .take(&[opened("B2"), change("B1", TicketTransition::Resolved, 2)])
        .await;
    pass(&office, TimeDelta::seconds(299)).await;
    assert_eq!(told(&office).await, [1]);
    pass(&office, TimeDelta::seconds(1)).await;
    assert_eq!(told(&office).await, [1, 2]);
    let text = &office.vendors.report().accepted[1].text;
    assert!(text.contains("Resolved"), "{text}");
}

#[tokio::test]
async fn a_group_is_told_again_until_somebody_acknowledges() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    office.take(&[opened("B1"), opened("B2")]).await;
    pass(&office, TimeDelta::seconds(30)).await;
    for _ in 0..13 {
        pass(&office, TimeDelta::minutes(5)).await;
    }
    assert_eq!(told(&office).await, [2, 2]);
    office
        .take(&[
            change("B1", TicketTransition::Acknowledged, 2),
            change("B2", TicketTransition::Acknowledged, 2),
        ])
        .await;
    for _ in 0..26 {
        pass(&office, TimeDelta::minutes(5)).await;
    }
    assert_eq!(told(&office).await, [2, 2]);
}

#[tokio::test]
async fn what_is_over_before_its_group_is_told_is_not_told() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    office
        .take(&[opened("B1"), change("B1", TicketTransition::Resolved, 2)])
        .await;
    for _ in 0..13 {
        pass(&office, TimeDelta::minutes(5)).await;
    }
    assert_eq!(told(&office).await, [] as [usize; 0]);
}

#[tokio::test]
async fn a_silence_holds_in_a_group_those_whom_it_hides() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    let request = CreateSilenceRequest {
        matchers: vec!["order_id = B1".to_owned()],
        author: "ann".to_owned(),
        reason: "known".to_owned(),
        ends_at: Some(timestamp(office.clock.now() + TimeDelta::hours(1))),
        ..CreateSilenceRequest::default()
    };
    let server = SilenceServer::new(office.notifier.clone());
    server.create_silence(Request::new(request)).await.unwrap();
    office.take(&[opened("B1"), opened("B2")]).await;
    pass(&office, TimeDelta::seconds(30)).await;
    assert_eq!(told(&office).await, [1]);
    let held = office.deliveries(&[DeliveryState::Held]).await;
    assert!(held[0].held_by.starts_with("silence "), "{held:?}");
}

#[tokio::test]
async fn two_replicas_tell_a_group_once() {
    let office = Office::open(|_| {}).await;
    office.apply(GROUPED).await;
    office.take(&[opened("B1"), opened("B2")]).await;
    office.clock.advance(TimeDelta::seconds(30));
    let replica = office.replica();
    let (one, other) = tokio::join!(office.notifier.tell_due_groups(), replica.tell_due_groups());
    assert_eq!(one.unwrap().done + other.unwrap().done, 1);
    office.send(Channel::Wecom).await;
    assert_eq!(told(&office).await, [2]);
}
