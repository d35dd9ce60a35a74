//! Conditions that others ask of orders, over gRPC.

use contracts::rules::v1::condition_service_client::ConditionServiceClient;
use contracts::rules::v1::{
    ConditionTruth, EvaluateConditionsRequest, EvaluateConditionsResponse, ExplainOrderRequest,
    OrderConditions, Truth,
};
use contracts::time::timestamp;
use tonic::Code;

use crate::RULES;
use crate::served::Served;
use crate::shop::{hours, order, shipment};

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

#[tokio::test]
async fn too_many_orders_at_once_are_refused() {
    let served = Served::start().await;
    let refused = asked(&served, &["o-1"; 501]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    served.running.stop().await.unwrap();
}
