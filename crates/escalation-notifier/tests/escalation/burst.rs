//! Ten thousand exceptions at once, told through robots that take 20 messages a minute.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use contracts::{escalation::v1::DeliveryState, event::v1::TicketChanged};
use escalation_notifier::{domain::channel::Channel, sink::vendors::SECRET};

use crate::office::{Office, opened};

const WAREHOUSES: usize = 20;
/// One of so many is critical.
const CRITICAL: usize = 100;
/// Vendors of the robots, one after the other.
const VENDORS: [Channel; 4] = [
    Channel::Wecom,
    Channel::Dingtalk,
    Channel::Feishu,
    Channel::Slack,
];

/// How a burst went, from the event of the first ticket on; `--example bench_notifications` tells.
#[derive(Debug)]
pub(crate) struct Burst {
    /// Until everything was decided.
    pub(crate) decided: Duration,
    /// Until everything was said.
    pub(crate) said: Duration,
    /// For each critical ticket, from its event until its message arrived.
    pub(crate) urgent: Vec<Duration>,
    /// Messages that were enough.
    pub(crate) messages: usize,
}

/// Every warehouse's owner reads a robot of their own.
async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    let secret = office.secret("secret", SECRET);
    let (mut endpoints, mut people, mut warehouses) = (String::new(), String::new(), String::new());
    for number in 0..WAREHOUSES {
        let vendor = VENDORS[number % VENDORS.len()];
        let hook = office.vendors.webhook(vendor, &format!("robot-{number}"));
        let hook = office.secret(&format!("hook-{number}"), &hook);
        let signed = matches!(vendor, Channel::Dingtalk | Channel::Feishu);
        let signed = if signed {
            format!(", secret: 'file:{secret}'")
        } else {
            String::new()
        };
        endpoints.push_str(&format!(
            "    robot-{number}: {{vendor: {vendor}, webhook: 'file:{hook}'{signed}}}\n"
        ));
        people.push_str(&format!(
            "    owner-{number}: {{endpoints: [robot-{number}]}}\n"
        ));
        warehouses.push_str(&format!("    WH-{number}: {{owner: owner-{number}}}\n"));
    }
    office
        .apply(&format!(
            "
apiVersion: orderwatch/v1
kind: Directory
metadata: {{name: main}}
spec:
  language: en
  endpoints:
{endpoints}
  people:
{people}
  warehouses:
{warehouses}"
        ))
        .await;
    office
}

fn tickets(count: usize) -> Vec<TicketChanged> {
    let ticket = |number: usize| {
        let mut change = opened(&format!("ORD-{number:05}"));
        if let Some(order) = &mut change.order {
            order.warehouse = format!("WH-{}", number % WAREHOUSES);
        }
        if is_critical(number) {
            change.severity = "critical".to_owned();
        }
        change
    };
    (0..count).map(ticket).collect()
}

/// Spread over the warehouses.
fn is_critical(number: usize) -> bool {
    (number / WAREHOUSES) % CRITICAL == number % WAREHOUSES
}

/// How many notices a message tells of: a digest says so in its first line.
fn told_of(text: &str) -> usize {
    let count: String = text
        .split(" ticket notices")
        .next()
        .filter(|before| before.len() < text.len())
        .unwrap_or("1")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    count.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_at_once_break_no_limit_and_everybody_is_told_of_all_of_theirs() {
    const TICKETS: usize = 10_000;
    let burst = went_through(TICKETS).await;
    assert_eq!(burst.urgent.len(), TICKETS / CRITICAL);
    assert!(burst.decided < burst.said && burst.messages < TICKETS / 10);
}

/// Tells of so many tickets, and checks what arrived.
pub(crate) async fn went_through(count: usize) -> Burst {
    let office = office().await;
    let tickets = tickets(count);
    let mut replicas = office.replicas(2, &VENDORS);
    let begun = Instant::now();
    let mut heard = HashMap::new();
    for batch in tickets.chunks(500) {
        let now = Instant::now();
        heard.extend(batch.iter().map(|it| (it.ticket_id.clone(), now)));
        office.take(batch).await;
    }
    let decided = begun.elapsed();
    let deadline = Instant::now() + Duration::from_secs(300);
    let left = "select count(*) from delivery where state <> 'sent'";
    loop {
        let left = sqlx::query_scalar::<_, i64>(left).fetch_one(office.database.pool());
        if left.await.unwrap() == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "something waits for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let said = begun.elapsed();
    replicas.shutdown().await;

    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{:?}", report.violations);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), count);
    let mut told = HashMap::<&str, usize>::new();
    for arrival in &report.accepted {
        *told.entry(&arrival.robot).or_default() += told_of(&arrival.text);
    }
    for number in 0..WAREHOUSES {
        let robot = format!("robot-{number}");
        assert_eq!(told[robot.as_str()], count / WAREHOUSES, "{robot}");
    }
    let mixed: i64 = sqlx::query_scalar(
        "select count(*) from (select message_id from delivery group by message_id
         having bool_or(ticket ->> 'severity' = 'critical')
             and not bool_and(ticket ->> 'severity' = 'critical')) as mixed",
    )
    .fetch_one(office.database.pool())
    .await
    .unwrap();
    assert_eq!(mixed, 0, "what is urgent waited for the rest");
    let critical = (0..count).filter(|number| is_critical(*number));
    let urgent = critical.map(|number| {
        let order = format!("ORD-{number:05}");
        let named = report.accepted.iter().find(|it| it.text.contains(&order));
        let named = named.unwrap_or_else(|| panic!("{order} is named nowhere"));
        named.at.duration_since(heard[&format!("T-{order}")])
    });
    Burst {
        decided,
        said,
        urgent: urgent.collect(),
        messages: report.accepted.len(),
    }
}
