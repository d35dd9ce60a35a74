//! What may have arrived goes again as it went, and whoever gets it knows it by one id.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use contracts::{escalation::v1::DeliveryState, event::v1::TicketTransition};
use escalation_notifier::{
    domain::channel::Channel,
    sink::{smtp::Misbehaviour, vendors},
};
use proptest::{
    collection::vec,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::office::{Office, change, opened};

/// An office that tells the manager of every ticket at once, by letter.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    office
        .apply(
            "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels: [{delay: 0s, recipients: [region-manager], channel: email}]
",
        )
        .await;
    office
}

/// Tickets of so many orders of one name.
async fn open(office: &Office, name: &str, count: usize) {
    let tickets: Vec<_> = (0..count).map(|n| opened(&format!("{name}-{n}"))).collect();
    office.take(&tickets).await;
}

/// Sends until nothing waits, as if every window of a vendor's were over at once.
pub(crate) async fn send(office: &Office, channel: Channel) {
    loop {
        sqlx::query("truncate robot_budget, robot_use")
            .execute(office.database.pool())
            .await
            .unwrap();
        let pass = office.notifier.dispatch(channel).await.unwrap();
        let waits = [DeliveryState::Pending, DeliveryState::Retrying];
        let waiting = office.deliveries(&waits).await;
        if !waiting.iter().any(|it| it.channel == channel.as_str()) {
            return;
        }
        if pass.done == 0 {
            let wait = pass.wait.unwrap_or(Duration::from_millis(10));
            tokio::time::sleep(wait.min(Duration::from_millis(10))).await;
        }
    }
}

/// Orders that a text names.
fn orders(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let pairs = words.windows(2);
    let named = pairs.filter(|pair| pair[1].starts_with("late-shipment"));
    let named = named.map(|pair| pair[0].trim_matches('*').to_owned());
    named.filter(|word| !word.ends_with(':')).collect()
}

/// Letters as they came: what each is known by, and the orders that it names.
fn letters(office: &Office) -> Vec<(String, BTreeSet<String>)> {
    let letters = office.smtp.letters().into_iter();
    let read = letters.map(|it| {
        let id = it.header("Message-ID").unwrap().to_owned();
        (id, orders(&it.content))
    });
    read.collect()
}

#[tokio::test]
async fn a_digest_that_may_have_arrived_comes_again_without_what_came_later() {
    let office = office().await;
    open(&office, "A", 30).await;
    office.smtp.misbehave(Misbehaviour::TakeAndHangUp);
    office.notifier.dispatch(Channel::Email).await.unwrap();
    open(&office, "B", 20).await;
    send(&office, Channel::Email).await;
    let letters = letters(&office);
    let again: Vec<_> = letters.iter().filter(|it| *it == &letters[0]).collect();
    assert_eq!((letters.len(), again.len()), (3, 2), "{letters:?}");
    let of = |name: &str, count| (0..count).map(|n| format!("{name}-{n}")).collect();
    let other = letters.iter().find(|it| *it != &letters[0]).unwrap();
    assert_eq!(letters[0].1, of("A", 30));
    assert_eq!(other.1, of("B", 20));
    assert_ne!(letters[0].0, other.0);
}

#[tokio::test]
async fn a_digest_that_did_not_arrive_grows() {
    let office = office().await;
    open(&office, "A", 30).await;
    office.smtp.misbehave(Misbehaviour::RefuseRecipient(451));
    office.notifier.dispatch(Channel::Email).await.unwrap();
    open(&office, "B", 20).await;
    sqlx::query("update delivery set next_attempt_at = clock_timestamp()")
        .execute(office.database.pool())
        .await
        .unwrap();
    send(&office, Channel::Email).await;
    let letters = letters(&office);
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].1.len(), 50);
}

#[tokio::test]
async fn what_is_not_needed_any_more_is_left_out_of_what_comes_again() {
    let office = office().await;
    open(&office, "A", 30).await;
    office.smtp.misbehave(Misbehaviour::TakeAndHangUp);
    office.notifier.dispatch(Channel::Email).await.unwrap();
    let taken: Vec<_> = (1..30)
        .map(|n| change(&format!("A-{n}"), TicketTransition::Acknowledged, 2))
        .collect();
    office.take(&taken).await;
    send(&office, Channel::Email).await;
    let letters = letters(&office);
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert_eq!(letters[0].0, letters[1].0);
    assert_eq!(letters[1].1, BTreeSet::from(["A-0".to_owned()]));
}

#[tokio::test]
async fn robots_say_again_what_they_may_have_said_and_nothing_with_it() {
    let office = Office::open(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    open(&office, "A", 30).await;
    office.vendors.misbehave(vendors::Misbehaviour::Silence);
    office.notifier.dispatch(Channel::Wecom).await.unwrap();
    open(&office, "B", 20).await;
    office.vendors.lift_limits();
    send(&office, Channel::Wecom).await;
    let report = office.vendors.report();
    let said: Vec<usize> = report
        .accepted
        .iter()
        .map(|it| orders(&it.text).len())
        .collect();
    let mixed = report.accepted.iter().map(|it| orders(&it.text));
    let mixed = mixed.filter(|it| it.contains("A-0") && it.contains("B-0"));
    assert_eq!((said.len(), mixed.count()), (3, 0), "{report:?}");
}

#[tokio::test]
async fn whatever_happens_every_order_is_known_by_one_id_and_told() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..6 {
        let history = vec((0_usize..12, 0..4), 10).new_tree(&mut runner);
        let history = history.unwrap().current();
        let office = office().await;
        for (step, (tickets, how)) in history.iter().enumerate() {
            open(&office, &format!("S{step}"), *tickets).await;
            let how = match how {
                0 => Some(Misbehaviour::RefuseRecipient(451)),
                1 | 2 => Some(Misbehaviour::TakeAndHangUp),
                _ => None,
            };
            how.into_iter().for_each(|how| office.smtp.misbehave(how));
            office.notifier.dispatch(Channel::Email).await.unwrap();
        }
        send(&office, Channel::Email).await;
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (id, orders) in letters(&office) {
            for order in orders {
                ids.entry(order).or_default().insert(id.clone());
            }
        }
        assert_eq!(ids.len(), office.deliveries(&[]).await.len(), "{history:?}");
        let twice: Vec<_> = ids.iter().filter(|(_, ids)| ids.len() > 1).collect();
        assert!(twice.is_empty(), "{history:?}: {twice:?}");
    }
}
