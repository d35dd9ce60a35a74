//! What one replica activates is live on every other.

use std::time::{Duration, Instant};

use contracts::rules::v1::rule_service_client::RuleServiceClient;
use contracts::rules::v1::{ExplainOrderRequest, ListExceptionsRequest};
use rule_evaluation::{Config, SERVICE, start};
use service::testkit::TestContext;

use crate::RULES;
use crate::served::Served;
use crate::shop::{hours, order};

/// What nothing takes as long as, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn once_activated_a_rule_set_judges_on_every_replica_and_every_order_is_judged_again() {
    let mut served = Served::start().await;
    let servers = &served.servers;
    let other = TestContext::on(
        &SERVICE,
        servers.context.clock.clone(),
        &servers.database,
        &servers.broker,
        |_| {},
    )
    .await;
    let other = start(other, Config::default()).await.unwrap();
    let others = RuleServiceClient::connect(other.endpoint()).await.unwrap();
    served.apply(RULES, 0).await.unwrap();
    let orders: Vec<_> = (0..200)
        .map(|number| order(&format!("o-{number}"), hours(0)))
        .collect();
    served.publish(&orders).await;
    judged_by(&mut served.rules, 1, orders.len()).await;

    for (hours, number) in [("25h", 2), ("26h", 3), ("27h", 4)] {
        let changed = RULES.replace("24h", hours);
        assert_eq!(served.apply(&changed, number - 1).await.unwrap(), number);
        let activated = Instant::now();
        for replica in [&served.rules, &others] {
            let mut replica = replica.clone();
            let request = ExplainOrderRequest {
                order_id: "o-7".to_owned(),
                ..ExplainOrderRequest::default()
            };
            let explained = replica.explain_order(request).await.unwrap();
            assert_eq!(explained.into_inner().rule_set, number);
            judged_by(&mut replica, number, orders.len()).await;
        }
        eprintln!(
            "{} orders judged again in {} ms",
            orders.len(),
            activated.elapsed().as_millis()
        );
    }
    other.stop().await.unwrap();
    served.running.stop().await.unwrap();
}

/// Waits until so many exceptions are open and every one was last judged by a rule set.
async fn judged_by(
    rules: &mut RuleServiceClient<tonic::transport::Channel>,
    number: i64,
    count: usize,
) {
    let judged = async {
        loop {
            let listed = rules
                .list_exceptions(ListExceptionsRequest::default())
                .await
                .unwrap()
                .into_inner()
                .exceptions;
            if listed.len() == count && listed.iter().all(|it| it.rule_set == number) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, judged).await.unwrap();
}
