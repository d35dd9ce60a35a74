use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use contracts::ticketing::v1::act;
use escalation_notifier::{
    acknowledge::{self, link::Links},
    domain::channel::Channel,
};
use outbound::Url;
use tower::ServiceExt;

use crate::{
    desk::Desk,
    office::{KEY, Office, opened},
};

pub(crate) const PAGE: &str = "https://orderwatch.example.com/notices";

/// An office whose notices have links, its desk, and its pages.
pub(crate) async fn office() -> (Office, Desk, Router) {
    let office = Office::open(|config| {
        let page = Url::parse(PAGE).unwrap();
        let key = "a key of more than thirty-two bytes".into();
        config.links = Some(Links::new(key, page, Duration::from_secs(3 * 24 * 3_600)));
    })
    .await;
    let desk = Desk::default();
    let address = desk.start().await;
    let channel =
        service::client::channel(&format!("http://{address}"), Duration::from_secs(5)).unwrap();
    let pages = acknowledge::router(office.notifier.clone(), acknowledge::Desk::new(channel));
    (office, desk, pages)
}

/// Path of the link in the last message of the owner's group.
fn link(office: &Office) -> String {
    let report = office.vendors.report();
    let text = &report.accepted.last().unwrap().text;
    let start = text.find(PAGE).unwrap() + PAGE.len();
    let end = text[start..].find(')').unwrap();
    text[start..start + end].to_owned()
}

pub(crate) async fn asked(
    pages: &Router,
    method: &str,
    path: &str,
    form: &str,
) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let answer = pages.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) async fn told() -> (Office, Desk, Router, String) {
    let (office, desk, pages) = office().await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let path = link(&office);
    (office, desk, pages, path)
}

#[tokio::test]
async fn looking_changes_nothing_and_pressing_acknowledges_as_the_person() {
    let (_office, desk, pages, path) = told().await;
    for method in ["GET", "HEAD", "GET"] {
        let (status, _) = asked(&pages, method, &path, "").await;
        assert_eq!(status, StatusCode::OK);
    }
    assert!(desk.0.lock().unwrap().acts.is_empty());
    let (status, page) = asked(&pages, "POST", &path, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Taken on by owner"), "{page}");
    let inside = desk.0.lock().unwrap();
    assert_eq!(inside.acts.len(), 1);
    let asked = &inside.acts[0];
    assert_eq!(
        (asked.actor.as_str(), asked.ticket_id.as_str()),
        ("owner", "T-A1")
    );
    let act = asked.act.as_ref().unwrap().act.as_ref().unwrap();
    assert!(matches!(act, act::Act::Acknowledge(_)));
    assert!(asked.note.contains("by the link of the notice"));
}

#[tokio::test]
async fn who_takes_it_on_may_have_it_come_back_in_two_hours() {
    let (_office, desk, pages, path) = told().await;
    let (status, _) = asked(&pages, "POST", &path, "come_back=2h").await;
    assert_eq!(status, StatusCode::OK);
    let inside = desk.0.lock().unwrap();
    let act = inside.acts[0].act.as_ref().unwrap().act.as_ref().unwrap();
    let act::Act::Acknowledge(acknowledged) = act else {
        panic!("expected an acknowledgement, found {act:?}");
    };
    assert_eq!(acknowledged.come_back.map(|it| it.seconds), Some(7_200));
}

#[tokio::test]
async fn pressing_again_shows_who_has_it_and_does_nothing() {
    let (_office, desk, pages, path) = told().await;
    desk.0.lock().unwrap().acknowledged_by = "somebody".to_owned();
    let (status, page) = asked(&pages, "POST", &path, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Taken on by somebody") && !page.contains("<button"));
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn a_change_of_somebody_elses_in_between_is_gone_over() {
    let (_office, desk, pages, path) = told().await;
    desk.0.lock().unwrap().stale = 2;
    let (status, _) = asked(&pages, "POST", &path, "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(desk.0.lock().unwrap().acts.len(), 1);
}

#[tokio::test]
async fn who_else_was_told_is_shown_masked() {
    let (office, _desk, pages, path) = told().await;
    office.hours_pass(4).await;
    office.send(Channel::Email).await;
    let (_, page) = asked(&pages, "GET", &path, "").await;
    assert!(page.contains("m***@example.com"), "{page}");
    assert!(!page.contains("manager@example.com"), "{page}");
}

#[tokio::test]
async fn a_link_that_is_altered_or_old_leads_nowhere() {
    let (office, desk, pages, path) = told().await;
    let altered = path.replace("/a/", "/a/A");
    let (status, _) = asked(&pages, "POST", &altered, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    office.hours_pass(3 * 24 + 1).await;
    let (status, page) = asked(&pages, "POST", &path, "").await;
    assert_eq!(status, StatusCode::GONE);
    assert!(page.contains("链接已过期"), "{page}");
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn of_several_readers_of_a_group_one_has_to_say_who_it_is() {
    let (office, desk, pages) = office().await;
    let hook = office.secret("again", &office.vendors.webhook(Channel::Wecom, KEY));
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: en
  endpoints:
    east: {{vendor: wecom, webhook: 'file:{hook}'}}
  people:
    owner: {{endpoints: [east]}}
    colleague: {{endpoints: [east]}}
    stranger: {{}}
  warehouses:
    WH-E: {{owner: owner}}
"
        ))
        .await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let path = link(&office);
    for form in ["", "person=stranger"] {
        let (_, page) = asked(&pages, "POST", &path, form).await;
        assert!(page.contains("<option>colleague") && page.contains("<button"));
    }
    assert!(desk.0.lock().unwrap().acts.is_empty());
    let (_, page) = asked(&pages, "POST", &path, "person=colleague").await;
    assert!(page.contains("Taken on by colleague"), "{page}");
}

#[tokio::test]
async fn a_link_of_somebody_who_left_does_nothing_and_shows_nothing() {
    let (office, desk, pages, path) = told().await;
    office
        .apply(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec: {people: {somebody-else: {}}}
",
        )
        .await;
    for method in ["GET", "POST"] {
        let (status, page) = asked(&pages, method, &path, "").await;
        assert_eq!(status, StatusCode::GONE, "{page}");
        assert!(!page.contains("late-shipment"), "{page}");
    }
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn a_form_that_nobody_fills_in_is_refused() {
    let (_office, desk, pages, path) = told().await;
    let form = format!("person={}", "x".repeat(5_000));
    let (status, _) = asked(&pages, "POST", &path, &form).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(desk.0.lock().unwrap().acts.is_empty());
}

#[tokio::test]
async fn ticketing_that_does_not_answer_is_said_so() {
    let office = office().await.0;
    let channel = service::client::channel("http://127.0.0.1:1", Duration::from_secs(1)).unwrap();
    let pages = acknowledge::router(office.notifier.clone(), acknowledge::Desk::new(channel));
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let (status, page) = asked(&pages, "POST", &link(&office), "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("Nothing was changed"), "{page}");
}

#[tokio::test]
async fn links_are_kept_nowhere() {
    let (office, _desk, _pages, path) = told().await;
    assert!(!office.everything().await.contains(&path));
}
