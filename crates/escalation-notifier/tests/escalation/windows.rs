//! No vendor's window sees more messages than it allows, however long each is under way.

use std::time::Duration;

use contracts::escalation::v1::DeliveryState;
use escalation_notifier::{
    domain::{
        budget::{Budget, Pace},
        channel::Channel,
    },
    sink::vendors::Misbehaviour,
    store::budget::{self, Spending},
};
use uuid::Uuid;

use crate::office::{Office, opened};

const MINUTE: Duration = Duration::from_secs(60);

/// Takes every place that is free for what is urgent, and says which messages took them.
async fn take_all(office: &Office, budget: &Budget, lease: Duration) -> Vec<Uuid> {
    let mut transaction = office.database.pool().begin().await.unwrap();
    let bucket = budget::lock(&mut transaction, "robot", budget)
        .await
        .unwrap();
    let free = budget.messages(&bucket, Pace::Urgent);
    let messages: Vec<Uuid> = (0..free).map(|_| Uuid::new_v4()).collect();
    let spending = Spending {
        robot: "robot",
        messages: &messages,
        tokens: 0,
    };
    let spent = budget::spend(&mut transaction, &spending, budget, lease);
    spent.await.unwrap();
    transaction.commit().await.unwrap();
    messages
}

#[tokio::test]
async fn replicas_together_take_no_more_places_than_there_are() {
    let office = Office::open(|_| {}).await;
    let budget = Budget::within(&[(20, MINUTE)]).unwrap();
    let all = [(); 4].map(|()| take_all(&office, &budget, MINUTE));
    let taken: usize = futures::future::join_all(all)
        .await
        .iter()
        .map(Vec::len)
        .sum();
    assert_eq!(taken, 20);
}

/// Lets time pass for all that was sent.
async fn pass(office: &Office, seconds: f64) {
    sqlx::query("update robot_use set ended_at = ended_at - make_interval(secs => $1)")
        .bind(seconds)
        .execute(office.database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_place_is_free_a_window_after_the_request_ended_and_not_before() {
    let office = Office::open(|_| {}).await;
    let budget = Budget::within(&[(2, MINUTE)]).unwrap();
    let taken = take_all(&office, &budget, MINUTE * 2).await;
    pass(&office, 61.0).await;
    // A window has passed since they began, but they may still be under way.
    assert_eq!(take_all(&office, &budget, MINUTE).await.len(), 0);
    let mut conn = office.database.pool().acquire().await.unwrap();
    budget::ended(&mut conn, &taken[..1]).await.unwrap();
    pass(&office, 55.0).await;
    assert_eq!(take_all(&office, &budget, MINUTE).await.len(), 0);
    pass(&office, 6.0).await;
    assert_eq!(take_all(&office, &budget, MINUTE).await.len(), 1);
}

#[tokio::test]
async fn a_robot_whose_answers_are_lost_is_not_sent_more_than_its_window_allows() {
    const LIMIT: usize = 20;
    let office = Office::open(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    // Every answer is lost, so everything is tried again, and again.
    let lost = vec![(1.0, Misbehaviour::Silence)];
    office.vendors.misbehave_often(Channel::Wecom, lost);
    let tickets: Vec<_> = (0..50)
        .map(|n| {
            let mut ticket = opened(&format!("A{n}"));
            ticket.severity = "critical".to_owned();
            ticket
        })
        .collect();
    for batch in tickets.chunks(5) {
        office.take(batch).await;
        office.notifier.dispatch(Channel::Wecom).await.unwrap();
    }
    let report = office.vendors.report();
    assert_eq!(report.violations(), 0, "{report:?}");
    assert!(report.accepted.len() <= LIMIT, "{}", report.accepted.len());
    let lost = office.deliveries(&[DeliveryState::Retrying]).await;
    assert!(!lost.is_empty());
}

#[tokio::test]
async fn what_is_urgent_waits_for_no_answer_to_something_else() {
    let office = Office::open(|config| config.webhook_timeout = MINUTE).await;
    let mut replicas = office.replicas(1, &[Channel::Wecom]);
    office.vendors.misbehave(Misbehaviour::Silence);
    office.take(&[opened("SLOW")]).await;
    office.arrived(1).await;
    let mut urgent = opened("URGENT");
    urgent.severity = "critical".to_owned();
    office.take(&[urgent]).await;
    office.arrived(2).await;
    // Its answer has not come yet.
    let over = [
        DeliveryState::Sent,
        DeliveryState::Retrying,
        DeliveryState::Failed,
    ];
    let over = office.deliveries(&over).await;
    assert!(over.iter().all(|it| it.order_id != "SLOW"), "{over:?}");
    replicas.shutdown().await;
}
