//! The page of a digest, which lists its tickets.

use axum::{Router, http::StatusCode};
use contracts::event::v1::TicketTransition;
use escalation_notifier::domain::channel::Channel;

use crate::{
    acknowledge::{PAGE, asked, office},
    desk::Desk,
    office::{KEY, Office, change, opened},
};

/// An office in which one digest tells of so many tickets; its path.
async fn told(tickets: usize) -> (Office, Desk, Router, String) {
    let (office, desk, pages) = office().await;
    let path = tell(&office, tickets).await;
    (office, desk, pages, path)
}

async fn tell(office: &Office, tickets: usize) -> String {
    let tickets: Vec<_> = (0..tickets).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    office.send(Channel::Wecom).await;
    let report = office.vendors.report();
    assert_eq!((report.accepted.len(), report.violations()), (1, 0));
    let text = &report.accepted[0].text;
    let start = text.find(PAGE).unwrap() + PAGE.len();
    let end = text[start..].find(')').unwrap();
    text[start..start + end].to_owned()
}

/// What the page has in its field of what is shown.
fn shown(page: &str) -> String {
    let start = page.split("name=\"shown\" value=\"").nth(1).unwrap();
    start.split('"').next().unwrap().to_owned()
}

/// Tickets that were taken on, and by whom.
fn acts(desk: &Desk) -> Vec<(String, String)> {
    let inside = desk.0.lock().unwrap();
    let acts = inside.acts.iter();
    let mut acts: Vec<_> = acts
        .map(|it| (it.ticket_id.clone(), it.actor.clone()))
        .collect();
    acts.sort();
    acts
}

#[tokio::test]
async fn a_list_shows_how_every_ticket_stands_and_looking_changes_nothing() {
    let (office, desk, pages, path) = told(20).await;
    let by = ("T-A7".to_owned(), "somebody".to_owned());
    desk.0.lock().unwrap().taken.extend([by]);
    office.hours_pass(4).await;
    office.send(Channel::Email).await;
    for method in ["HEAD", "GET"] {
        asked(&pages, method, &path, "").await;
    }
    let (status, page) = asked(&pages, "GET", &path, "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("20 tickets, 20 wait for somebody"), "{page}");
    assert_eq!(page.matches("name=\"delivery\"").count(), 19);
    assert!(page.contains("Taken on by somebody"), "{page}");
    assert!(page.contains("2 h 0 min left"), "{page}");
    assert!(page.contains("m***@example.com") && !page.contains("manager@example"));
    assert_eq!(acts(&desk), []);
}

#[tokio::test]
async fn one_button_takes_on_one_and_another_all_that_nobody_has() {
    let (_office, desk, pages, path) = told(20).await;
    let (_, page) = asked(&pages, "GET", &path, "").await;
    let shown = shown(&page);
    let first = shown.split(',').next().unwrap();
    let form = format!("shown={shown}&delivery={first}");
    let (_, page) = asked(&pages, "POST", &path, &form).await;
    assert_eq!(acts(&desk).len(), 1);
    assert!(page.contains("Taken on by owner"), "{page}");
    let by = ("T-A7".to_owned(), "somebody".to_owned());
    desk.0.lock().unwrap().taken.extend([by]);
    let form = format!("shown={shown}&all=1");
    let (status, page) = asked(&pages, "POST", &path, &form).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(acts(&desk).len(), 19);
    assert!(acts(&desk).iter().all(|(_, by)| by == "owner"));
    let others = page.matches("Taken on by somebody</span> (before you)");
    assert_eq!(others.count(), 1, "{page}");
    assert!(!page.contains("<button"), "{page}");
}

#[tokio::test]
async fn a_list_acts_on_its_own_tickets_only() {
    let (office, desk, pages, path) = told(20).await;
    let mut other = opened("OTHER");
    other.severity = "critical".to_owned();
    office.take(&[other]).await;
    let deliveries = office.deliveries(&[]).await;
    let other = deliveries.iter().find(|it| it.order_id == "OTHER").unwrap();
    let form = format!("shown={0}&delivery={0}", other.id);
    let (status, _) = asked(&pages, "POST", &path, &form).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = asked(&pages, "POST", &path, "all=1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let altered = path.replace("/d/", "/a/");
    let (status, _) = asked(&pages, "POST", &altered, "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    office.hours_pass(3 * 24 + 1).await;
    let (status, _) = asked(&pages, "POST", &path, "all=1").await;
    assert_eq!(status, StatusCode::GONE);
    assert_eq!(acts(&desk), []);
}

#[tokio::test]
async fn a_list_of_who_left_the_directory_and_a_form_that_nobody_fills_in_do_nothing() {
    let (office, desk, pages, path) = told(20).await;
    let form = format!("all=1&shown={}", "x".repeat(5_000));
    let (status, _) = asked(&pages, "POST", &path, &form).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (_, page) = asked(&pages, "GET", &path, "").await;
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
        let form = format!("all=1&shown={}", shown(&page));
        let (status, page) = asked(&pages, method, &path, &form).await;
        assert_eq!(status, StatusCode::GONE, "{page}");
        assert!(!page.contains("late-shipment"), "{page}");
    }
    assert_eq!(acts(&desk), []);
}

#[tokio::test]
async fn a_long_list_is_turned_page_by_page_and_what_somebody_has_comes_last() {
    let (office, desk, pages, path) = told(70).await;
    let (_, first) = asked(&pages, "GET", &path, "").await;
    assert_eq!(first.matches("<li>").count(), 25);
    let (_, last) = asked(&pages, "GET", &format!("{path}?page=2"), "").await;
    assert_eq!(last.matches("<li>").count(), 20);
    let (status, _) = asked(&pages, "GET", &format!("{path}?page=99"), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let form = format!("shown={}&all=1", shown(&first));
    asked(&pages, "POST", &path, &form).await;
    assert_eq!(acts(&desk).len(), 25);
    let taken: Vec<_> = acts(&desk)
        .iter()
        .map(|(ticket, _)| change(&ticket[2..], TicketTransition::Acknowledged, 2))
        .collect();
    office.take(&taken).await;
    let (_, next) = asked(&pages, "GET", &path, "").await;
    assert!(next.contains("70 tickets, 45 wait"), "{next}");
    assert_eq!(next.matches("name=\"delivery\"").count(), 25, "{next}");
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
  language: zh
  endpoints:
    east: {{vendor: wecom, webhook: 'file:{hook}'}}
  people:
    owner: {{endpoints: [east]}}
    colleague: {{endpoints: [east]}}
  warehouses:
    WH-E: {{owner: owner}}
"
        ))
        .await;
    let path = tell(&office, 20).await;
    let (_, page) = asked(&pages, "GET", &path, "").await;
    assert!(page.contains("<option>colleague"), "{page}");
    let form = format!("shown={}&all=1", shown(&page));
    let (_, page) = asked(&pages, "POST", &path, &form).await;
    assert!(page.contains("请先选择"), "{page}");
    assert_eq!(acts(&desk), []);
    let (_, page) = asked(&pages, "POST", &path, &format!("{form}&person=colleague")).await;
    assert!(page.contains("colleague 已接手"), "{page}");
    assert_eq!(acts(&desk).len(), 20);
}

#[tokio::test]
async fn ticketing_that_does_not_answer_is_said_so_and_buttons_are_gone() {
    let office = office().await.0;
    let channel = service::client::channel("http://127.0.0.1:1", std::time::Duration::from_secs(1));
    let desk = escalation_notifier::acknowledge::Desk::new(channel.unwrap());
    let pages = escalation_notifier::acknowledge::router(office.notifier.clone(), desk);
    let path = tell(&office, 20).await;
    let (status, page) = asked(&pages, "GET", &path, "").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("cannot be reached") && !page.contains("<button"));
}
