//! Vendors that fail, lose answers and say no in a 200, and notifiers that are killed meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{
    domain::channel::Channel,
    sink::vendors::{Arrival, Misbehaviour, WEBHOOK_SECRET},
};
use tokio::task::JoinSet;

use crate::office::{Office, opened};

const REPLICAS: usize = 2;
const CHANNELS: [Channel; 2] = [Channel::Webhook, Channel::Wecom];
/// What a robot's interface says while it is busy.
const SYSTEM_BUSY: i64 = -1;

async fn office() -> Office {
    let office = Office::open(|config| {
        config.webhook_timeout = Duration::from_secs(1);
        config.messages_per_minute = 60_000_000;
        config.retry.patience = Duration::from_secs(3_600);
    })
    .await;
    let hook = office.secret("hook", &office.vendors.webhook(Channel::Webhook, "hook"));
    let robot = office.secret("robot", &office.vendors.webhook(Channel::Wecom, "robot"));
    let signing = office.secret("signing", WEBHOOK_SECRET);
    office
        .apply_endpoints(
            &format!(
                "hook: {{vendor: webhook, webhook: 'file:{hook}', secret: 'file:{signing}'}},
                 robot: {{vendor: wecom, webhook: 'file:{robot}'}}"
            ),
            "levels: [{delay: 0s, recipients: ['endpoint:hook', 'endpoint:robot'], channel: wecom}]",
        )
        .await;
    office.vendors.lift_limits();
    let failing = || {
        vec![
            (0.2, Misbehaviour::Status(503, None)),
            (0.1, Misbehaviour::Silence),
        ]
    };
    office.vendors.misbehave_often(Channel::Webhook, failing());
    let mut refusing = failing();
    refusing.push((0.05, Misbehaviour::ErrorCode(SYSTEM_BUSY)));
    office.vendors.misbehave_often(Channel::Wecom, refusing);
    office
}

/// Kills every replica, and lets their leases run out; whether it was in the middle of something.
async fn kill(office: &Office, replicas: &mut JoinSet<()>) -> bool {
    replicas.shutdown().await;
    let over = "update message set lease_until = clock_timestamp() where state = 'sending'";
    let over = sqlx::query(over).execute(office.database.pool()).await;
    over.unwrap().rows_affected() > 0
}

/// Whether anything waits or is under way, without a look at everything that is not.
async fn is_waiting(office: &Office) -> bool {
    let any = "select exists (select from delivery where state in ('pending', 'retrying'))
        or exists (select from message where state = 'sending')";
    let any = sqlx::query_scalar(any).fetch_one(office.database.pool());
    any.await.unwrap()
}

async fn is_under_way(office: &Office) -> bool {
    let any = "select exists (select from message where state = 'sending')";
    let any = sqlx::query_scalar(any).fetch_one(office.database.pool());
    any.await.unwrap()
}

/// How often a vendor was left without anybody knowing whether a message had arrived.
async fn ambiguous(office: &Office) -> BTreeMap<(String, String), i64> {
    let attempts = sqlx::query_as::<_, (String, String, i64)>(
        "select channel, order_id, count(*) from delivery_attempt
         join delivery on delivery.id = delivery_id
         where outcome = 'unknown'
         group by channel, order_id",
    );
    let attempts = attempts.fetch_all(office.database.pool()).await.unwrap();
    let each = attempts.into_iter();
    each.map(|(channel, order, count)| ((channel, order), count))
        .collect()
}

/// The order that an arrival is about.
fn order(arrival: &Arrival) -> String {
    let begin = arrival
        .text
        .find("ORD-")
        .expect("a message names its order");
    arrival.text[begin..begin + "ORD-00000".len()].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_only_what_nobody_could_know_comes_twice() {
    // `--example bench_notifications` tells of 50,000.
    weathered(750).await;
}

/// Tells of tickets by a webhook and by a robot until all is said, and checks what arrived; answers
/// how long that took.
pub(crate) async fn weathered(tickets: usize) -> Duration {
    let office = office().await;
    // After how many messages that arrived every replica is killed.
    let kills = [tickets / 4, tickets, tickets * 3 / 2];
    let begun = Instant::now();
    let told = 2 * tickets;
    let changes: Vec<_> = (0..tickets)
        .map(|n| opened(&format!("ORD-{n:05}")))
        .collect();
    let mut replicas = office.replicas(REPLICAS, &CHANNELS);
    for batch in changes.chunks(250) {
        office.take(batch).await;
    }
    let deadline = Instant::now() + Duration::from_secs(120 + tickets as u64 / 10);
    let mut kills = kills.into_iter().peekable();
    loop {
        assert!(Instant::now() < deadline, "something is never sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
        let arrived = office.vendors.accepted();
        let is_time = kills.peek().is_some_and(|after| arrived >= *after);
        if is_time && is_under_way(&office).await {
            if kill(&office, &mut replicas).await {
                kills.next();
            }
            replicas = office.replicas(REPLICAS, &CHANNELS);
        }
        if !is_waiting(&office).await {
            break;
        }
    }
    assert_eq!(kills.next(), None, "it was over before the last kill");
    let took = begun.elapsed();
    replicas.shutdown().await;

    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{:?}", report.violations);
    let sent = office.deliveries(&[DeliveryState::Sent]).await;
    assert_eq!(sent.len(), told);
    let mut arrivals = BTreeMap::<(String, String), Vec<&Arrival>>::new();
    for arrival in &report.accepted {
        let key = (arrival.channel.to_string(), order(arrival));
        arrivals.entry(key).or_default().push(arrival);
    }
    assert_eq!(arrivals.len(), told, "lost");
    let ids: BTreeSet<&str> = sent.iter().map(|delivery| delivery.id.as_str()).collect();
    let (ambiguous, mut twice) = (ambiguous(&office).await, 0);
    for (key, arrivals) in &arrivals {
        let first = arrivals[0];
        assert!(arrivals.iter().all(|it| it.id == first.id), "{arrivals:?}");
        assert!(first.id.is_empty() || ids.contains(first.id.as_str()));
        let again = arrivals.len() - 1;
        let unknown = ambiguous.get(key).copied().unwrap_or_default();
        assert!(
            again as i64 <= unknown,
            "sent again without need: {arrivals:?}"
        );
        twice += again;
    }
    let lost = report.accepted.iter().filter(|it| !it.answered).count();
    assert!(
        lost > tickets / 10 && twice >= lost,
        "{lost} answers were lost, {twice} came again"
    );
    took
}
