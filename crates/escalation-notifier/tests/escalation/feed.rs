use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use contracts::escalation::v1::{AddOverrideRequest, on_call_service_server::OnCallService};
use escalation_notifier::{events::encode::timestamp, grpc::on_call::OnCallServer, http};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tonic::Request;

use crate::office::{Office, start};

const TOKEN: &str = "a-token-of-twenty-or-more";

const SCHEDULE: &str = r"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  people: {ann: {}, ben: {}, 张伟: {}}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: days}
spec:
  timeZone: Asia/Shanghai
  layers:
    - {name: day, starts: 2026-06-18T08:00, ends: 2026-06-25T08:00, turn: daily, people: [ann, 张伟]}
";

/// A server of calendars.
async fn serve(office: &Office) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = http::router(office.notifier.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Status and body, as they come over the wire.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    let answered = tokio::time::timeout(Duration::from_secs(10), reading).await;
    answered.unwrap().unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// Lines as a reader unfolds them (RFC 5545, 3.1).
fn unfolded(body: &str) -> Vec<String> {
    let whole = body.replace("\r\n ", "");
    whole.split("\r\n").map(str::to_owned).collect()
}

async fn office() -> Office {
    let office = Office::open(|config| config.http.calendar_token = Some(TOKEN.into())).await;
    office.apply(SCHEDULE).await;
    office
}

#[tokio::test]
async fn a_calendar_program_sees_duties_overrides_and_gaps() {
    let office = office().await;
    let from = start() + TimeDelta::hours(2);
    let request = AddOverrideRequest {
        schedule: "days".to_owned(),
        person: "ben".to_owned(),
        from: Some(timestamp(from)),
        until: Some(timestamp(from + TimeDelta::hours(1))),
        actor: "lea".to_owned(),
        reason: "ann is out, sorry;\r\nback\rsoon\u{b}".to_owned(),
    };
    let server = OnCallServer::new(office.notifier.clone());
    server.add_override(Request::new(request)).await.unwrap();
    let address = serve(&office).await;
    let (status, body) = get(address, &format!("/on-call/days.ics?token={TOKEN}")).await;
    assert_eq!(status, 200);
    assert!(body.starts_with("BEGIN:VCALENDAR\r\n") && body.ends_with("END:VCALENDAR\r\n"));
    assert!(body.split("\r\n").all(|line| line.len() <= 75), "{body}");
    let lines = unfolded(&body);
    let count = |line: &str| lines.iter().filter(|it| *it == line).count();
    // Seven days, of which the first is cut in two; nobody before and after.
    assert_eq!(count("BEGIN:VEVENT"), 8 + 1 + 2);
    assert_eq!(count("SUMMARY:ann on call (days)"), 5);
    assert_eq!(count("SUMMARY:张伟 on call (days)"), 3);
    assert_eq!(count("SUMMARY:Nobody on call (days)"), 2);
    assert_eq!(count("SUMMARY:ben on call (days)"), 1);
    // What somebody wrote is one line, wherever a program may see the end of one.
    let by = r"DESCRIPTION:Stands in: ann is out\, sorry\; back soon  (lea).";
    assert_eq!(count(by), 1, "{body}");
    assert_eq!(count("DTSTART:20260618T020000Z"), 1);
    let (_, again) = get(address, &format!("/on-call/days.ics?token={TOKEN}")).await;
    assert_eq!(body, again);
    let path = format!("/on-call/days.ics?token={TOKEN}&person=ben");
    let (_, of_ben) = get(address, &path).await;
    assert_eq!(of_ben.matches("BEGIN:VEVENT").count(), 1);
}

#[tokio::test]
async fn without_the_token_a_calendar_is_as_unknown_as_one_that_does_not_exist() {
    let office = office().await;
    let address = serve(&office).await;
    let unknown = get(address, &format!("/on-call/nights.ics?token={TOKEN}")).await;
    assert_eq!(unknown, (404, String::new()));
    for path in [
        "/on-call/days.ics",
        "/on-call/days.ics?token=",
        "/on-call/days.ics?token=a-token-of-twenty-or-mor",
        &format!("/on-call/days?token={TOKEN}"),
    ] {
        assert_eq!(get(address, path).await, unknown, "{path}");
    }
    let closed = Office::open(|_| {}).await;
    closed.apply(SCHEDULE).await;
    let address = serve(&closed).await;
    assert_eq!(get(address, "/on-call/days.ics?token=").await, unknown);
}
