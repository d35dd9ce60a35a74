//! Channels that tell each person for themselves.

use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{
    domain::channel::Channel,
    sink::vendors::{Misbehaviour, SECRET},
};

use crate::office::{Office, opened};

/// The owner is told by the application, the colleague by short message.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    let secret = office.secret("secret", SECRET);
    let app = office.secret("app", &office.vendors.webhook(Channel::WecomApp, ""));
    let gateway = office.secret("gateway", &office.vendors.webhook(Channel::Sms, ""));
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: zh
  endpoints:
    app: {{vendor: wecom-app, webhook: 'file:{app}', secret: 'file:{secret}', corp: ww-stand-in, agent: 1000002}}
    gateway:
      vendor: sms
      webhook: 'file:{gateway}'
      secret: 'file:{secret}'
      request:
        body: '{{\"to\": {{{{ to|json }}}}, \"text\": {{{{ text|json }}}}, \"id\": {{{{ id|json }}}}}}'
      accepted: {{at: /code, is: '0'}}
  people:
    owner: {{wecomUser: owner-1}}
    colleague: {{phone: '+8613812345678', wecomUser: colleague-1}}
  warehouses:
    WH-E: {{owner: owner}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec:
  levels:
    - {{delay: 0s, recipients: [warehouse-owner], channel: wecom-app}}
    - {{delay: 1h, recipients: ['person:colleague'], channel: sms}}
"
        ))
        .await;
    office
}

#[tokio::test]
async fn each_person_is_told_at_an_address_of_their_own() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::WecomApp).await;
    office.hours_pass(1).await;
    office.send(Channel::Sms).await;
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let (app, sms) = (report.of(Channel::WecomApp), report.of(Channel::Sms));
    assert_eq!((app.len(), sms.len()), (1, 1), "{report:?}");
    assert_eq!(app[0].robot, "owner-1");
    assert!(app[0].text.contains("**A1**"), "{}", app[0].text);
    assert_eq!(sms[0].robot, "+8613812345678");
    assert!(sms[0].text.contains("A1"), "{}", sms[0].text);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    let shown: Vec<&str> = sent.iter().map(|it| it.recipient.as_str()).collect();
    assert!(
        shown.contains(&"o***") && shown.contains(&"+861****5678"),
        "{shown:?}"
    );
}

#[tokio::test]
async fn a_lost_access_token_is_asked_for_again_and_nothing_is_lost() {
    let office = office().await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(42_001));
    office.take(&[opened("A1")]).await;
    office.send_all(Channel::WecomApp).await;
    let report = office.vendors.report();
    assert_eq!((report.accepted.len(), report.violations()), (1, 0));
}

#[tokio::test]
async fn each_member_has_a_limit_of_their_own() {
    let office = office().await;
    let tickets: Vec<_> = (0..100).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    office.send(Channel::WecomApp).await;
    office.hours_pass(1).await;
    office.send(Channel::Sms).await;
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), 200);
    assert_eq!(report.of(Channel::Sms).len(), 1);
}

#[tokio::test]
async fn an_error_inside_a_200_of_a_gateway_is_an_error() {
    let office = office().await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::WecomApp).await;
    office.hours_pass(1).await;
    office.vendors.misbehave(Misbehaviour::ErrorCode(7));
    office.send(Channel::Sms).await;
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert_eq!(failed.len(), 1);
    assert!(failed[0].last_error.contains("as asked for"), "{failed:?}");
    for secret in [SECRET, "13812345678", "TOKEN-of"] {
        assert!(!office.everything().await.contains(secret), "{secret}");
    }
}
