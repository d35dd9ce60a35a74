use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    escalation::v1::{
        AddOverrideRequest, ApplyPoliciesRequest, ListDutiesRequest, ListGapsRequest,
        ListOverridesRequest, ShowOnCallRequest, WithdrawOverrideRequest,
        escalation_service_server::EscalationService, on_call_service_server::OnCallService,
    },
    event::v1::Event,
};
use escalation_notifier::{
    domain::policy::Channel, events::encode::timestamp, grpc::on_call::OnCallServer,
};
use prost::Message;
use tonic::{Code, Request, Status};

use crate::office::{Office, opened, start};

/// Ann and ben by the day from the start on, nobody on Sunday the 21st; the lead is lea.
const ON_CALL: &str = r"
apiVersion: orderwatch/v1
kind: Directory
metadata: {name: main}
spec:
  language: en
  people:
    ann: {email: ann@example.com}
    ben: {email: ben@example.com}
    lea: {email: lea@example.com}
  teams:
    day: {members: [ann, ben], lead: lea, schedule: days}
---
apiVersion: orderwatch/v1
kind: OnCallSchedule
metadata: {name: days}
spec:
  timeZone: Asia/Shanghai
  layers:
    - name: day
      starts: 2026-06-18T08:00
      turn: daily
      people: [ann, ben]
      hours: {daily: ['00:00-24:00'], sunday: []}
---
apiVersion: orderwatch/v1
kind: EscalationPolicy
metadata: {name: default}
spec:
  levels:
    - {delay: 0s, recipients: ['team:day'], channel: email}
";

async fn office() -> Office {
    let office = Office::open(|_| {}).await;
    office.apply(ON_CALL).await;
    office
}

fn server(office: &Office) -> OnCallServer {
    OnCallServer::new(office.notifier.clone())
}

/// `ben` stands in for an hour from so many hours after the start on.
fn stand_in(hours: i64) -> AddOverrideRequest {
    let from = start() + TimeDelta::hours(hours);
    AddOverrideRequest {
        schedule: "days".to_owned(),
        person: "ben".to_owned(),
        from: Some(timestamp(from)),
        until: Some(timestamp(from + TimeDelta::hours(1))),
        actor: "lea".to_owned(),
        reason: "ann is at the dentist".to_owned(),
    }
}

async fn told(office: &Office, order: &str) -> Vec<String> {
    let before = office.smtp.letters().len();
    office.take(&[opened(order)]).await;
    office.send(Channel::Email).await;
    let letters = office.smtp.letters().into_iter();
    letters.skip(before).map(|letter| letter.to).collect()
}

async fn on_call(office: &Office, at: Option<DateTime<Utc>>) -> (String, String) {
    let request = ShowOnCallRequest {
        schedule: "days".to_owned(),
        at: at.map(timestamp),
    };
    let answer = server(office).show_on_call(Request::new(request)).await;
    let shown = answer.unwrap().into_inner().schedules.remove(0);
    let who = |duty: Option<contracts::escalation::v1::Duty>| duty.unwrap_or_default().person;
    (who(shown.current), who(shown.next))
}

/// Types and words of what was said under a subject, in order.
async fn said(office: &Office, subject: &str) -> Vec<String> {
    let payloads: Vec<Vec<u8>> =
        sqlx::query_scalar("select payload from event_log where subject = $1 order by id")
            .bind(subject)
            .fetch_all(office.database.pool())
            .await
            .unwrap();
    let events = payloads.iter().map(|it| Event::decode(&it[..]).unwrap());
    events
        .map(|event| format!("{}: {} ({})", event.r#type, event.note, event.reason))
        .collect()
}

#[tokio::test]
async fn a_ticket_is_told_to_whoever_of_the_team_is_on_call_when_it_opens() {
    let office = office().await;
    assert_eq!(told(&office, "A").await, ["ann@example.com"]);
    office.clock.advance(TimeDelta::days(1));
    assert_eq!(told(&office, "B").await, ["ben@example.com"]);
    // Nobody is on call on Sunday.
    office.clock.advance(TimeDelta::days(2));
    assert_eq!(told(&office, "C").await, ["lea@example.com"]);
}

#[tokio::test]
async fn an_override_holds_on_every_replica_until_it_is_over_or_withdrawn() {
    let office = office().await;
    let add = async || {
        server(&office)
            .add_override(Request::new(stand_in(0)))
            .await
            .unwrap()
    };
    let first = add().await.into_inner().r#override.unwrap();
    assert_eq!(told(&office, "A").await, ["ben@example.com"]);
    let replica = OnCallServer::new(office.replica());
    let request = WithdrawOverrideRequest {
        id: first.id.clone(),
        actor: "lea".to_owned(),
        reason: "the dentist is ill".to_owned(),
    };
    replica
        .withdraw_override(Request::new(request.clone()))
        .await
        .unwrap();
    assert_eq!(told(&office, "B").await, ["ann@example.com"]);
    let again = replica.withdraw_override(Request::new(request)).await;
    assert_eq!(again.unwrap_err().code(), Code::NotFound);
    add().await;
    office.clock.advance(TimeDelta::hours(1));
    assert_eq!(told(&office, "C").await, ["ann@example.com"]);
    let listed = server(&office)
        .list_overrides(Request::new(ListOverridesRequest::default()))
        .await;
    assert_eq!(listed.unwrap().into_inner().overrides, []);
    let changes = said(&office, "orderwatch.changes.on-call").await;
    assert_eq!(
        changes,
        [
            "on-call.overridden: ben is on call by days from 2026-06-18T00:00:00Z until 2026-06-18T01:00:00Z (ann is at the dentist)",
            "on-call.override-withdrawn: ben does not stand in on days from 2026-06-18T00:00:00Z until 2026-06-18T01:00:00Z any more (the dentist is ill)",
            "on-call.overridden: ben is on call by days from 2026-06-18T00:00:00Z until 2026-06-18T01:00:00Z (ann is at the dentist)",
        ]
    );
}

#[tokio::test]
async fn who_is_on_call_is_said_of_now_and_of_any_other_instant() {
    let office = office().await;
    let words = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(on_call(&office, None).await, words("ann", "ben"));
    let sunday = start() + TimeDelta::days(3);
    assert_eq!(on_call(&office, Some(sunday)).await, words("", "ben"));
    server(&office)
        .add_override(Request::new(stand_in(-1)))
        .await
        .unwrap_err();
    server(&office)
        .add_override(Request::new(stand_in(2)))
        .await
        .unwrap();
    let then = start() + TimeDelta::minutes(150);
    assert_eq!(on_call(&office, Some(then)).await, words("ben", "ann"));
    let request = ListDutiesRequest {
        person: "ben".to_owned(),
        until: Some(timestamp(start() + TimeDelta::days(2))),
        ..ListDutiesRequest::default()
    };
    let duties = server(&office).list_duties(Request::new(request)).await;
    let duties = duties.unwrap().into_inner().duties;
    let hours: Vec<i64> = duties
        .iter()
        .map(|duty| (duty.from.unwrap().seconds - start().timestamp()) / 3_600)
        .collect();
    assert_eq!(hours, [2, 24]);
    assert!(duties[0].layer.is_empty() && duties[1].layer == "day");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_field() {
    let office = office().await;
    let refused = async |change: fn(&mut AddOverrideRequest)| -> (Code, String) {
        let mut request = stand_in(1);
        change(&mut request);
        let status: Status = server(&office)
            .add_override(Request::new(request))
            .await
            .unwrap_err();
        (status.code(), status.message().to_owned())
    };
    let (code, words) = refused(|it| it.person = "zoe".to_owned()).await;
    assert!(code == Code::NotFound && words.contains("person") && words.contains("zoe"));
    let (code, words) = refused(|it| it.schedule = "nights".to_owned()).await;
    assert!(code == Code::NotFound && words.contains("schedule") && words.contains("nights"));
    let (code, words) = refused(|it| it.until = it.from).await;
    assert!(code == Code::InvalidArgument && words.contains("until"));
    let (code, words) = refused(|it| it.reason.clear()).await;
    assert!(code == Code::InvalidArgument && words.contains("reason"));
}

#[tokio::test]
async fn a_gap_is_warned_of_when_applied_and_told_of_once_before_it_begins() {
    let office = Office::open(|_| {}).await;
    let request = ApplyPoliciesRequest {
        resources_yaml: ON_CALL.to_owned(),
        dry_run: true,
        ..ApplyPoliciesRequest::default()
    };
    let applied = office.server().apply_policies(Request::new(request)).await;
    let warnings = applied.unwrap().into_inner().warnings;
    assert_eq!(
        warnings,
        [
            "OnCallSchedule/days: nobody is on call from 2026-06-20T16:00:00Z until 2026-06-21T16:00:00Z, nor at 3 other times of the next 28 days"
        ]
    );
    office.apply(ON_CALL).await;
    let told = async || {
        said(&office, "orderwatch.notifications.gap-found")
            .await
            .len()
    };
    let seen = office.notifier.look_for_gaps().await.unwrap();
    assert_eq!(
        seen[0].uncovered,
        std::time::Duration::from_secs(2 * 86_400)
    );
    assert_eq!(told().await, 2);
    office.replica().look_for_gaps().await.unwrap();
    assert_eq!(told().await, 2);
    office.clock.advance(TimeDelta::days(7));
    office.notifier.look_for_gaps().await.unwrap();
    assert_eq!(told().await, 3);
    let request = ListGapsRequest {
        schedule: "days".to_owned(),
        ..ListGapsRequest::default()
    };
    let gaps = server(&office).list_gaps(Request::new(request)).await;
    assert_eq!(gaps.unwrap().into_inner().gaps.len(), 4);
}
