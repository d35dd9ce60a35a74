use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{
    channel::email::dkim::Signer, domain::policy::Channel, sink::smtp::Misbehaviour,
};

use crate::office::{Office, opened};

/// An office in which one letter to the manager waits.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(4).await;
    office
}

#[tokio::test]
async fn a_letter_carries_the_delivery_in_its_message_id() {
    let office = office().await;
    office.send(Channel::Email).await;
    let letters = office.smtp.letters();
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    let sent = sent
        .iter()
        .find(|delivery| delivery.channel == "email")
        .unwrap();
    let expected = format!("<{}@example.com>", sent.id);
    assert_eq!(letters[0].header("Message-ID"), Some(expected.as_str()));
    assert_eq!(sent.recipient, "m***@example.com");
}

#[tokio::test]
async fn a_letter_that_is_refused_for_now_is_sent_later() {
    let office = office().await;
    office.smtp.misbehave(Misbehaviour::RefuseRecipient(451));
    office.send_all(Channel::Email).await;
    assert_eq!(office.smtp.letters().len(), 1);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    let sent = sent
        .iter()
        .find(|delivery| delivery.channel == "email")
        .unwrap();
    assert_eq!(sent.attempts, 2);
}

#[tokio::test]
async fn a_letter_that_is_refused_for_good_fails_and_goes_to_the_fallback() {
    let office = office().await;
    office.smtp.misbehave(Misbehaviour::RefuseRecipient(550));
    office.send_all(Channel::Email).await;
    let failed = office.deliveries(&[DeliveryState::Failed]).await;
    assert_eq!((failed.len(), failed[0].attempts), (1, 1));
    assert!(
        failed[0].last_error.contains("550"),
        "{}",
        failed[0].last_error
    );
    assert!(
        !failed[0].last_error.contains("manager@"),
        "{}",
        failed[0].last_error
    );
    assert_eq!(office.smtp.letters()[0].to, "on-call@example.com");
}

#[tokio::test]
async fn a_line_cut_after_the_final_dot_is_retried_under_the_same_message_id() {
    let office = office().await;
    office.smtp.misbehave(Misbehaviour::TakeAndHangUp);
    office.send_all(Channel::Email).await;
    let letters = office.smtp.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(
        letters[0].header("Message-ID"),
        letters[1].header("Message-ID")
    );
}

#[tokio::test]
async fn without_relay_or_robot_the_log_shows_what_would_be_sent() {
    let office = Office::open(|config| config.relay = None).await;
    let mut elsewhere = opened("A1");
    elsewhere.order.as_mut().unwrap().warehouse = "WH-?".to_owned();
    office.take(&[elsewhere]).await;
    office.send(Channel::Log).await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(
        (sent[0].channel.as_str(), sent[0].recipient.as_str()),
        ("log", "warehouse-owner/WH-?")
    );
}

/// An office in which so many letters to the manager wait, the first about a critical ticket.
async fn many(letters: usize) -> Office {
    let office = Office::open(|_| {}).await;
    let mut tickets: Vec<_> = (0..letters).map(|n| opened(&format!("A{n}"))).collect();
    tickets[0].severity = "critical".to_owned();
    office.take(&tickets).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(4).await;
    office
}

#[tokio::test]
async fn many_letters_that_wait_at_once_become_one_and_what_is_urgent_goes_alone() {
    let office = many(200).await;
    office.send(Channel::Email).await;
    let letters = office.smtp.letters();
    assert_eq!(letters.len(), 2, "{letters:?}");
    let digest = letters
        .iter()
        .find(|it| !it.header("Subject").unwrap().contains("A0"))
        .unwrap();
    let subject = digest.header("Subject").unwrap();
    assert!(subject.starts_with("199 ticket notices"), "{subject}");
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    let together: std::collections::HashSet<_> = sent
        .iter()
        .filter(|it| it.channel == "email" && it.order_id != "A0")
        .map(|it| &it.message_id)
        .collect();
    assert_eq!(together.len(), 1);
}

#[tokio::test]
async fn a_few_letters_go_one_a_ticket() {
    let office = many(4).await;
    office.send(Channel::Email).await;
    assert_eq!(office.smtp.letters().len(), 4);
}

#[tokio::test]
async fn a_digest_that_comes_again_is_the_same_letter() {
    let office = many(100).await;
    for _ in 0..2 {
        office.smtp.misbehave(Misbehaviour::TakeAndHangUp);
    }
    office.send_all(Channel::Email).await;
    let letters = office.smtp.letters();
    let ids: std::collections::HashSet<_> = letters
        .iter()
        .map(|letter| letter.header("Message-ID").unwrap())
        .collect();
    assert_eq!((letters.len(), ids.len()), (4, 2), "{ids:?}");
}

#[tokio::test]
async fn a_digest_that_is_refused_goes_to_the_fallback_as_one() {
    let office = many(100).await;
    for _ in 0..2 {
        office.smtp.misbehave(Misbehaviour::RefuseRecipient(550));
    }
    office.send_all(Channel::Email).await;
    let letters = office.smtp.letters();
    let to: Vec<&str> = letters.iter().map(|it| it.to.as_str()).collect();
    assert_eq!(to, ["on-call@example.com"; 2]);
}

#[tokio::test]
async fn a_letter_is_signed_where_somebody_vouches_for_it() {
    let key = include_str!("../data/dkim/ed25519.pem").into();
    let signer = Signer::new("example.com", "orders", &key).unwrap();
    let office = Office::open(|config| {
        config.relay.as_mut().unwrap().signer = Some(signer.clone());
    })
    .await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(4).await;
    office.send(Channel::Email).await;
    let arrived = office.smtp.letters()[0].content.clone();
    assert!(
        arrived.starts_with("DKIM-Signature: v=1; a=ed25519-sha256;"),
        "{arrived}"
    );
    // Signing the same again gives the same: it arrived as it was signed.
    let letter = &arrived[arrived.find("\r\nMessage-ID:").unwrap() + 2..];
    let at = arrived
        .split(" t=")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let at = chrono::DateTime::from_timestamp(at.parse().unwrap(), 0).unwrap();
    let again = signer.signed(letter.as_bytes(), at).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), arrived);
}
