//! Conditions that others ask of orders, over gRPC.

use std::time::Duration;

use contracts::event::v1::{Event, ExceptionTransition};
use contracts::rules::v1::condition_service_client::ConditionServiceClient;
use contracts::rules::v1::{
    ConditionTruth, EvaluateConditionsRequest, EvaluateConditionsResponse, ExplainOrderRequest,
    OrderConditions, Truth, WatchExceptionsRequest, WatchExceptionsResponse,
};
use contracts::subject;
use contracts::time::timestamp;
use prost::Message;
use service::consume::Position;
use service::event_log;
use tonic::Code;

use crate::RULES;
use crate::served::Served;
use crate::shop::{hours, line, order, shipment};

const CONDITIONS: [&str; 4] = [
    "shipments.exists(s, has(s.handed_over_at))",
    "has(order.cancelled_at)",
    r#"elapsed(order.paid_at) > duration("50h")"#,
    "has(order.payed_at)",
];

async fn asked(
    served: &Served,
    orders: &[&str],
) -> Result<EvaluateConditionsResponse, tonic::Status> {
    let endpoint = served.running.endpoint();
    let mut client = ConditionServiceClient::connect(endpoint).await.unwrap();
    let question = |order: &&str| OrderConditions {
        order_id: (*order).to_owned(),
        conditions: vec![0, 1, 2, 3],
    };
    let request = EvaluateConditionsRequest {
        conditions: CONDITIONS.map(str::to_owned).to_vec(),
        orders: orders.iter().map(question).collect(),
        watch: true,
    };
    client
        .evaluate_conditions(request)
        .await
        .map(tonic::Response::into_inner)
}

fn said(truths: &[ConditionTruth]) -> Vec<Truth> {
    truths.iter().map(ConditionTruth::truth).collect()
}

#[tokio::test]
async fn conditions_are_answered_from_what_is_known_with_when_they_turn_and_what_is_wrong() {
    let mut served = Served::start().await;
    served.apply(RULES, 0).await.unwrap();
    served
        .publish(&[
            order("o-1", hours(0)),
            shipment("o-1", hours(20)),
            order("o-2", hours(0)),
        ])
        .await;
    let judged = ExplainOrderRequest {
        order_id: "o-2".to_owned(),
        ..ExplainOrderRequest::default()
    };
    served.explained(judged).await;
    let answer = asked(&served, &["o-2", "o-1", "o-9"]).await.unwrap();
    assert!(answer.faults[..3].iter().all(|it| it.messages.is_empty()));
    let wrong = &answer.faults[3].messages[0];
    assert!(
        wrong.starts_with("1:") && wrong.contains("paid_at"),
        "{wrong}"
    );
    let [second, first, nobody] = &answer.orders[..] else {
        panic!("{answer:?}")
    };
    assert_eq!(
        said(&first.truths),
        [Truth::True, Truth::False, Truth::False, Truth::Unknown]
    );
    assert_eq!(said(&second.truths)[0], Truth::False);
    assert_eq!(second.truths[2].next_change_at, Some(timestamp(hours(50))));
    assert_eq!(said(&nobody.truths), [Truth::Unknown; 4]);
    served.running.stop().await.unwrap();
}

/// Waits until an exception of the order is told of as over.
async fn cleared(seen: &mut tonic::Streaming<WatchExceptionsResponse>, order: &str) {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(30), seen.message());
        let change = next.await.unwrap().unwrap().unwrap().change.unwrap();
        let is_over = change.transition() == ExceptionTransition::Cleared;
        if is_over && change.exception.unwrap().order_id == order {
            return;
        }
    }
}

#[tokio::test]
async fn who_asks_is_told_once_when_more_is_known_of_the_order() {
    let mut served = Served::start().await;
    served.apply(RULES, 0).await.unwrap();
    let watch = WatchExceptionsRequest {
        rule: "late".to_owned(),
        ..WatchExceptionsRequest::default()
    };
    let seen = served.rules.watch_exceptions(watch).await.unwrap();
    let mut seen = seen.into_inner();
    let orders = ["o-1", "o-2", "o-3"].map(|id| order(id, hours(0)));
    served.publish(&orders).await;
    let judged = ExplainOrderRequest {
        order_id: "o-3".to_owned(),
        ..ExplainOrderRequest::default()
    };
    served.explained(judged).await;
    asked(&served, &["o-2", "o-1", "o-9", "o-1"]).await.unwrap();
    for (order, number) in [("o-1", 1), ("o-1", 2), ("o-3", 1)] {
        served.publish(&[line(order, number)]).await;
    }
    // By the last of these, all that was published before is judged.
    for order in ["o-1", "o-3"] {
        served.publish(&[shipment(order, hours(29))]).await;
        cleared(&mut seen, order).await;
    }
    let pool = served.servers.context.database.pool();
    let start = Position::default();
    let told = event_log::list(pool, start, subject::ORDERS, 100).await;
    let places: Vec<_> = told.unwrap().iter().map(|it| it.position).collect();
    let told = event_log::get(pool, &places).await.unwrap();
    let orders = told
        .iter()
        .map(|it| Event::decode(&it.payload[..]).unwrap().order_ids);
    assert_eq!(orders.collect::<Vec<_>>(), [["o-1".to_owned()]]);
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn too_many_orders_at_once_are_refused() {
    let served = Served::start().await;
    let refused = asked(&served, &["o-1"; 501]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    served.running.stop().await.unwrap();
}
