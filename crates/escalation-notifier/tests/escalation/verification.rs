use chrono::TimeDelta;
use contracts::escalation::v1::{
    ConfirmContactRequest, SendContactCodeRequest, directory_service_server::DirectoryService,
};
use escalation_notifier::{domain::policy::Channel, grpc::directory::DirectoryServer};
use tonic::{Code, Request, Status};

use crate::office::{Office, opened};

const NEW: &str = "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  language: en
  people:
    owner: {email: {address: owner@example.com, verified: false}}
    desk: {email: desk@example.com}
  warehouses:
    WH-E: {owner: owner}
  fallback: desk
";

async fn ask(office: &Office) -> Result<String, Status> {
    let request = SendContactCodeRequest {
        person: "owner".to_owned(),
        kind: String::new(),
    };
    let server = DirectoryServer::new(office.notifier.clone());
    let answer = server.send_contact_code(Request::new(request)).await?;
    Ok(answer.into_inner().address)
}

async fn confirm(office: &Office, code: &str) -> Result<i64, Status> {
    let request = ConfirmContactRequest {
        person: "owner".to_owned(),
        kind: "email".to_owned(),
        code: code.to_owned(),
        actor: "owner".to_owned(),
    };
    let server = DirectoryServer::new(office.notifier.clone());
    let answer = server.confirm_contact(Request::new(request)).await?;
    Ok(answer.into_inner().version)
}

async fn told(office: &Office, order: &str) -> String {
    office.take(&[opened(order)]).await;
    office.send(Channel::Email).await;
    office.smtp.letters().pop().unwrap().to
}

/// The code in the letter that came last.
fn code(office: &Office) -> String {
    let letter = office.smtp.letters().pop().unwrap();
    assert_eq!(letter.to, "owner@example.com");
    let digits = |line: &str| line.len() == 6 && line.bytes().all(|it| it.is_ascii_digit());
    let mut lines = letter.content.lines().map(str::trim);
    lines.find(|line| digits(line)).unwrap().to_owned()
}

#[tokio::test]
async fn an_address_is_used_once_its_code_was_told_back_and_stays_so_when_applied_again() {
    let office = Office::open(|_| {}).await;
    office.apply(NEW).await;
    assert_eq!(told(&office, "A").await, "desk@example.com");
    assert_eq!(ask(&office).await.unwrap(), "o***@example.com");
    let code = code(&office);
    confirm(&office, &code).await.unwrap();
    assert_eq!(told(&office, "B").await, "owner@example.com");
    office.apply(NEW).await;
    assert_eq!(told(&office, "C").await, "owner@example.com");
    // Another address has to be confirmed for itself.
    office.apply(&NEW.replace("owner@", "another@")).await;
    assert_eq!(told(&office, "D").await, "desk@example.com");
    let nothing = confirm(&office, &code).await.unwrap_err();
    assert_eq!(nothing.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_and_fifteen_minutes() {
    let office = Office::open(|_| {}).await;
    office.apply(NEW).await;
    let none = confirm(&office, "123456").await.unwrap_err();
    assert_eq!(none.code(), Code::FailedPrecondition);
    ask(&office).await.unwrap();
    let first = code(&office);
    let wrong = if first == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        let refused = confirm(&office, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
    let spent = confirm(&office, &first).await.unwrap_err();
    assert_eq!(spent.code(), Code::FailedPrecondition);
    let early = ask(&office).await.unwrap_err();
    assert_eq!(early.code(), Code::ResourceExhausted);
    office.clock.advance(TimeDelta::minutes(1));
    ask(&office).await.unwrap();
    let second = code(&office);
    office.clock.advance(TimeDelta::minutes(15));
    let late = confirm(&office, &second).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition);
    office.clock.advance(TimeDelta::minutes(1));
    ask(&office).await.unwrap();
    confirm(&office, &code(&office)).await.unwrap();
}

#[tokio::test]
async fn no_code_is_stored_in_clear() {
    let office = Office::open(|_| {}).await;
    office.apply(NEW).await;
    ask(&office).await.unwrap();
    let kept: String = sqlx::query_scalar("select sealed from contact_code")
        .fetch_one(office.database.pool())
        .await
        .unwrap();
    assert!(!kept.contains(&code(&office)), "{kept}");
}
