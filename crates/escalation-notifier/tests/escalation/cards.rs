//! Cards in `WeCom` with a button that takes the ticket on.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{escalation::v1::DeliveryState, event::v1::TicketTransition};
use escalation_notifier::{
    acknowledge::{self, link::Links},
    domain::channel::Channel,
    sink::vendors::{
        Misbehaviour, SECRET,
        wecom_callback::{Application, Callback, KEY, TOKEN},
    },
};
use outbound::Url;
use tower::ServiceExt;

use crate::{
    desk::Desk,
    office::{Office, change, opened},
};

const APP: Application<'static> = Application {
    corp: "ww-stand-in",
    agent: 1_000_002,
};

/// An office whose owner is told by an application with callbacks, its desk, and what it serves.
async fn office(key: &str) -> (Office, Desk, Router) {
    let office = Office::open(|config| {
        config.http.listen = Some(([127, 0, 0, 1], 0).into());
        let page = Url::parse("https://orderwatch.example.com").unwrap();
        let key = "a key of more than thirty-two bytes".into();
        config.links = Some(Links::new(key, page, Duration::from_secs(3_600)));
    })
    .await;
    let secret = office.secret("secret", SECRET);
    let (token, key) = (office.secret("token", TOKEN), office.secret("key", key));
    let app = office.secret("app", &office.vendors.webhook(Channel::WecomApp, ""));
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: en
  endpoints:
    app:
      vendor: wecom-app
      webhook: 'file:{app}'
      secret: 'file:{secret}'
      corp: ww-stand-in
      agent: 1000002
      callback: {{token: 'file:{token}', key: 'file:{key}'}}
  people:
    owner: {{wecomUser: Owner-1}}
    colleague: {{wecomUser: colleague-1, language: zh}}
  warehouses:
    WH-E: {{owner: owner}}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {{name: default}}
spec:
  levels:
    - {{delay: 0s, recipients: [warehouse-owner], channel: wecom-app}}
"
        ))
        .await;
    let desk = Desk::default();
    let served = served(&office, &desk).await;
    (office, desk, served)
}

/// What a replica of the office serves.
async fn served(office: &Office, desk: &Desk) -> Router {
    let address = desk.start().await;
    let channel =
        service::client::channel(&format!("http://{address}"), Duration::from_secs(5)).unwrap();
    acknowledge::router(office.replica(), acknowledge::Desk::new(channel))
}

/// The same, and the task id of a card that the owner got.
async fn told() -> (Office, Desk, Router, String) {
    let (office, desk, served) = office(KEY).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::WecomApp).await;
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let card = report.of(Channel::WecomApp)[0].clone();
    (office, desk, served, card.id)
}

async fn called(served: &Router, callback: &Callback) -> (StatusCode, String) {
    let method = if callback.body.is_empty() {
        "GET"
    } else {
        "POST"
    };
    asked(
        served,
        method,
        "app",
        &callback.query,
        callback.body.clone(),
    )
    .await
}

async fn asked(
    served: &Router,
    method: &str,
    endpoint: &str,
    query: &str,
    body: String,
) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/wecom/{endpoint}?{query}"))
        .body(Body::from(body))
        .unwrap();
    let answer = served.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What a press of a member changes the button to, or tells the member.
async fn pressed(served: &Router, member: &str, task: &str) -> (String, String) {
    let now = Utc::now();
    let press = APP.press(member, "acknowledge", task, now);
    let (status, answer) = called(served, &press).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    APP.shown(&answer, now).unwrap()
}

fn button(said: &str) -> (String, String) {
    ("update_button".to_owned(), said.to_owned())
}

#[tokio::test]
async fn a_ticket_comes_as_a_card_that_leads_to_its_page() {
    let (office, _desk, _served, task) = told().await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(task, sent[0].id);
    let text = office.vendors.report().accepted[0].text.clone();
    assert!(
        text.contains("late-shipment") && !text.contains("**"),
        "{text}"
    );
    assert!(text.contains("https://orderwatch.example.com/a/"), "{text}");
}

#[tokio::test]
async fn a_press_takes_the_ticket_on_as_the_member_and_the_card_says_so() {
    let (_office, desk, served, task) = told().await;
    // Members are the same in small and capital letters.
    let shown = pressed(&served, "owner-1", &task).await;
    assert_eq!(shown, button("Taken on by owner"));
    let inside = desk.0.lock().unwrap();
    assert_eq!(inside.acts.len(), 1);
    let act = &inside.acts[0];
    assert_eq!(
        (act.actor.as_str(), act.ticket_id.as_str()),
        ("owner", "T-A1")
    );
    assert_eq!(act.note, format!("by the button of the notice {task}"));
}

#[tokio::test]
async fn a_press_that_comes_again_to_another_replica_changes_nothing() {
    let (office, desk, served, task) = told().await;
    let again = self::served(&office, &desk).await;
    for served in [&served, &again, &served] {
        let shown = pressed(served, "Owner-1", &task).await;
        assert_eq!(shown, button("Taken on by owner"));
    }
    assert_eq!(desk.0.lock().unwrap().acts.len(), 1);
}

#[tokio::test]
async fn a_press_that_somebody_overheard_takes_nothing_on_again() {
    let (office, desk, served, task) = told().await;
    let now = Utc::now();
    let press = APP.press("owner-1", "acknowledge", &task, now);
    let (status, _) = called(&served, &press).await;
    assert_eq!(status, StatusCode::OK);
    // It was handed over since, and waits again.
    desk.0.lock().unwrap().taken.clear();
    let another = self::served(&office, &desk).await;
    for served in [&served, &another] {
        let (status, answer) = called(served, &press).await;
        assert_eq!((status, answer.as_str()), (StatusCode::OK, ""));
    }
    assert_eq!(desk.0.lock().unwrap().acts.len(), 1);
    // Whoever presses anew is heard.
    pressed(&served, "owner-1", &task).await;
    assert_eq!(desk.0.lock().unwrap().acts.len(), 2);
}

#[tokio::test]
async fn a_press_that_came_to_nothing_may_come_again() {
    let (office, desk, served, task) = told().await;
    let nowhere = service::client::channel("http://127.0.0.1:1", Duration::from_secs(1)).unwrap();
    let away = acknowledge::router(office.replica(), acknowledge::Desk::new(nowhere));
    let now = Utc::now();
    let press = APP.press("owner-1", "acknowledge", &task, now);
    called(&away, &press).await;
    let (_, answer) = called(&served, &press).await;
    let shown = APP.shown(&answer, now).unwrap();
    assert_eq!(shown, button("Taken on by owner"));
    assert_eq!(desk.0.lock().unwrap().acts.len(), 1);
}

#[tokio::test]
async fn the_card_says_who_has_it_when_somebody_else_was_quicker() {
    let (_office, desk, served, task) = told().await;
    desk.0.lock().unwrap().acknowledged_by = "somebody".to_owned();
    let shown = pressed(&served, "colleague-1", &task).await;
    assert_eq!(shown, button("somebody 已接手"));
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn whoever_is_not_in_the_directory_is_told_so_and_does_nothing() {
    let (_office, desk, served, task) = told().await;
    let (kind, said) = pressed(&served, "stranger", &task).await;
    assert_eq!(kind, "text");
    assert!(said.contains("does not know you"), "{said}");
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn whoever_presses_while_ticketing_is_away_is_asked_to_press_again() {
    let (office, _desk, _served, task) = told().await;
    let nowhere = service::client::channel("http://127.0.0.1:1", Duration::from_secs(1)).unwrap();
    let served = acknowledge::router(office.replica(), acknowledge::Desk::new(nowhere));
    let (kind, said) = pressed(&served, "owner-1", &task).await;
    assert_eq!(kind, "text");
    assert!(said.contains("Press again"), "{said}");
}

#[tokio::test]
async fn the_address_is_made_sure_of() {
    let (_office, _desk, served) = office(KEY).await;
    let echo = APP.echo("1616140317555161061", Utc::now());
    let (status, said) = called(&served, &echo).await;
    assert_eq!(
        (status, said.as_str()),
        (StatusCode::OK, "1616140317555161061")
    );
}

#[tokio::test]
async fn whatever_is_wrong_with_a_callback_is_answered_alike() {
    let (_office, desk, served, task) = told().await;
    let now = Utc::now();
    let press =
        |app: Application<'_>, at: DateTime<Utc>| app.press("owner-1", "acknowledge", &task, at);
    let good = press(APP, now);
    let old = now - TimeDelta::seconds(301);
    let foreign = Application {
        corp: "ww-other",
        ..APP
    };
    let mut all = vec![press(APP, old), press(foreign, now), APP.echo("word", old)];
    for (query, body) in [
        ("", good.body.as_str()),
        (good.query.as_str(), "<xml/>"),
        (
            good.query.as_str(),
            "<!DOCTYPE x [<!ENTITY e \"e\">]><xml><Encrypt>&e;</Encrypt></xml>",
        ),
        (
            &good.query.replace("msg_signature=", "msg_signature=0"),
            &good.body,
        ),
        (
            &good.query,
            &good
                .body
                .replace("<Encrypt><![CDATA[", "<Encrypt><![CDATA[AAAA"),
        ),
        (
            &good.query,
            &good.body.replace("]]></Encrypt>", "A]]></Encrypt>"),
        ),
    ] {
        let (query, body) = (query.to_owned(), body.to_owned());
        all.push(Callback { query, body });
    }
    let mut answers = Vec::new();
    for callback in &all {
        answers.push(called(&served, callback).await);
    }
    answers.push(asked(&served, "POST", "other", &good.query, good.body.clone()).await);
    for answer in &answers {
        assert_eq!(
            answer,
            &(
                StatusCode::FORBIDDEN,
                "this callback cannot be taken\n".to_owned()
            )
        );
    }
    let large = Callback {
        body: "x".repeat(65 << 10),
        ..good
    };
    assert_eq!(
        called(&served, &large).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn what_concerns_no_card_of_ours_is_heard_and_changes_nothing() {
    let (_office, desk, served, task) = told().await;
    let now = Utc::now();
    let entered = "<xml><FromUserName>owner-1</FromUserName><MsgType>event</MsgType>\
                   <Event>enter_agent</Event><AgentID>1000002</AgentID></xml>";
    let elsewhere = Application { agent: 7, ..APP };
    for callback in [
        APP.said(entered, now),
        APP.press("owner-1", "another button", &task, now),
        APP.press("owner-1", "acknowledge", "another-task", now),
        APP.press(
            "owner-1",
            "acknowledge",
            "00000000-0000-0000-0000-000000000000",
            now,
        ),
        elsewhere.press("owner-1", "acknowledge", &task, now),
    ] {
        let answer = called(&served, &callback).await;
        assert_eq!(answer, (StatusCode::OK, String::new()));
    }
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn digests_and_resolutions_come_as_text() {
    let (office, _desk, _served, _task) = told().await;
    office
        .take(&[change("A1", TicketTransition::Resolved, 2)])
        .await;
    office.send(Channel::WecomApp).await;
    let tickets: Vec<_> = (0..40).map(|n| opened(&format!("B{n}"))).collect();
    office.take(&tickets).await;
    office.send(Channel::WecomApp).await;
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    let ids: Vec<&str> = report.accepted[1..]
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(ids, ["", ""], "{report:?}");
}

#[tokio::test]
async fn a_card_whose_answer_is_lost_comes_once() {
    let (office, _desk, _served) = office(KEY).await;
    let mut config = office.config.clone();
    config.webhook_timeout = Duration::from_millis(300);
    let replica = office.replica_with(&config);
    office.vendors.misbehave(Misbehaviour::Silence);
    office.take(&[opened("A1")]).await;
    replica.dispatch(Channel::WecomApp).await.unwrap();
    office.send_all(Channel::WecomApp).await;
    assert_eq!(office.vendors.report().accepted.len(), 1);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!((sent.len(), sent[0].attempts), (1, 2));
}

#[tokio::test]
async fn a_key_that_is_none_is_told_without_the_key() {
    let (office, _desk, served) = office("not-an-EncodingAESKey").await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::WecomApp).await;
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    let told = &failed[0].last_error;
    assert!(told.contains("expected an EncodingAESKey"), "{told}");
    assert!(!office.everything().await.contains("not-an-EncodingAESKey"));
    let echo = APP.echo("word", Utc::now());
    assert_eq!(called(&served, &echo).await.0, StatusCode::FORBIDDEN);
}
