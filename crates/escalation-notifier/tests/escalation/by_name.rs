//! Channels that tell each person for themselves.

use contracts::escalation::v1::{
    ConfirmContactRequest, DeliveryState, SendContactCodeRequest,
    directory_service_server::DirectoryService,
};
use escalation_notifier::{
    domain::channel::Channel,
    grpc::directory::DirectoryServer,
    sink::vendors::{Misbehaviour, SECRET},
};

use tonic::Request;

use crate::{
    again::send,
    office::{Office, opened},
};

/// The owner is told by the application, the colleague by short message.
async fn office() -> Office {
    office_of("phone: '+8613812345678', wecomUser: colleague-1").await
}

/// The same, with other addresses of the colleague.
async fn office_of(colleague: &str) -> Office {
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
    colleague: {{{colleague}}}
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
async fn a_short_message_that_may_have_arrived_comes_again_under_its_id_and_no_other_does() {
    let office = office().await;
    office.vendors.lift_limits();
    office.hours_pass(1).await;
    office.take(&[opened("A1"), opened("A2")]).await;
    office.vendors.misbehave(Misbehaviour::Silence);
    office.notifier.dispatch(Channel::Sms).await.unwrap();
    office.take(&[opened("B1"), opened("B2")]).await;
    send(&office, Channel::Sms).await;
    let report = office.vendors.report();
    let mut ids: Vec<&str> = report
        .of(Channel::Sms)
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(ids.len(), 3, "{report:?}");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{report:?}");
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

#[tokio::test]
async fn a_number_and_a_user_id_are_verified_by_a_code_that_arrives_there() {
    let office = office_of(
        "phone: {address: '+8613812345678', verified: false}, \
         wecomUser: {address: colleague-1, verified: false}",
    )
    .await;
    let server = DirectoryServer::new(office.notifier.clone());
    for (kind, channel) in [("phone", Channel::Sms), ("wecomUser", Channel::WecomApp)] {
        let ask = SendContactCodeRequest {
            person: "colleague".to_owned(),
            kind: kind.to_owned(),
        };
        server.send_contact_code(Request::new(ask)).await.unwrap();
        let report = office.vendors.report();
        let arrived = report.of(channel).pop().unwrap();
        let mut words = arrived
            .text
            .split(|character: char| !character.is_ascii_digit());
        let code = words.find(|word| word.len() == 6).unwrap();
        let confirm = ConfirmContactRequest {
            person: "colleague".to_owned(),
            kind: kind.to_owned(),
            code: code.to_owned(),
            actor: "colleague".to_owned(),
        };
        server.confirm_contact(Request::new(confirm)).await.unwrap();
    }
    office.take(&[opened("A1")]).await;
    office.hours_pass(1).await;
    let ledger = office.ledger().await;
    assert!(
        ledger.iter().any(|(channel, ..)| channel == "sms"),
        "{ledger:?}"
    );
    assert_eq!(office.vendors.report().violations(), 0);
}
