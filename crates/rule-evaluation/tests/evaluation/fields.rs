//! What editors of rules ask the service.

use contracts::rules::v1::rule_service_client::RuleServiceClient;
use contracts::rules::v1::{CompileVisualRuleRequest, ListFieldsRequest};
use rule_evaluation::{Config, SERVICE, start};
use service::clock::Clock;
use service::testkit::TestContext;
use tonic::Code;

use crate::shop::hours;

#[tokio::test]
async fn editors_learn_the_fields_and_what_a_tree_becomes() {
    let servers = TestContext::start(&SERVICE, Clock::manual(hours(30).into())).await;
    let running = start(servers.context.clone(), Config::default())
        .await
        .unwrap();
    let mut rules = RuleServiceClient::connect(running.endpoint())
        .await
        .unwrap();

    let answer = rules.list_fields(ListFieldsRequest {}).await.unwrap();
    let answer = answer.into_inner();
    let kind = answer
        .fields
        .iter()
        .find(|field| field.visual_name == "order.kind")
        .unwrap();
    assert_eq!(kind.name, "order.kind");
    assert_eq!(kind.label.as_ref().unwrap().zh, "订单类型");
    assert!(kind.values.iter().any(|known| known.value == "presale"));
    assert_eq!(answer.lists.len(), 5);

    let mut compile = async |tree_json: &str| {
        let tree_json = tree_json.to_owned();
        let request = CompileVisualRuleRequest { tree_json };
        rules.compile_visual_rule(request).await
    };
    let tree = |value: &str| {
        format!(
            r#"{{"combinator": "and", "rules": [
                {{"field": "order.kind", "operator": "=", "value": "a"}},
                {{"field": "order.amount", "operator": ">", "value": {value}}}]}}"#
        )
    };
    let sound = compile(&tree("100")).await.unwrap().into_inner();
    assert_eq!(
        sound.condition,
        r#"order.kind == "a" && order.amount > 100.0"#
    );
    let faulty = compile(&tree(r#""much""#)).await.unwrap().into_inner();
    assert_eq!(faulty.condition, "");
    let [fault] = &faulty.faults[..] else {
        panic!("{:?}", faulty.faults);
    };
    assert_eq!(
        (fault.path.as_str(), fault.expected.as_str()),
        ("rules[1].value", "a number")
    );
    let broken = compile("{").await.unwrap_err();
    assert_eq!(broken.code(), Code::InvalidArgument);
    running.stop().await.unwrap();
}
