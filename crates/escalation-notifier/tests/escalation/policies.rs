use contracts::escalation::v1::{
    ApplyPoliciesRequest, DeletePoliciesRequest, DeliveryState, DocumentName, GetFiguresRequest,
    GetPoliciesRequest, escalation_service_server::EscalationService,
};
use escalation_notifier::domain::policy::Channel;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::office::{Office, opened};

const VIP: &str = "
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: ['person:manager'], channel: email}
    - {delay: 30m, recipients: [fallback], channel: email}
";

const NIGHTS: &str = "
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: nights}
spec:
  timeZone: Asia/Shanghai
  layers: [{name: all, starts: 2026-01-01T00:00, turn: weekly, people: [manager]}]
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: nights}
spec:
  match: {scenarios: [nights]}
  levels: [{delay: 0s, recipients: ['schedule:nights'], channel: email}]
";

#[tokio::test]
async fn a_ticket_stays_under_the_policy_that_it_was_opened_under() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("OLD")]).await;
    office.apply(VIP).await;
    office.take(&[opened("NEW")]).await;
    office.hours_pass(1).await;
    office.send(Channel::Email).await;
    let mut told: Vec<String> = office
        .smtp
        .letters()
        .into_iter()
        .map(|letter| letter.to)
        .collect();
    told.sort();
    assert_eq!(told, ["manager@example.com", "on-call@example.com"]);
    let pending = office.deliveries(&[DeliveryState::Pending]).await;
    assert_eq!(pending[0].order_id, "OLD");
}

#[tokio::test]
async fn the_same_policies_again_change_nothing() {
    let office = Office::open(|_| {}).await;
    let request = |dry_run| ApplyPoliciesRequest {
        resources_yaml: VIP.to_owned(),
        actor: "tester".to_owned(),
        dry_run,
        ..ApplyPoliciesRequest::default()
    };
    let server = office.server();
    let dry = server
        .apply_policies(Request::new(request(true)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((dry.version, dry.unchanged), (1, false));
    let first = server
        .apply_policies(Request::new(request(false)))
        .await
        .unwrap()
        .into_inner();
    let again = server
        .apply_policies(Request::new(request(false)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((first.version, first.unchanged), (2, false));
    assert_eq!((again.version, again.unchanged), (2, true));
}

#[tokio::test]
async fn faults_come_back_each_with_its_path() {
    let office = Office::open(|_| {}).await;
    let request = ApplyPoliciesRequest {
        resources_yaml: VIP
            .replace("30m", "soon")
            .replace("person:manager", "person:nobody"),
        actor: "tester".to_owned(),
        ..ApplyPoliciesRequest::default()
    };
    let status = office
        .server()
        .apply_policies(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(
        violations[0].field,
        "EscalationPolicy/default: spec.levels[1].delay"
    );
    assert!(violations[0].description.contains("expected a duration"));
    // Names are checked against the directory that is in force already.
    let request = ApplyPoliciesRequest {
        resources_yaml: VIP.replace("person:manager", "person:nobody"),
        actor: "tester".to_owned(),
        ..ApplyPoliciesRequest::default()
    };
    let status = office
        .server()
        .apply_policies(Request::new(request))
        .await
        .unwrap_err();
    assert!(
        status.message().contains("person:nobody"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn policies_are_shown_with_masked_contacts() {
    let office = Office::open(|_| {}).await;
    let shown = office
        .server()
        .get_policies(Request::new(GetPoliciesRequest {}))
        .await
        .unwrap();
    let yaml = &shown.get_ref().resources_yaml;
    assert!(
        yaml.contains("m***@example.com") && !yaml.contains("manager@example.com"),
        "{yaml}"
    );
}

#[tokio::test]
async fn figures_count_deliveries_messages_and_escalations() {
    let office = Office::open(|_| {}).await;
    let tickets: Vec<_> = (0..30).map(|n| opened(&format!("A{n}"))).collect();
    office.take(&tickets).await;
    office.send(Channel::Wecom).await;
    office.hours_pass(4).await;
    let figures = office
        .server()
        .get_figures(Request::new(GetFiguresRequest {}))
        .await
        .unwrap();
    let figures = figures.into_inner();
    assert_eq!(figures.deliveries_sent, 30);
    assert_eq!(figures.messages_sent, 1);
    assert_eq!((figures.escalated, figures.deliveries_pending), (30, 30));
}

#[tokio::test]
async fn the_policies_that_are_delivered_with_orderwatch_have_no_faults() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/policies");
    let examples = format!("{folder}/examples");
    let office = Office::open(|_| {}).await;
    office.apply(&documents(folder)).await;
    office.apply(&documents(&examples)).await;
}

/// Every document in a folder.
fn documents(folder: &str) -> String {
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|file| file.is_file())
        .map(|file| format!("---\n{}", std::fs::read_to_string(file).unwrap()))
        .collect()
}

#[tokio::test]
async fn what_is_taken_back_is_in_force_no_more_unless_something_else_needs_it() {
    let office = Office::open(|_| {}).await;
    office.apply(VIP).await;
    office.apply(NIGHTS).await;
    let server = office.server();
    let take_back = async |kind: &str, name: &str, dry_run| {
        let request = DeletePoliciesRequest {
            documents: vec![DocumentName {
                kind: kind.to_owned(),
                name: name.to_owned(),
            }],
            actor: "tester".to_owned(),
            reason: "a test".to_owned(),
            dry_run,
        };
        let answer = server.delete_policies(Request::new(request)).await;
        answer.map(tonic::Response::into_inner)
    };
    let tried = take_back("EscalationPolicy", "default", true).await;
    let changes = tried.unwrap().changes;
    assert_eq!(changes[0].path, "EscalationPolicy/default");
    assert!(changes[0].before.is_some() && changes[0].after.is_none());

    let needed = take_back("OnCallSchedule", "nights", false).await;
    let needed = needed.unwrap_err();
    assert_eq!(needed.code(), Code::InvalidArgument, "{needed}");
    assert!(
        needed.message().contains("EscalationPolicy/nights"),
        "{needed}"
    );
    let unknown = take_back("EscalationPolicy", "defualt", false).await;
    let unknown = unknown.unwrap_err();
    let violations = unknown.get_details_bad_request().unwrap().field_violations;
    assert!(
        violations[0].description.contains("there are default"),
        "{violations:?}"
    );

    take_back("EscalationPolicy", "default", false)
        .await
        .unwrap();
    office.take(&[opened("NEW")]).await;
    let told = office.deliveries(&[]).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].channel, "wecom", "the built-in policy is in force");
}

#[tokio::test]
async fn documents_that_come_one_by_one_have_no_more_expressions_than_if_they_came_at_once() {
    let office = Office::open(|_| {}).await;
    let policy = |name: &str| {
        let route = "    - matchers: ['region =~ e.*']\n".repeat(150);
        format!(
            "apiVersion: orderwatch/v1\nkind: EscalationPolicy\nmetadata: {{name: {name}}}\n\
             spec:\n  levels: []\n  routes:\n{route}"
        )
    };
    let apply = async |name: &str| {
        let request = ApplyPoliciesRequest {
            resources_yaml: policy(name),
            actor: "tester".to_owned(),
            ..ApplyPoliciesRequest::default()
        };
        office.server().apply_policies(Request::new(request)).await
    };
    apply("a").await.unwrap();
    let refused = apply("b").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let faults = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].field,
        "EscalationPolicy/b: spec.routes[50].matchers[0]"
    );
    // In the place of the former there is room for as many.
    apply("a").await.unwrap();
}
