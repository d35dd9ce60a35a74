//! The whole service: facts from a real broker in, exceptions over gRPC out.

use std::time::Duration;

use contracts::event::v1::{ExceptionState, ExceptionTransition};
use contracts::rules::v1::rule_service_client::RuleServiceClient;
use contracts::rules::v1::{
    ApplyRuleSetRequest, ExplainOrderRequest, GetRuleSetRequest, ListExceptionsRequest,
    WatchExceptionsRequest,
};
use prost::Message;
use rule_evaluation::{Config, SERVICE, start};
use service::clock::Clock;
use service::runtime::Running;
use service::testkit::TestContext;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic::transport::Channel;

use crate::RULES;
use crate::shop::{hours, order, shipment};

pub(crate) struct Served {
    pub(crate) servers: TestContext,
    pub(crate) running: Running,
    pub(crate) rules: RuleServiceClient<Channel>,
    sent: i64,
}

impl Served {
    pub(crate) async fn start() -> Self {
        let servers = TestContext::start(&SERVICE, Clock::manual(hours(30).into())).await;
        let running = start(servers.context.clone(), Config::default())
            .await
            .unwrap();
        let rules = RuleServiceClient::connect(running.endpoint())
            .await
            .unwrap();
        Self {
            servers,
            running,
            rules,
            sent: 0,
        }
    }

    pub(crate) async fn apply(&mut self, rules: &str, based_on: i64) -> Result<i64, tonic::Status> {
        let request = ApplyRuleSetRequest {
            resources_yaml: rules.to_owned(),
            actor: "li".to_owned(),
            reason: "test".to_owned(),
            based_on,
            dry_run: false,
        };
        self.rules
            .apply_rule_set(request)
            .await
            .map(|answer| answer.into_inner().number)
    }

    pub(crate) async fn publish(&mut self, facts: &[order::Fact]) {
        self.sent += 1;
        let batch = contracts::fact::v1::FactBatch {
            batch_id: self.sent.to_string(),
            source: "shop".to_owned(),
            facts: facts.iter().map(Into::into).collect(),
            sequence: self.sent,
            ..Default::default()
        };
        let message = bus::Outgoing {
            subject: "orderwatch.facts.shop".to_owned(),
            event_id: format!("facts/shop/{}", self.sent),
            service: "ingest".to_owned(),
            position: bus::Position {
                transaction: self.sent,
                sequence: self.sent,
            },
            traceparent: None,
            payload: batch.encode_to_vec().into(),
        };
        for answer in self.servers.context.bus.publish(&[message]).await {
            answer.unwrap();
        }
    }
}

#[tokio::test]
async fn facts_from_the_broker_become_exceptions_that_are_watched_listed_and_explained() {
    let mut served = Served::start().await;
    served.apply(RULES, 0).await.unwrap();
    let watch = WatchExceptionsRequest {
        rule: "late".to_owned(),
        transitions_only: true,
    };
    let mut seen = served
        .rules
        .watch_exceptions(watch)
        .await
        .unwrap()
        .into_inner();
    let next = async |seen: &mut tonic::Streaming<_>| {
        let change: Option<Result<contracts::rules::v1::WatchExceptionsResponse, _>> =
            tokio::time::timeout(Duration::from_secs(30), seen.next())
                .await
                .unwrap();
        change.unwrap().unwrap().change.unwrap()
    };
    served.publish(&[order("o-1", hours(0))]).await;
    let opened = next(&mut seen).await;
    assert_eq!(opened.transition(), ExceptionTransition::Opened);
    served.publish(&[shipment("o-1", hours(29))]).await;
    let cleared = next(&mut seen).await;
    assert_eq!(cleared.transition(), ExceptionTransition::Cleared);
    assert_eq!(
        cleared.exception.as_ref().unwrap().id,
        opened.exception.unwrap().id
    );

    let listed = served
        .rules
        .list_exceptions(ListExceptionsRequest {
            rule: "late".to_owned(),
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner()
        .exceptions;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state(), ExceptionState::Cleared);

    let request = ExplainOrderRequest {
        order_id: "o-1".to_owned(),
        ..Default::default()
    };
    let explained = served
        .rules
        .explain_order(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(explained.rules[0].verdict, "false");
    assert_eq!(explained.rules[0].intervals.len(), 1);
    assert_eq!(explained.facts.len(), 2);
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_rule_set_made_from_another_than_the_one_in_force_is_refused() {
    let mut served = Served::start().await;
    assert_eq!(served.apply(RULES, 0).await.unwrap(), 1);
    assert_eq!(
        served.apply(&RULES.replace("24h", "25h"), 1).await.unwrap(),
        2
    );
    let stale = served
        .apply(&RULES.replace("24h", "26h"), 1)
        .await
        .unwrap_err();
    assert_eq!(stale.code(), Code::Aborted);
    assert!(
        stale.message().contains("rule set 2 is in force"),
        "{}",
        stale.message()
    );
    let broken = served
        .apply(&RULES.replace("paid_at", "payed_at"), 2)
        .await
        .unwrap_err();
    assert_eq!(broken.code(), Code::InvalidArgument);
    assert!(broken.message().contains("paid_at"), "{}", broken.message());
    served.running.stop().await.unwrap();
}

#[tokio::test]
async fn an_empty_file_does_not_end_all_watching() {
    let mut served = Served::start().await;
    let number = served.apply(RULES, 0).await.unwrap();
    for nothing in ["", "---\n---\n", "# nothing yet\n"] {
        let refused = served.apply(nothing, 0).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("resources_yaml"), "{refused}");
    }
    let in_force = served
        .rules
        .get_rule_set(GetRuleSetRequest::default())
        .await
        .unwrap();
    assert_eq!(in_force.into_inner().rule_set.unwrap().number, number);
}
