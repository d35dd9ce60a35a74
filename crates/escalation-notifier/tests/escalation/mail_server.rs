//! Letters through a mail server that is not ours, read by a parser that is not ours.

use std::{process::Stdio, time::Duration};

use contracts::escalation::v1::{Delivery, DeliveryState};
use escalation_notifier::{
    Config,
    channel::email::{Relay, Security},
    domain::policy::Channel,
};
use lettre::transport::smtp::client::Certificate;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::office::{Office, opened};

/// The server, which ends with this.
struct MailServer {
    _process: Child,
    says: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl MailServer {
    async fn start(security: &str) -> Self {
        let place = std::env::var("ORDERWATCH_TEST_MAIL_SERVER")
            .expect("ORDERWATCH_TEST_MAIL_SERVER: scripts/servers.py run sets it");
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
        let mut process = Command::new("python3")
            .arg(format!("{here}/mail_server.py"))
            .args([security, &format!("{here}/data/relay/relay.pem")])
            .env("PYTHONPATH", place)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self {
            _process: process,
            says,
            port: 0,
        };
        let port = server.next().await["port"].as_u64().unwrap();
        server.port = port.try_into().unwrap();
        server
    }

    /// The next thing that it says.
    async fn next(&mut self) -> Value {
        let line = timeout(Duration::from_secs(30), self.says.next_line()).await;
        let line = line.expect("it says nothing").unwrap();
        serde_json::from_str(&line.expect("it has ended")).unwrap()
    }

    /// How it is to be spoken to.
    fn relay(&self, security: Security) -> Relay {
        let authority = include_bytes!("../data/relay/authority.pem");
        Relay {
            host: "localhost".to_owned(),
            port: self.port,
            security,
            login: Some(("orderwatch".to_owned(), "correct".into())),
            from: "守望 <orderwatch@example.com>".parse().unwrap(),
            authorities: Some(Certificate::from_pem(authority).unwrap()),
            timeout: Duration::from_secs(5),
            connections: 2,
            signer: None,
        }
    }
}

/// An office in which a letter to the manager waits, and what becomes of it at the first try.
async fn tried(relay: Relay) -> (Office, Delivery) {
    let office = letter_waits(|config| config.relay = Some(relay)).await;
    office.notifier.dispatch(Channel::Email).await.unwrap();
    let mut letters = office.deliveries(&[]).await;
    letters.retain(|delivery| delivery.channel == "email");
    let [letter] = <[Delivery; 1]>::try_from(letters).unwrap();
    (office, letter)
}

async fn letter_waits(adjust: impl FnOnce(&mut Config)) -> Office {
    let office = Office::open(adjust).await;
    let mut ticket = opened("订单-A1\r\nBcc: somebody@example.com");
    ticket.instructions = format!("请致电仓库{}", "，核对库存".repeat(400));
    office.take(&[ticket]).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(4).await;
    office
}

/// It arrives encrypted, by our login, and says what we said.
async fn arrives(security: &str, how: Security) {
    let mut server = MailServer::start(security).await;
    let (_office, letter) = tried(server.relay(how)).await;
    assert_eq!(letter.state(), DeliveryState::Sent, "{}", letter.last_error);
    let arrived = server.next().await;
    assert_eq!(arrived["encrypted"], true);
    assert_eq!(arrived["user"], "orderwatch");
    assert_eq!(arrived["sender"], "orderwatch@example.com");
    assert_eq!(
        arrived["recipients"],
        serde_json::json!(["manager@example.com"])
    );
    assert_eq!(arrived["defects"], serde_json::json!([]));
    let headers = &arrived["headers"];
    assert_eq!(headers["from"], "守望 <orderwatch@example.com>");
    let id = format!("<{}@example.com>", letter.id);
    assert_eq!(headers["message-id"], id.as_str());
    assert!(headers["bcc"].is_null(), "{headers}");
    let subject = headers["subject"].as_str().unwrap();
    assert!(subject.contains("订单-A1"), "{subject}");
    let text = arrived["text"].as_str().unwrap();
    assert!(text.contains("请致电仓库，核对"), "{text}");
    assert!(text.contains(&"，核对库存".repeat(30)), "{text}");
    let longest = arrived["longest_line"].as_u64().unwrap();
    assert!(
        longest <= 998,
        "a line of {longest} bytes (RFC 5322, 2.1.1)"
    );
}

#[tokio::test]
async fn a_letter_arrives_after_starttls() {
    arrives("starttls", Security::StartTls).await;
}

#[tokio::test]
async fn a_letter_arrives_by_tls_from_the_first_byte() {
    arrives("tls", Security::Tls).await;
}

/// What keeps it from being sent is no fault of the letter: it waits, and the ledger says why.
async fn waits(relay: Relay, why: &str) {
    let (office, letter) = tried(relay).await;
    assert_eq!(letter.state(), DeliveryState::Retrying);
    assert!(letter.last_error.contains(why), "{}", letter.last_error);
    assert!(!office.everything().await.contains("correct"));
}

#[tokio::test]
async fn a_relay_without_tls_is_told_nothing() {
    let server = MailServer::start("plain").await;
    waits(server.relay(Security::StartTls), "STARTTLS").await;
}

#[tokio::test]
async fn a_relay_that_nobody_vouches_for_is_told_nothing() {
    let server = MailServer::start("starttls").await;
    let stranger = Relay {
        authorities: None,
        ..server.relay(Security::StartTls)
    };
    waits(stranger, "UnknownIssuer").await;
}

#[tokio::test]
async fn a_relay_of_another_name_is_told_nothing() {
    let server = MailServer::start("starttls").await;
    let impostor = Relay {
        host: "127.0.0.1".to_owned(),
        ..server.relay(Security::StartTls)
    };
    waits(impostor, "not valid for name").await;
}

#[tokio::test]
async fn a_login_that_the_relay_does_not_take_costs_no_letter() {
    let mut server = MailServer::start("starttls").await;
    let relay = Relay {
        login: Some(("orderwatch".to_owned(), "guessed".into())),
        ..server.relay(Security::StartTls)
    };
    let (office, letter) = tried(relay).await;
    assert_eq!(letter.state(), DeliveryState::Retrying);
    assert!(letter.last_error.contains("535"), "{}", letter.last_error);
    let mut config = office.config.clone();
    config.relay = Some(server.relay(Security::StartTls));
    // A back-off is waited for in real time.
    let mended = office.replica_with(&config);
    office.send_all_by(&mended, Channel::Email).await;
    let id = format!("<{}@example.com>", letter.id);
    assert_eq!(server.next().await["headers"]["message-id"], id.as_str());
}

#[tokio::test]
async fn a_login_is_asked_for_where_there_is_none() {
    let server = MailServer::start("starttls").await;
    let nobody = Relay {
        login: None,
        ..server.relay(Security::StartTls)
    };
    waits(nobody, "530").await;
}
