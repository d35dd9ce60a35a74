//! Who answers slowly keeps nobody else waiting.

use std::time::Duration;

use escalation_notifier::{domain::channel::Channel, sink::vendors::WEBHOOK_SECRET};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::office::{Office, opened};

/// More than may be under way at once.
const TICKETS: usize = 300;

/// Places that one recipient may take.
const MOST: usize = 128;

/// Someone who takes requests and answers none; says how many.
async fn silent() -> (u16, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (taken, seen) = watch::channel(0);
    tokio::spawn(async move {
        let mut kept: Vec<TcpStream> = Vec::new();
        loop {
            kept.push(listener.accept().await.unwrap().0);
            taken.send_replace(kept.len());
        }
    });
    (port, seen)
}

/// An office that tells one webhook of tickets that matter little and another of all others.
async fn office(slow: u16) -> Office {
    let office = Office::open(|config| config.webhook_timeout = Duration::from_secs(90)).await;
    let slow = office.secret("slow", &format!("http://127.0.0.1:{slow}/hook"));
    let quick = office.secret("quick", &office.vendors.webhook(Channel::Webhook, "quick"));
    let signing = office.secret("signing", WEBHOOK_SECRET);
    office
        .apply_endpoints(
            &format!(
                "slow: {{vendor: webhook, webhook: 'file:{slow}', secret: 'file:{signing}'}},
                 quick: {{vendor: webhook, webhook: 'file:{quick}', secret: 'file:{signing}'}}"
            ),
            "levels: [{delay: 0s, recipients: ['endpoint:slow'], channel: webhook}],
             routes: [
               {matchers: [severity = low],
                levels: [{delay: 0s, recipients: ['endpoint:quick'], channel: webhook}]}]",
        )
        .await;
    office
}

#[tokio::test]
async fn a_webhook_that_does_not_answer_keeps_no_other_waiting() {
    let (port, mut slow) = silent().await;
    let office = office(port).await;
    let mut replicas = office.replicas(1, &[Channel::Webhook]);
    let many: Vec<_> = (0..TICKETS).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&many).await;
    slow.wait_for(|taken| *taken >= MOST / 2).await.unwrap();
    // What is less urgent than all that waits for the other.
    let mut ticket = opened("QUICK");
    ticket.severity = "low".to_owned();
    office.take(&[ticket]).await;
    office.arrived(1).await;
    assert!(*slow.borrow() <= MOST);
    replicas.shutdown().await;
}
