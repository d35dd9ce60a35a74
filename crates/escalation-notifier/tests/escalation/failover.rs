use std::time::Duration;

use chrono::TimeDelta;
use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{
    Config,
    domain::channel::Channel,
    sink::vendors::{Misbehaviour, SECRET},
};

use crate::office::{Office, opened};

/// The owner reads a group of `DingTalk`, and letters.
async fn office(adjust: impl FnOnce(&mut Config)) -> Office {
    let office = Office::open(adjust).await;
    let hook = office.secret("floor", &office.vendors.webhook(Channel::Dingtalk, "floor"));
    let secret = office.secret("floor-secret", SECRET);
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
    floor: {{vendor: dingtalk, webhook: 'file:{hook}', secret: 'file:{secret}'}}
  people:
    owner: {{endpoints: [floor], email: owner@example.com}}
  warehouses:
    WH-E: {{owner: owner}}
"
        ))
        .await;
    office
}

impl Office {
    /// Has the owner sleep from ten to seven, in Shanghai, and makes it eleven there.
    async fn apply_sleeper(&self) {
        let hook = self.secret("floor", &self.vendors.webhook(Channel::Dingtalk, "floor"));
        let secret = self.secret("floor-secret", SECRET);
        let directory = format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  endpoints:
    floor: {{vendor: dingtalk, webhook: 'file:{hook}', secret: 'file:{secret}'}}
  people:
    owner:
      endpoints: [floor]
      email: owner@example.com
      quietHours: {{timeZone: Asia/Shanghai, hours: {{daily: ['22:00-24:00', '00:00-07:00']}}}}
  warehouses:
    WH-E: {{owner: owner}}
"
        );
        self.apply(&directory).await;
        self.clock.advance(TimeDelta::hours(15));
    }
}

/// What is told by e-mail although it was meant for the group.
async fn letters(office: &Office) -> Vec<String> {
    office.send_all(Channel::Dingtalk).await;
    office.send_all(Channel::Email).await;
    let letters = office.smtp.letters();
    letters.into_iter().map(|letter| letter.to).collect()
}

#[tokio::test]
async fn a_vendor_that_blocks_its_robot_is_gone_around_at_once() {
    let office = office(|_| {}).await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(130_101));
    office.take(&[opened("A1"), opened("A2")]).await;
    let told = letters(&office).await;
    assert!(!told.is_empty());
    let later = opened("A3");
    office.take(&[later]).await;
    let told = letters(&office).await;
    let arrived = office.vendors.report().accepted.len();
    assert_eq!(told.len() + arrived, 3, "{told:?}");
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert!(
        failed
            .iter()
            .all(|it| it.last_error.ends_with("told by email instead"))
    );
    assert_eq!(failed.len(), told.len());
}

#[tokio::test]
async fn a_vendor_that_is_down_for_too_long_is_gone_around() {
    let office = office(|config| config.retry.patience = Duration::from_millis(100)).await;
    for _ in 0..20 {
        office.vendors.misbehave(Misbehaviour::Status(503, None));
    }
    office.take(&[opened("A1")]).await;
    assert_eq!(letters(&office).await, ["owner@example.com"]);
    assert!(office.vendors.report().accepted.is_empty());
}

#[tokio::test]
async fn what_goes_another_way_to_somebody_who_sleeps_waits_until_they_are_up() {
    let office = office(|_| {}).await;
    office.apply_sleeper().await;
    for _ in 0..2 {
        office.vendors.misbehave(Misbehaviour::ErrorCode(130_101));
    }
    let mut critical = opened("A2");
    critical.severity = "critical".to_owned();
    office.take(&[opened("A1"), critical]).await;
    assert_eq!(letters(&office).await, ["owner@example.com"]);
    let held = office.deliveries(&[DeliveryState::Held]).await;
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].held_by, "quiet-hours owner: not critical");
    assert_eq!(
        (held[0].order_id.as_str(), held[0].channel.as_str()),
        ("A1", "email")
    );
    office.clock.advance(TimeDelta::hours(8));
    while office.notifier.release_held().await.unwrap().done > 0 {}
    assert_eq!(letters(&office).await.len(), 2);
}

#[tokio::test]
async fn nothing_is_told_twice_by_ways_that_all_fail() {
    let office = office(|config| {
        config.retry.patience = Duration::ZERO;
        config.retry.attempts = 3;
    })
    .await;
    for _ in 0..9 {
        office.vendors.misbehave(Misbehaviour::Status(503, None));
        office
            .smtp
            .misbehave(escalation_notifier::sink::smtp::Misbehaviour::RefuseRecipient(451));
    }
    office.take(&[opened("A1")]).await;
    office.send_all(Channel::Dingtalk).await;
    office.send_all(Channel::Email).await;
    office.send_all(Channel::Log).await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].channel, "log");
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert_eq!(failed.len(), 2);
}
