use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    escalation::v1::{
        CreateSilenceRequest, CreateSilenceResponse, DeliveryState, EndSilenceRequest,
        ListSilencesRequest, silence_service_server::SilenceService,
    },
    event::v1::{TicketChanged, TicketGroupChanged, TicketTransition},
};
use escalation_notifier::{
    domain::policy::Channel, events::encode::timestamp, grpc::SilenceServer,
};
use service::consume::Handler;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::office::{Office, change, opened};

/// Asks that nobody be told of some tickets until so many hours have passed.
pub(crate) async fn silence(
    office: &Office,
    matcher: &str,
    hours: i64,
    dry_run: bool,
) -> Result<CreateSilenceResponse, Status> {
    let request = CreateSilenceRequest {
        matchers: vec![matcher.to_owned()],
        author: "ann".to_owned(),
        reason: "stocktaking".to_owned(),
        ends_at: Some(timestamp(office.clock.now() + TimeDelta::hours(hours))),
        dry_run,
        ..CreateSilenceRequest::default()
    };
    let server = SilenceServer::new(office.notifier.clone());
    let answer = server.create_silence(Request::new(request)).await?;
    Ok(answer.into_inner())
}

/// Cause and state of every notice, oldest first.
async fn notices(office: &Office) -> Vec<(String, DeliveryState)> {
    let ledger = office.ledger().await.into_iter();
    ledger.map(|(_, cause, _, state)| (cause, state)).collect()
}

fn notice(cause: &str, state: DeliveryState) -> (String, DeliveryState) {
    (cause.to_owned(), state)
}

#[tokio::test]
async fn what_a_silence_keeps_back_goes_out_when_it_ends_and_the_ticket_is_open() {
    let office = Office::open(|_| {}).await;
    silence(&office, "warehouse = WH-E", 2, false)
        .await
        .unwrap();
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    let held = office.deliveries(&[DeliveryState::Held]).await;
    assert_eq!(held.len(), 1);
    assert!(held[0].held_by.ends_with(": ann: stocktaking"), "{held:?}");
    let ends_at: DateTime<Utc> = office.clock.now() + TimeDelta::hours(2);
    assert_eq!(held[0].held_until, Some(timestamp(ends_at)));
    office.hours_pass(1).await;
    assert_eq!(office.vendors.report().accepted.len(), 0);
    office.hours_pass(1).await;
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 1);
}

#[tokio::test]
async fn whoever_was_never_told_is_not_told_of_the_resolution() {
    let office = Office::open(|_| {}).await;
    silence(&office, "warehouse = WH-E", 2, false)
        .await
        .unwrap();
    office.take(&[opened("A1")]).await;
    office
        .take(&[change("A1", TicketTransition::Resolved, 2)])
        .await;
    office.hours_pass(3).await;
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 0);
    let expected = [notice("opened", DeliveryState::Cancelled)];
    assert_eq!(notices(&office).await, expected);
}

#[tokio::test]
async fn a_resolution_under_a_silence_waits_until_it_ends() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    office.send(Channel::Wecom).await;
    silence(&office, "order_id = A1", 2, false).await.unwrap();
    office
        .take(&[change("A1", TicketTransition::Resolved, 2)])
        .await;
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 1);
    office.hours_pass(2).await;
    office.send(Channel::Wecom).await;
    let told = office.vendors.report().accepted;
    assert!(told[1].text.contains("Resolved"));
}

#[tokio::test]
async fn a_silence_keeps_back_what_waits_already_and_ends_when_somebody_says_so() {
    let office = Office::open(|_| {}).await;
    office.take(&[opened("A1")]).await;
    let preview = silence(&office, "severity >= high", 2, true).await.unwrap();
    assert_eq!((preview.total_tickets, preview.deliveries), (1, 1));
    assert_eq!(preview.tickets[0].order_id, "A1");
    assert_eq!(
        notices(&office).await,
        [notice("opened", DeliveryState::Pending)]
    );
    let created = silence(&office, "severity >= high", 2, false)
        .await
        .unwrap();
    assert_eq!(
        notices(&office).await,
        [notice("opened", DeliveryState::Held)]
    );
    let server = SilenceServer::new(office.notifier.clone());
    let id = created.silence.unwrap_or_default().id;
    let end = || EndSilenceRequest {
        id: id.clone(),
        actor: "ben".to_owned(),
        reason: "counted".to_owned(),
    };
    let ended = server.end_silence(Request::new(end())).await.unwrap();
    assert_eq!(ended.get_ref().deliveries, 1);
    office.hours_pass(0).await;
    assert_eq!(
        notices(&office).await,
        [notice("opened", DeliveryState::Pending)]
    );
    let again = server.end_silence(Request::new(end())).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    let list = |over| server.list_silences(Request::new(ListSilencesRequest { over }));
    assert_eq!(list(false).await.unwrap().get_ref().silences.len(), 0);
    assert_eq!(
        list(true).await.unwrap().get_ref().silences[0].ended_by,
        "ben"
    );
}

#[tokio::test]
async fn a_silence_that_makes_no_sense_is_answered_with_every_fault() {
    let office = Office::open(|_| {}).await;
    let status = silence(&office, "weather = rain", -1, false)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status
        .get_details_bad_request()
        .map(|it| it.field_violations)
        .unwrap_or_default();
    let fields: Vec<&str> = violations.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["ends_at", "matchers[0]"]);
    assert!(violations[1].description.contains("found \"weather\""));
}

const WINDOW: &str = "
apiVersion: orderwatch/v1
kind: MaintenanceWindow
metadata: {name: handover}
spec:
  matchers: [severity < critical]
  reason: shifts change
  hours: {timeZone: Asia/Shanghai, weekly: {thursday: ['08:00-09:00']}}
";

#[tokio::test]
async fn a_maintenance_window_keeps_back_all_but_what_it_does_not_match() {
    let office = Office::open(|_| {}).await;
    office.apply(WINDOW).await;
    let mut critical = opened("A2");
    critical.severity = "critical".to_owned();
    // Thursday, eight o'clock in Shanghai.
    office.take(&[opened("A1"), critical]).await;
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 1);
    office.hours_pass(1).await;
    office.send(Channel::Wecom).await;
    assert_eq!(office.vendors.report().accepted.len(), 2);
}

fn group(version: i64) -> TicketGroupChanged {
    TicketGroupChanged {
        group_id: "G1".to_owned(),
        kind: "incident".to_owned(),
        title: "late-shipment in WH-E".to_owned(),
        scenario: "late-shipment".to_owned(),
        dimension: "warehouse".to_owned(),
        value: "WH-E".to_owned(),
        version,
        ..TicketGroupChanged::default()
    }
}

#[tokio::test]
async fn an_incident_silences_its_members_until_it_is_closed() {
    let office = Office::open(|_| {}).await;
    let open = [office.receive_group("opened", group(1))];
    office.notifier.handle(&open).await.unwrap();
    let mut elsewhere = opened("A2");
    elsewhere.scenario = "customs-stuck".to_owned();
    office.take(&[opened("A1"), elsewhere]).await;
    office.send(Channel::Wecom).await;
    let expected = [
        notice("incident", DeliveryState::Sent),
        notice("opened", DeliveryState::Held),
        notice("opened", DeliveryState::Sent),
    ];
    let mut found = notices(&office).await;
    found.sort_by_key(|(cause, state)| (cause.clone(), *state == DeliveryState::Sent));
    assert_eq!(found, expected);
    let close = [office.receive_group("closed", group(2))];
    office.notifier.handle(&close).await.unwrap();
    // Word of the opening that comes late opens it no more.
    let late = [office.receive_group("opened", group(1))];
    office.notifier.handle(&late).await.unwrap();
    office.hours_pass(0).await;
    office.send(Channel::Wecom).await;
    let mut found = notices(&office).await;
    found.sort();
    let expected = ["incident", "opened", "opened", "resolved"];
    assert_eq!(found, expected.map(|it| notice(it, DeliveryState::Sent)));
}

#[tokio::test]
async fn a_late_source_silences_what_was_judged_without_it_until_it_has_caught_up() {
    let office = Office::open(|_| {}).await;
    let mut late = opened("source:erp");
    late.scenario = "source-late".to_owned();
    let waits_for = |order, sources: &[&str]| TicketChanged {
        unconfirmed: true,
        late_sources: sources.iter().map(|&it| it.to_owned()).collect(),
        ..opened(order)
    };
    let elsewhere = waits_for("A3", &["carrier"]);
    let of_before = waits_for("A4", &[]);
    let both = waits_for("A1", &["carrier", "erp"]);
    office
        .take(&[late, both, opened("A2"), elsewhere, of_before])
        .await;
    let held = office.deliveries(&[DeliveryState::Held]).await;
    let mut orders: Vec<&str> = held.iter().map(|it| it.order_id.as_str()).collect();
    orders.sort_unstable();
    assert_eq!(orders, ["A1", "A4"]);
    assert!(held[0].held_by.contains("T-source:erp is open"), "{held:?}");
    let mut caught_up = change("source:erp", TicketTransition::Resolved, 2);
    caught_up.scenario = "source-late".to_owned();
    office.take(&[caught_up]).await;
    office.hours_pass(0).await;
    assert_eq!(office.deliveries(&[DeliveryState::Held]).await, []);
}

#[tokio::test]
async fn a_silence_of_many_conditions_or_many_words_is_refused() {
    let office = Office::open(|_| {}).await;
    let server = SilenceServer::new(office.notifier.clone());
    let asked = CreateSilenceRequest {
        matchers: vec!["warehouse = WH-E".to_owned()],
        author: "ann".to_owned(),
        reason: "stocktaking".to_owned(),
        ends_at: Some(timestamp(office.clock.now() + TimeDelta::hours(1))),
        ..CreateSilenceRequest::default()
    };
    for (field, request) in [
        (
            "matchers[100]",
            CreateSilenceRequest {
                matchers: vec![r"order_id =~ \w{30}".to_owned(); 100_000],
                ..asked.clone()
            },
        ),
        (
            "author",
            CreateSilenceRequest {
                author: "ann ".repeat(1_000),
                ..asked.clone()
            },
        ),
        (
            "reason",
            CreateSilenceRequest {
                reason: "because ".repeat(1_000),
                ..asked.clone()
            },
        ),
    ] {
        let refused = server.create_silence(Request::new(request)).await;
        let status = refused.unwrap_err();
        let details = status.get_details_bad_request().unwrap();
        let [violation] = details.field_violations.as_slice() else {
            panic!(
                "expected one violation, found {}",
                details.field_violations.len()
            );
        };
        assert_eq!(violation.field, field);
        assert!(violation.description.starts_with("expected at most"));
    }
}
