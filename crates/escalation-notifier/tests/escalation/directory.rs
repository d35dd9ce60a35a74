use std::sync::Arc;

use contracts::escalation::v1::{
    ApplyPoliciesRequest, DeliveryState, GetPoliciesRequest, SyncPeopleRequest, SyncPeopleResponse,
    directory_service_server::DirectoryService, escalation_service_server::EscalationService,
};
use escalation_notifier::{
    Config,
    domain::policy::Channel,
    grpc::directory::DirectoryServer,
    keyring::{Keyring, fresh_key},
    notifier::Notifier,
};
use service::consume::Handler;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::office::{Office, opened};

const PEOPLE: &str = "\
name,email,phone,language,teams
owner,,,,
manager,boss@example.com,+8613812345678,en,east
on-call,on-call@example.com; desk@example.com,,,east
";

const TEAM: &str = "
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  language: en
  people:
    owner: {email: owner@example.com}
    manager: {email: manager@example.com}
    on-call: {email: on-call@example.com}
  teams:
    east: {members: [owner], lead: manager}
  warehouses:
    WH-E: {owner: owner, region: east}
  regions:
    east: {manager: manager}
  fallback: on-call
";

async fn sync(office: &Office, csv: &str, dry_run: bool) -> Result<SyncPeopleResponse, Status> {
    let request = SyncPeopleRequest {
        csv: csv.to_owned(),
        actor: "tester".to_owned(),
        reason: "a test".to_owned(),
        dry_run,
    };
    let server = DirectoryServer::new(office.notifier.clone());
    let answer = server.sync_people(Request::new(request)).await?;
    Ok(answer.into_inner())
}

/// Every version as it is stored.
async fn stored(office: &Office) -> Vec<String> {
    sqlx::query_scalar("select resources_yaml from policy_set order by version")
        .fetch_all(office.database.pool())
        .await
        .unwrap()
}

fn keyring(current: &str, others: &[&str]) -> Option<Arc<Keyring>> {
    let others: Vec<_> = others.iter().map(|key| (*key).into()).collect();
    Some(Arc::new(Keyring::new(&current.into(), &others).unwrap()))
}

fn with(office: &Office, keyring: Option<Arc<Keyring>>) -> Config {
    Config {
        keyring,
        ..office.config.clone()
    }
}

/// A replica takes a ticket and tells of it.
async fn tell(office: &Office, replica: &Notifier, order: &str) {
    let received = office.received(&[opened(order)]);
    replica.handle(&received).await.unwrap();
    while replica.dispatch(Channel::Email).await.unwrap().done > 0 {}
}

#[tokio::test]
async fn no_address_is_stored_in_clear_and_letters_still_arrive() {
    let office = Office::open(|_| {}).await;
    office.apply(TEAM).await;
    for yaml in stored(&office).await {
        assert!(
            yaml.contains("sealed:") && !yaml.contains("example.com"),
            "{yaml}"
        );
    }
    tell(&office, &office.replica(), "A").await;
    assert_eq!(office.smtp.letters()[0].to, "owner@example.com");
    let asked = office
        .server()
        .get_policies(Request::new(GetPoliciesRequest {}))
        .await;
    let shown = asked.unwrap().into_inner().resources_yaml;
    assert!(
        shown.contains("o***@example.com") && !shown.contains("sealed:"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_new_key_seals_every_version_anew_and_the_former_is_not_needed_then() {
    let (old, new) = (fresh_key().unwrap(), fresh_key().unwrap());
    let office = Office::open(|config| config.keyring = keyring(&old, &[])).await;
    office.apply(TEAM).await;
    let before = stored(&office).await;
    let stranger = office.replica_with(&with(&office, keyring(&new, &[])));
    let refused = stranger.seal_stored().await.unwrap_err();
    assert!(
        refused.to_string().contains("is not among the keys"),
        "{refused}"
    );
    let turning = office.replica_with(&with(&office, keyring(&new, &[&old])));
    turning.seal_stored().await.unwrap();
    let after = stored(&office).await;
    assert_eq!(before.len(), after.len());
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| before != after)
    );
    stranger.seal_stored().await.unwrap();
    tell(&office, &stranger, "A").await;
    assert_eq!(office.smtp.letters()[0].to, "owner@example.com");
    // Once sealed, nothing is sealed again.
    turning.seal_stored().await.unwrap();
    assert_eq!(stored(&office).await, after);
}

#[tokio::test]
async fn without_a_key_addresses_are_refused_and_everything_else_is_kept() {
    let office = Office::open(|_| {}).await;
    let keyless = office.replica_with(&with(&office, None));
    let apply = async |yaml: &str| {
        let request = ApplyPoliciesRequest {
            resources_yaml: yaml.to_owned(),
            actor: "tester".to_owned(),
            ..ApplyPoliciesRequest::default()
        };
        escalation_notifier::grpc::EscalationServer::new(keyless.clone())
            .apply_policies(Request::new(request))
            .await
    };
    // What is sealed already cannot even be read.
    let refused = apply(TEAM).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    sqlx::query("delete from policy_set")
        .execute(office.database.pool())
        .await
        .unwrap();
    let refused = apply(TEAM).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(
        refused.message().contains("personal_data.key"),
        "{}",
        refused.message()
    );
    assert_eq!(stored(&office).await, Vec::<String>::new());
    let nobody = "{apiVersion: orderwatch/v1, kind: Directory, metadata: {name: main}, spec: {people: {ann: {}}}}";
    apply(nobody).await.unwrap();
}

#[tokio::test]
async fn a_table_of_people_shows_what_it_changes_before_it_does() {
    let office = Office::open(|_| {}).await;
    office.apply(TEAM).await;
    let lines = |answer: &SyncPeopleResponse| -> Vec<String> {
        let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
        let lines = answer.changes.iter();
        lines
            .map(|it| format!("{} {} {}", it.path, text(&it.before), text(&it.after)))
            .collect()
    };
    let dry = sync(&office, PEOPLE, true).await.unwrap();
    let expected = [
        "Directory/main: spec.people.owner.email o***@example.com -",
        "Directory/main: spec.people.manager.email m***@example.com b***@example.com",
        "Directory/main: spec.people.manager.phone - +861****5678",
        "Directory/main: spec.people.manager.language - en",
        "Directory/main: spec.people.on-call.email o***@example.com [\"o***@example.com\",\"d***@example.com\"]",
        "Directory/main: spec.teams.east.members [\"owner\"] [\"manager\",\"on-call\"]",
    ];
    let mut found = lines(&dry);
    found.sort_unstable();
    let mut expected = expected.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(found, expected);
    let real = sync(&office, PEOPLE, false).await.unwrap();
    assert_eq!((real.version, lines(&real)), (dry.version + 1, lines(&dry)));
    let again = sync(&office, PEOPLE, false).await.unwrap();
    assert_eq!((again.version, again.changes.len()), (real.version, 0));
    // The owner has no address any more, so the fallback is told.
    office.take(&[opened("A")]).await;
    office.send(Channel::Email).await;
    assert_eq!(office.smtp.letters()[0].to, "on-call@example.com");
    assert_eq!(office.deliveries(&[DeliveryState::Sent]).await.len(), 1);
}

#[tokio::test]
async fn each_fault_of_a_table_has_its_line_and_column() {
    let office = Office::open(|_| {}).await;
    office.apply(TEAM).await;
    let wrong = PEOPLE
        .replace("boss@example.com", "boss at example")
        .replace(",en,", ",latin,")
        .replace("desk@example.com,,,east", "desk@example.com,,,west");
    let status = sync(&office, &wrong, true).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let found: Vec<String> = violations
        .iter()
        .map(|it| format!("{}: {}", it.field, it.description))
        .collect();
    assert_eq!(
        found,
        [
            "line 4, column 5 (teams): expected a team of the Directory's spec.teams, found \"west\"",
            "line 3, column 2 (email): expected an address such as name@example.com",
            "line 3, column 4 (language): expected zh or en, found \"latin\"",
        ]
    );
    // Whom the directory still needs cannot be left out.
    let short = PEOPLE.replace("owner,,,,\n", "");
    let status = sync(&office, &short, true).await.unwrap_err();
    assert!(
        status
            .message()
            .contains("spec.warehouses.WH-E.owner: expected one of spec.people, found \"owner\""),
        "{}",
        status.message()
    );
}
