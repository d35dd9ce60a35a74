//! People who are away.

use chrono::{DateTime, Utc};
use contracts::ticketing::v1::{
    Absence, DeleteAbsenceRequest, ListAbsencesRequest, SetAbsenceRequest,
    absence_service_server::AbsenceService as _, act as it,
};
use ticketing::events::instant::to_wire;
use tonic::{Code, Request, Status};

use crate::{dispatch::TEAMS, exceptions::*, room::Room};

const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps: [{ name: check, title: { en: Check }, department: warehouse, team: east, skills: [customs], expected: 4h }]
";

/// A procedure that names a person, of a team whose people claim.
const NAMED: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps: [{ name: press, title: { en: Press }, department: logistics, team: road, assignee: zhou, expected: 4h }]
";

async fn room(sop: &str) -> Room {
    let room = Room::new().await;
    room.apply(&format!("{TEAMS}---{sop}")).await;
    room
}

fn away(login: &str, minutes: (i64, i64), stand_in: &str) -> Absence {
    Absence {
        login: login.into(),
        from: Some(to_wire(noon_and(minutes.0))),
        until: Some(to_wire(noon_and(minutes.1))),
        stand_in: stand_in.into(),
        reason: "leave".into(),
    }
}

impl Room {
    async fn set_away(&self, actor: &str, absence: Absence) -> Result<Absence, Status> {
        let request = SetAbsenceRequest {
            actor: actor.into(),
            absence: Some(absence),
        };
        let answer = self
            .absence_service()
            .set_absence(Request::new(request))
            .await?;
        Ok(answer.into_inner().absence.unwrap())
    }

    async fn absences(&self, over: bool) -> Vec<Absence> {
        let request = Request::new(ListAbsencesRequest {
            login: String::new(),
            over,
        });
        let answer = self.absence_service().list_absences(request).await;
        answer.unwrap().into_inner().absences
    }

    async fn delete(&self, actor: &str, login: &str, from: DateTime<Utc>) -> Result<(), Status> {
        let request = DeleteAbsenceRequest {
            actor: actor.into(),
            login: login.into(),
            from: Some(to_wire(from)),
            reason: "back early".into(),
        };
        self.absence_service()
            .delete_absence(Request::new(request))
            .await
            .map(drop)
    }

    /// Who has a ticket, and why since the last change.
    async fn holder(&self, number: u128) -> (String, String) {
        let told = self.history(number).await.pop().unwrap();
        (self.ticket(number).await.assignee, told.reason)
    }
}

#[tokio::test]
async fn who_stands_in_gets_what_there_is_when_the_absence_begins_and_the_clock_goes_on() {
    let room = room(SOP).await;
    room.set_away("wang", away("wang", (60, 120), "li"))
        .await
        .unwrap();
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    let before = room.ticket(1).await;
    assert_eq!(before.assignee, "wang", "not away yet");
    room.advance(60).await;
    room.dispatch().await;
    let (assignee, reason) = room.holder(1).await;
    assert_eq!(assignee, "li");
    assert_eq!(
        reason,
        "wang is away until 2026-06-18T14:00:00+00:00: li stands in"
    );
    assert_eq!(room.ticket(1).await.due_at, before.due_at);

    room.deliver(&[opened(2, 1)]).await;
    room.dispatch().await;
    assert_eq!(
        room.ticket(2).await.assignee,
        "zhao",
        "nobody else can do customs"
    );
    room.advance(60).await;
    room.deliver(&[opened(3, 1)]).await;
    room.dispatch().await;
    assert_eq!(room.ticket(3).await.assignee, "wang", "back");
    assert_eq!(
        room.ticket(1).await.assignee,
        "li",
        "what was given stays given"
    );
    room.is_whole().await;
}

#[tokio::test]
async fn without_a_stand_in_work_is_given_anew_or_waits_in_the_queue() {
    let room = room(&SOP.replace("skills: [customs], ", "")).await;
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    assert_eq!(room.ticket(1).await.assignee, "chen");
    room.set_away("zhao", away("chen", (0, 60), ""))
        .await
        .unwrap();
    room.dispatch().await;
    assert_eq!(room.ticket(1).await.assignee, "li");
    assert_eq!(
        room.story(1).await,
        ["opened", "assigned", "assigned", "assigned"]
    );

    room.apply(NAMED).await;
    room.deliver(&[opened(2, 1)]).await;
    assert_eq!(room.ticket(2).await.assignee, "zhou");
    room.set_away("qian", away("zhou", (0, 60), ""))
        .await
        .unwrap();
    room.dispatch().await;
    let (assignee, reason) = room.holder(2).await;
    assert_eq!(assignee, "");
    assert!(
        reason.ends_with("it is for logistics (road) again"),
        "{reason}"
    );
    room.is_whole().await;
}

#[tokio::test]
async fn a_lead_who_is_away_keeps_what_nobody_else_can_take() {
    let room = room(SOP).await;
    for login in ["zhao", "wang"] {
        room.set_away("zhao", away(login, (0, 60), ""))
            .await
            .unwrap();
    }
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    let (assignee, reason) = room.holder(1).await;
    assert_eq!(assignee, "zhao");
    assert!(
        reason.ends_with("zhao leads it, though away and without a stand-in"),
        "{reason}"
    );
    let story = room.story(1).await.len();
    room.dispatch().await;
    assert_eq!(room.story(1).await.len(), story, "and it stays there");
}

#[tokio::test]
async fn a_step_that_names_who_is_away_begins_with_who_stands_in() {
    let room = room(NAMED).await;
    room.set_away("zhou", away("zhou", (0, 60), "qian"))
        .await
        .unwrap();
    room.deliver(&[opened(1, 1)]).await;
    let ticket = room.ticket(1).await;
    assert_eq!(ticket.assignee, "qian");
    let why = "step press began, and qian stands in for zhou, who is away";
    assert_eq!(ticket.ledger[0].reason, why);
    room.advance(60).await;
    room.deliver(&[opened(2, 1)]).await;
    assert_eq!(room.ticket(2).await.assignee, "zhou", "back");
    room.is_whole().await;
}

#[tokio::test]
async fn what_comes_back_while_its_holder_is_away_is_for_who_stands_in() {
    let room = room(NAMED).await;
    room.deliver(&[opened(1, 1), cleared(1, 2)]).await;
    room.set_away("zhou", away("zhou", (0, 60), "qian"))
        .await
        .unwrap();
    room.dispatch().await;
    room.advance(10).await;
    room.deliver(&[updated(1, 3)]).await;
    assert_eq!(room.ticket(1).await.assignee, "qian");
    room.is_whole().await;
}

#[tokio::test]
async fn what_people_give_to_or_take_themselves_stays_with_who_is_away() {
    let room = room(NAMED).await;
    room.set_away("zhou", away("zhou", (0, 60), "qian"))
        .await
        .unwrap();
    room.dispatch().await;
    room.deliver(&[opened(1, 1)]).await;
    room.act(1, "zhou", "1", it::Act::Claim(it::Claim::default()))
        .await
        .unwrap();
    room.dispatch().await;
    assert_eq!(room.ticket(1).await.assignee, "zhou");
}

#[tokio::test]
async fn an_absence_that_was_over_before_anybody_looked_moves_nothing() {
    let room = room(NAMED).await;
    room.deliver(&[opened(1, 1)]).await;
    room.set_away("zhou", away("zhou", (10, 20), "qian"))
        .await
        .unwrap();
    room.advance(30).await;
    room.dispatch().await;
    assert_eq!(room.story(1).await, ["opened"]);
}

#[tokio::test]
async fn absences_are_set_changed_listed_and_deleted_and_each_is_told() {
    let room = room(NAMED).await;
    let zhou = away("zhou", (10, 60), "qian");
    assert_eq!(room.set_away("zhou", zhou.clone()).await.unwrap(), zhou);
    let longer = away("zhou", (10, 90), "");
    room.set_away("qian", longer.clone()).await.unwrap();
    let chen = away("chen", (0, 5), "");
    room.set_away("zhao", chen.clone()).await.unwrap();
    assert_eq!(room.absences(false).await, [chen.clone(), longer.clone()]);
    room.advance(5).await;
    assert_eq!(room.absences(false).await, std::slice::from_ref(&longer));
    assert_eq!(room.absences(true).await, [chen, longer]);
    room.delete("zhou", "zhou", noon_and(10)).await.unwrap();
    assert_eq!(room.absences(false).await, []);
    let gone = room.delete("zhou", "zhou", noon_and(10)).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let told = "select count(*) from event_log where subject = 'orderwatch.changes.absence'";
    assert_eq!(room.count(told).await, 4);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_is_wanted() {
    let room = room(NAMED).await;
    room.set_away("zhou", away("zhou", (10, 60), ""))
        .await
        .unwrap();
    for (actor, absence, code, what) in [
        (
            "zhou",
            away("zhou", (60, 60), ""),
            Code::InvalidArgument,
            "must be later than from",
        ),
        (
            "zhou",
            away("zhou", (60, 90), "zhou"),
            Code::InvalidArgument,
            "must be somebody else",
        ),
        (
            "zhou",
            away("zhou", (60, 90), "wang"),
            Code::InvalidArgument,
            "work of logistics",
        ),
        (
            "zhou",
            away("zhou", (60, 90), "ghost"),
            Code::InvalidArgument,
            "ghost is in no team",
        ),
        (
            "zhou",
            away("zhou", (-90, -60), ""),
            Code::InvalidArgument,
            "over already",
        ),
        (
            "zhao",
            away("ghost", (60, 90), ""),
            Code::InvalidArgument,
            "ghost is in no team",
        ),
        (
            "zhou",
            away("zhou", (30, 90), ""),
            Code::FailedPrecondition,
            "away from",
        ),
        (
            "li",
            away("zhou", (60, 90), ""),
            Code::PermissionDenied,
            "li may not",
        ),
        (
            "",
            away("zhou", (60, 90), ""),
            Code::InvalidArgument,
            "actor",
        ),
        (
            "zhou",
            Absence::default(),
            Code::InvalidArgument,
            "absence.from: must be an instant",
        ),
    ] {
        let refused = room.set_away(actor, absence).await.unwrap_err();
        assert_eq!(refused.code(), code, "{what}: {refused}");
        assert!(refused.message().contains(what), "{what}: {refused}");
    }
    assert_eq!(room.absences(true).await.len(), 1);
    let refused = room.delete("li", "zhou", noon_and(10)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
