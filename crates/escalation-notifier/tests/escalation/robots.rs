use std::time::{Duration, Instant};

use contracts::{escalation::v1::DeliveryState, event::v1::TicketTransition};
use escalation_notifier::{
    domain::policy::Channel,
    sink::vendors::Misbehaviour,
    store::{
        messages::{self, Message},
        queue,
    },
};
use outbound::{Destinations, Hosts, Networks};

use crate::office::{KEY, Office, change, opened};

#[tokio::test]
async fn five_hundred_tickets_at_once_are_all_told_without_breaking_the_limit() {
    let office = Office::open(|_| {}).await;
    let replica = office.replica();
    for group in 0..25 {
        let tickets: Vec<_> = (0..20).map(|n| opened(&format!("A{group}-{n}"))).collect();
        office.take(&tickets).await;
        let (one, other) = tokio::join!(
            office.notifier.dispatch(Channel::Wecom),
            replica.dispatch(Channel::Wecom)
        );
        one.unwrap();
        other.unwrap();
    }
    office.send_all(Channel::Wecom).await;
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    assert!(report.accepted.len() <= 20);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), 500);
    let messages: std::collections::HashSet<_> =
        sent.iter().map(|delivery| &delivery.message_id).collect();
    assert_eq!(messages.len(), report.accepted.len());
    assert_eq!(office.said().await.len(), 500);
}

#[tokio::test]
async fn what_is_urgent_goes_alone_and_a_digest_counts_the_rest() {
    let office = Office::open(|_| {}).await;
    let mut tickets: Vec<_> = (0..40).map(|n| opened(&format!("A{n}"))).collect();
    let mut critical = opened("CRITICAL");
    critical.severity = "critical".to_owned();
    tickets.push(critical);
    tickets.push(change("A7", TicketTransition::Overdue, 2));
    office.take(&tickets).await;
    office.send(Channel::Wecom).await;
    let accepted = office.vendors.report().accepted;
    // The two urgent ones overtake in messages of their own.
    assert_eq!(accepted.len(), 3);
    let digest = accepted.iter().max_by_key(|it| it.text.len()).unwrap();
    assert!(
        digest.text.starts_with("**40 ticket notices**"),
        "{}",
        digest.text
    );
}

#[tokio::test]
async fn an_answer_over_limit_makes_the_robot_rest_and_loses_nothing() {
    let office = Office::open(|_| {}).await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(45_009));
    office.take(&[opened("A1")]).await;
    office.notifier.dispatch(Channel::Wecom).await.unwrap();
    let waiting = office.deliveries(&[DeliveryState::Retrying]).await;
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].last_error.contains("45009"));
    // Once the delivery's own back-off is over, it waits for the robot.
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let pass = office.notifier.dispatch(Channel::Wecom).await.unwrap();
        assert_eq!(pass.done, 0, "the robot rests");
        let waiting = office.deliveries(&[DeliveryState::Retrying]).await;
        let next = waiting[0].next_attempt_at.unwrap().seconds;
        if next > chrono::Utc::now().timestamp() + 50 {
            break;
        }
        assert!(Instant::now() < deadline, "{waiting:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(office.vendors.report().accepted.is_empty());
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let office = Office::open(|_| {}).await;
    office
        .vendors
        .misbehave(Misbehaviour::Status(503, Some(3_600)));
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let waiting = office.deliveries(&[DeliveryState::Retrying]).await;
    let next = waiting[0].next_attempt_at.unwrap().seconds;
    assert!(next > chrono::Utc::now().timestamp() + 3_500);
}

#[tokio::test]
async fn a_refusal_fails_at_once_and_the_fallback_is_told() {
    let office = Office::open(|_| {}).await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(93_000));
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    office.send(Channel::Email).await;
    assert_eq!(office.smtp.letters()[0].to, "on-call@example.com");
    assert_eq!(
        office.said().await,
        ["notification.failed", "notification.sent"]
    );
}

#[tokio::test]
async fn an_answer_that_is_lost_is_retried_under_the_same_delivery() {
    let office = Office::open(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    office.vendors.misbehave(Misbehaviour::Silence);
    office.take(&[opened("A1")]).await;
    office.send_all(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 2);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!((sent.len(), sent[0].attempts), (1, 2));
}

#[tokio::test]
async fn a_crash_between_claim_and_send_is_made_up_for() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1"), opened("A2")]).await;
    // A sender claims, and is never heard of again.
    let mut transaction = office.database.pool().begin().await.unwrap();
    let claimed = queue::claim(
        &mut transaction,
        Channel::Wecom,
        "east",
        queue::NEW,
        i16::MIN..=i16::MAX,
        10,
    )
    .await
    .unwrap();
    let abandoned = Message::of(claimed);
    messages::begin(
        &mut transaction,
        &[&abandoned],
        Duration::ZERO,
        office.clock.now(),
    )
    .await
    .unwrap();
    transaction.commit().await.unwrap();
    office
        .take(&[change("A2", TicketTransition::Acknowledged, 2)])
        .await;
    office.send_all(Channel::Wecom).await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!((sent.len(), sent[0].attempts), (1, 2));
    assert_eq!(sent[0].order_id, "A1");
    // Acknowledged in the meantime: not said again.
    let cancelled = office.deliveries(&[DeliveryState::Cancelled]).await;
    assert_eq!(cancelled[0].order_id, "A2");
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_never_called() {
    refused("outbound.allowed_hosts", |to| {
        to.hosts = Hosts::named(["robots.example.com"]).unwrap();
    })
    .await;
    refused("outbound.allowed_hosts", |to| {
        to.hosts = Hosts::named::<&str>([]).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_host_of_ones_own_network_is_never_called_unless_it_is_open() {
    refused("outbound.private_networks", |to| {
        to.networks = Networks::default();
    })
    .await;
    refused("outbound.plain_http", |to| to.plain_http = false).await;
}

/// A message fails at once, nothing arrives, and the ledger says which setting is in the way.
async fn refused(setting: &str, adjust: impl FnOnce(&mut Destinations)) {
    let office = Office::open(|config| adjust(&mut config.destinations)).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    assert!(office.vendors.report().accepted.is_empty());
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    let told = &failed[0].last_error;
    assert!(told.contains(setting) && !told.contains(KEY), "{told}");
}

#[tokio::test]
async fn the_key_of_a_robot_appears_nowhere_in_the_database() {
    let office = Office::open(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    office.vendors.misbehave(Misbehaviour::Silence);
    office.vendors.misbehave(Misbehaviour::Status(404, None));
    office.take(&[opened("A1")]).await;
    office.send_all(Channel::Wecom).await;
    let everything = office.everything().await;
    assert!(everything.contains("HTTP 404"));
    assert!(!everything.contains(KEY));
}
