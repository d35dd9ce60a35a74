//! Answers are settled together, and none is lost, settled twice or held up when that fails.

use std::collections::BTreeMap;

use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{domain::channel::Channel, sink::vendors::WEBHOOK_SECRET};
use sqlx::Executor;

use crate::office::{Office, opened};

const TICKETS: usize = 40;

/// An office that tells one webhook of tickets.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    let hook = office.secret("hook", &office.vendors.webhook(Channel::Webhook, "hook"));
    let signing = office.secret("signing", WEBHOOK_SECRET);
    office
        .apply_endpoints(
            &format!("hook: {{vendor: webhook, webhook: 'file:{hook}', secret: 'file:{signing}'}}"),
            "levels: [{delay: 0s, recipients: ['endpoint:hook'], channel: webhook}]",
        )
        .await;
    let tickets: Vec<_> = (0..TICKETS).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    office
}

/// Has the database refuse to write attempts down where that is so.
async fn refuse(office: &Office, when: &str, code: &str) {
    let refusal = format!(
        "create sequence refusal;
         create function refuse() returns trigger language plpgsql as $$
         begin
             if {when} then
                 raise exception 'refused' using errcode = '{code}';
             end if;
             return new;
         end $$;
         create trigger refuse before insert on delivery_attempt
             for each row execute function refuse();"
    );
    let refusal = sqlx::raw_sql(sqlx::AssertSqlSafe(refusal));
    office.database.pool().execute(refusal).await.unwrap();
}

async fn transactions(office: &Office) -> i64 {
    let transactions = "select count(distinct xid) from event_log
        where subject = 'orderwatch.notifications.sent'";
    let transactions = sqlx::query_scalar(transactions).fetch_one(office.database.pool());
    transactions.await.unwrap()
}

/// How often each ticket arrived, and under how many ids.
fn arrivals(office: &Office) -> BTreeMap<String, (usize, usize)> {
    let mut ids = BTreeMap::<String, Vec<String>>::new();
    for arrival in office.vendors.report().accepted {
        let order = arrival.text.split("order ").nth(1).unwrap_or(&arrival.text);
        ids.entry(order.to_owned()).or_default().push(arrival.id);
    }
    let counted = ids.into_iter().map(|(order, mut ids)| {
        let times = ids.len();
        ids.sort_unstable();
        ids.dedup();
        (order, (times, ids.len()))
    });
    counted.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_come_together_are_settled_together() {
    let office = office().await;
    office.send(Channel::Webhook).await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), TICKETS);
    assert_eq!(office.said().await, ["notification.sent"; TICKETS]);
    let transactions = transactions(&office).await;
    assert!(transactions < 40, "{transactions} transactions");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_could_not_settle_is_settled_once_and_not_sent_again() {
    let office = office().await;
    refuse(&office, "nextval('refusal') <= 5", "40001").await;
    office.send(Channel::Webhook).await;
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), TICKETS);
    assert!(sent.iter().all(|delivery| delivery.attempts == 1));
    assert_eq!(office.said().await, ["notification.sent"; TICKETS]);
    assert_eq!(office.vendors.report().accepted.len(), TICKETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_settled_takes_no_other_with_it() {
    let office = office().await;
    let is_it = "exists (select from delivery where id = new.delivery_id and order_id = 'A7')";
    refuse(&office, is_it, "22000").await;
    office
        .notifier
        .dispatch(Channel::Webhook)
        .await
        .unwrap_err();
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), TICKETS - 1);
    assert_eq!(office.said().await.len(), TICKETS - 1);
    let left = office.deliveries(&[DeliveryState::Pending]).await;
    assert_eq!((left.len(), left[0].order_id.as_str()), (1, "A7"));

    let mended = "drop trigger refuse on delivery_attempt; update message set lease_until = clock_timestamp()";
    office.database.pool().execute(mended).await.unwrap();
    office.send_all(Channel::Webhook).await;
    assert_eq!(
        office.deliveries(&[DeliveryState::Sent]).await.len(),
        TICKETS
    );
    assert_eq!(office.said().await, ["notification.sent"; TICKETS]);
    let arrivals = arrivals(&office);
    let twice: Vec<_> = arrivals.values().filter(|(times, _)| *times > 1).collect();
    // Nobody knew any more whether it had arrived.
    assert_eq!((arrivals.len(), twice), (TICKETS, vec![&(2, 1)]));
}
