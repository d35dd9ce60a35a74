//! What messages look like, and whether they arrive.

use contracts::escalation::v1::{
    DeliveryState, ExplainNotificationRequest, GetNotificationRequest, GetNotificationResponse,
    NotificationPreview, PreviewNotificationRequest, TestNotificationRequest,
    explanation_service_server::ExplanationService,
    notification_service_server::NotificationService,
};
use escalation_notifier::{
    domain::channel::Channel,
    grpc::{ExplanationServer, notifications::NotificationServer},
    sink::vendors::Misbehaviour,
};
use tonic::{Code, Request, Status};

use crate::office::{KEY, Office, opened};

const WORDS: &str = "
apiVersion: orderwatch/v1
kind: MessageTemplate
metadata: {name: short-en}
spec:
  part: text
  language: en
  channels: [wecom]
  template: 'Look at {{ order|bold }}, {{ time }}'
";

fn server(office: &Office) -> NotificationServer {
    NotificationServer::new(office.notifier.clone())
}

async fn preview(
    office: &Office,
    request: PreviewNotificationRequest,
) -> Result<Vec<NotificationPreview>, Status> {
    let server = server(office);
    let answer = server.preview_notification(Request::new(request)).await?;
    Ok(answer.into_inner().previews)
}

async fn test(office: &Office, endpoint: &str) -> Result<(String, String), Status> {
    let request = TestNotificationRequest {
        endpoint: endpoint.to_owned(),
        actor: "tester".to_owned(),
        ..TestNotificationRequest::default()
    };
    let server = server(office);
    let answer = server.test_notification(Request::new(request)).await?;
    let answer = answer.into_inner();
    Ok((answer.delivery_id, answer.ticket_id))
}

async fn became(office: &Office, delivery_id: String) -> GetNotificationResponse {
    let request = Request::new(GetNotificationRequest { delivery_id });
    let answer = server(office).get_notification(request).await.unwrap();
    answer.into_inner()
}

#[tokio::test]
async fn every_vendors_message_is_shown_within_its_limit_and_nothing_is_sent() {
    let office = Office::open(|_| {}).await;
    for tickets in [1, 500] {
        let request = PreviewNotificationRequest {
            tickets,
            ..PreviewNotificationRequest::default()
        };
        let previews = preview(&office, request).await.unwrap();
        assert_eq!(previews.len(), Channel::ENDPOINTS.len() + 1);
        for preview in previews {
            let limit = preview.text_bytes_at_most;
            assert!(limit == 0 || preview.text_bytes <= limit, "{preview:?}");
            assert!(preview.body_bytes > 0 && !preview.body.contains(KEY));
            assert!(
                !preview.body.contains("nothing would be sent"),
                "{preview:?}"
            );
        }
    }
    assert_eq!(office.vendors.report().accepted.len(), 0);
    assert_eq!(office.deliveries(&[]).await.len(), 0);
}

#[tokio::test]
async fn a_letter_about_many_is_shown_as_the_digest_that_would_be_sent() {
    let office = Office::open(|_| {}).await;
    let request = PreviewNotificationRequest {
        channel: "email".to_owned(),
        tickets: 500,
        ..PreviewNotificationRequest::default()
    };
    let letter = &preview(&office, request).await.unwrap()[0];
    assert!(letter.title.starts_with("500 ticket notices"), "{letter:?}");
    assert!(letter.text.contains("SO-20260618-0059"), "{letter:?}");
    assert!(letter.text.contains("and 440 more"), "{letter:?}");
}

#[tokio::test]
async fn words_of_an_operators_own_are_seen_before_they_are_applied_and_said_afterwards() {
    let office = Office::open(|_| {}).await;
    let request = |yaml: &str| PreviewNotificationRequest {
        endpoint: "east".to_owned(),
        resources_yaml: yaml.to_owned(),
        ..PreviewNotificationRequest::default()
    };
    let tried = preview(&office, request(WORDS)).await.unwrap();
    assert_eq!(tried[0].text, "Look at **SO-20260618-0042**, **45 min**");
    assert_eq!(tried[0].templates, ["short-en"]);
    let without = preview(&office, request("")).await.unwrap();
    assert!(without[0].text.contains("New ticket"), "{without:?}");
    let wrong = preview(&office, request(&WORDS.replace("order|bold", "odrer"))).await;
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    assert!(wrong.message().contains("line 9, column 25"), "{wrong:?}");
    office.apply(WORDS).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let report = office.vendors.report();
    assert!(
        report.accepted[0].text.starts_with("Look at **A1**"),
        "{report:?}"
    );
    let ticket_id = office.deliveries(&[]).await[0].ticket_id.clone();
    let real = PreviewNotificationRequest {
        ticket_id,
        ..request("")
    };
    let real = preview(&office, real).await.unwrap();
    assert!(real[0].text.starts_with("Look at **A1**"), "{real:?}");
}

#[tokio::test]
async fn a_test_goes_the_way_of_all_messages_and_says_that_it_is_one() {
    let office = Office::open(|_| {}).await;
    let (delivery, ticket) = test(&office, "east").await.unwrap();
    office.send(Channel::Wecom).await;
    let report = office.vendors.report();
    assert!(
        report.accepted[0].text.contains("This is a test"),
        "{report:?}"
    );
    let became = became(&office, delivery).await;
    let line = became.delivery.unwrap();
    assert_eq!(
        (line.state(), line.cause.as_str()),
        (DeliveryState::Sent, "test")
    );
    let [attempt] = &became.attempts[..] else {
        panic!("{:?}", became.attempts);
    };
    assert_eq!(attempt.outcome, "accepted");
    let request = ExplainNotificationRequest {
        ticket_id: ticket,
        person: String::new(),
    };
    let explained = ExplanationServer::new(office.notifier.clone());
    let explained = explained.explain_notification(Request::new(request));
    let reasons = explained.await.unwrap().into_inner().reasons;
    assert_eq!(reasons[0].why, "somebody tried whether it arrives");
}

#[tokio::test]
async fn a_test_that_is_not_taken_is_tried_once_and_told_to_nobody_else() {
    let office = Office::open(|_| {}).await;
    for how in [
        Misbehaviour::ErrorCode(93_000),
        Misbehaviour::Status(500, None),
    ] {
        office.vendors.misbehave(how);
        let (delivery, _) = test(&office, "east").await.unwrap();
        office.send(Channel::Wecom).await;
        let became = became(&office, delivery).await;
        assert_eq!(became.delivery.unwrap().state(), DeliveryState::Failed);
        assert_eq!(became.attempts.len(), 1);
    }
    assert_eq!(office.deliveries(&[]).await.len(), 2);
}

#[tokio::test]
async fn whoever_names_what_is_not_there_is_told_what_is() {
    let office = Office::open(|_| {}).await;
    let unknown = test(&office, "west").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let said = "there is no endpoint west; there is east [OW-ESCALATION-UNKNOWN]";
    assert_eq!(unknown.message(), said);
    let request = PreviewNotificationRequest {
        person: "manager".to_owned(),
        channel: "sms".to_owned(),
        ..PreviewNotificationRequest::default()
    };
    let unreached = preview(&office, request).await.unwrap_err();
    assert_eq!(
        unreached.message(),
        "there is no way to manager by sms; there is email (m***@example.com) [OW-ESCALATION-UNKNOWN]"
    );
}
