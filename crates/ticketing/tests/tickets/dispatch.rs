//! Work that is given to people.

use std::collections::BTreeMap;

use contracts::event::v1::{Event, event::Payload};
use contracts::ticketing::v1::{
    ListTicketHistoryRequest, TicketHappening, ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};

use crate::{
    exceptions::*,
    room::{Room, complete},
    turmoil::{ENDS, GAPS, VERSIONS},
};

/// A team that gives its work out, where only one can do customs and one works by day, and one
/// whose people claim it.
pub(crate) const TEAMS: &str = r#"
apiVersion: orderwatch/v1
kind: Calendar
metadata: { name: days }
spec:
  timeZone: UTC
  weekly: { monday: ["08:00-20:00"], tuesday: ["08:00-20:00"], wednesday: ["08:00-20:00"], thursday: ["08:00-20:00"], friday: ["08:00-20:00"], saturday: ["08:00-20:00"], sunday: ["08:00-20:00"] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: east }
spec:
  department: warehouse
  lead: zhao
  assign: automatic
  members:
    - { login: zhao, cap: 0, roles: [supervisor] }
    - { login: wang, cap: 40, skills: [customs], shifts: days }
    - { login: li, cap: 60 }
    - { login: chen, cap: 80 }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: road }
spec: { department: logistics, lead: qian, members: [{ login: qian }, { login: zhou }] }
"#;

const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  sla: { response: 1h }
  steps:
    - { name: check, title: { en: Check }, department: warehouse, team: east, skills: [customs], expected: 4h, outcomes: [{ name: found, next: [pack, press] }] }
    - { name: pack, title: { en: Pack }, department: warehouse, expected: 2h }
    - { name: press, title: { en: Press }, department: logistics, team: road, expected: 2h }
";

/// For everybody of the team.
const PLAIN: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  steps: [{ name: check, title: { en: Check }, department: warehouse, team: east, expected: 4h }]
";

async fn room(sop: &str) -> Room {
    let room = Room::new().await;
    room.apply(&format!("{TEAMS}---{sop}")).await;
    room
}

impl Room {
    pub(crate) async fn history(&self, number: u128) -> Vec<TicketHappening> {
        let request = ListTicketHistoryRequest {
            ticket_id: ticket_id(number).to_string(),
        };
        let request = Request::new(request);
        let answer = self.service().list_ticket_history(request).await;
        answer.unwrap().into_inner().happenings
    }

    /// Who holds each step that is worked on, by its name.
    async fn holders(&self, number: u128) -> BTreeMap<String, String> {
        let steps = self.ticket(number).await.steps.into_iter();
        let active = steps.filter(|step| step.due_at.is_some() && step.completed_at.is_none());
        active.map(|step| (step.name, step.assignee)).collect()
    }

    pub(crate) async fn is_whole(&self) {
        for (promise, broken) in [
            ("the ledger has no gap and no overlap", GAPS),
            ("the ledger ends where the ticket does", ENDS),
            ("versions are told without gap", VERSIONS),
        ] {
            assert_eq!(self.count(broken).await, 0, "{promise}");
        }
    }
}

#[tokio::test]
async fn a_step_is_given_to_who_can_do_it_and_the_reason_is_told() {
    let room = room(SOP).await;
    room.deliver(&[opened(1, 1)]).await;
    let before = room.ticket(1).await;
    room.dispatch().await;
    let after = room.ticket(1).await;
    assert_eq!(
        (before.assignee.as_str(), after.assignee.as_str()),
        ("", "wang")
    );
    assert_eq!(after.due_at, before.due_at);
    assert!(after.acknowledged_at.is_none(), "nobody has taken it up");
    let told = &room.history(1).await[1];
    assert_eq!((&*told.transition, &*told.actor), ("assigned", "ticketing"));
    assert_eq!(
        told.reason,
        "wang has the skill customs, is on shift, and has 0 of 40 pieces of work"
    );
    room.is_whole().await;
}

#[tokio::test]
async fn what_nobody_acted_on_but_the_service_is_settled_with_no_human() {
    let room = room(SOP).await;
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    room.advance(90).await;
    room.wake().await;
    assert_eq!(
        room.told("response-overdue").await,
        1,
        "being given work is no response"
    );
    room.deliver(&[cleared(1, 2)]).await;
    assert!(room.ticket(1).await.automatic);
    assert_eq!(room.count("select count(*) from ticket_tasks").await, 0);
}

#[tokio::test]
async fn every_step_that_begins_finds_somebody_where_its_team_gives_work_out() {
    let room = room(SOP).await;
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    room.act(1, "wang", "2", complete("check")).await.unwrap();
    room.dispatch().await;
    let holders = room.holders(1).await;
    assert_eq!(
        holders["pack"], "chen",
        "the only team of the warehouse, and nobody has anything"
    );
    assert_eq!(holders["press"], "", "road lets people claim");
    let story = room.story(1).await.len();
    room.dispatch().await;
    assert_eq!(room.story(1).await.len(), story, "given once");
    room.is_whole().await;
}

#[tokio::test]
async fn off_shift_and_past_every_cap_the_lead_gets_it_and_keeps_it() {
    let room = room(SOP).await;
    room.advance(9 * 60).await;
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    assert_eq!(room.ticket(1).await.assignee, "zhao");
    assert_eq!(
        room.history(1).await[1].reason,
        "nobody of east can take it (1 off shift, 3 without the skills), and zhao leads it"
    );
    room.advance(12 * 60).await;
    room.dispatch().await;
    assert_eq!(
        room.ticket(1).await.assignee,
        "zhao",
        "also when wang is back on shift"
    );
    room.deliver(&[opened(2, 1)]).await;
    room.dispatch().await;
    assert_eq!(room.ticket(2).await.assignee, "wang");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_give_everything_once_and_exactly_up_to_the_caps() {
    let room = room(PLAIN).await;
    let replica = room.another_replica();
    let deliver = async {
        let events: Vec<Event> = (1..=300).map(|number| opened(number, 1)).collect();
        for batch in events.chunks(30) {
            room.deliver(batch).await;
        }
    };
    let here = async {
        for _ in 0..20 {
            room.dispatch().await;
        }
    };
    let there = async {
        for _ in 0..20 {
            replica.dispatch().await;
        }
    };
    tokio::join!(deliver, here, there);
    tokio::join!(room.dispatch(), replica.dispatch());
    let given: BTreeMap<String, i64> = sqlx::query_as::<_, (String, i64)>(
        "select assignee, count(*) from ticket_tasks group by assignee",
    )
    .fetch_all(room.pool())
    .await
    .unwrap()
    .into_iter()
    .collect();
    let exactly = [("chen", 80), ("li", 60), ("wang", 40), ("zhao", 120)];
    let exactly = exactly.map(|(login, open)| (login.to_owned(), open));
    assert_eq!(given, BTreeMap::from(exactly));
    assert_eq!(room.told("assigned").await, 300, "each once");
    let in_time = "select count(*) from tickets
        where version = 2 and due_at = opened_at + interval '4 hours'";
    assert_eq!(room.count(in_time).await, 300);
    room.is_whole().await;
}

#[tokio::test]
async fn what_people_claim_counts_as_what_they_have() {
    let room = room(PLAIN).await;
    room.apply(&TEAMS.replace("assign: automatic", "assign: manual"))
        .await;
    let events: Vec<Event> = (1..=30).map(|number| opened(number, 1)).collect();
    room.deliver(&events).await;
    room.dispatch().await;
    assert_eq!(room.told("assigned").await, 0, "people claim");
    for number in 1..=20 {
        let claim = contracts::ticketing::v1::act::Act::Claim(Default::default());
        room.act(number, "chen", "1", claim).await.unwrap();
    }
    room.apply(TEAMS).await;
    room.dispatch().await;
    let of_chen = "select count(*) from ticket_tasks where assignee = 'chen'";
    assert_eq!(
        room.count(of_chen).await,
        20,
        "a quarter of what chen may have; the others had less"
    );
    assert_eq!(
        room.count("select count(*) from ticket_tasks where assignee = ''")
            .await,
        0
    );
}

#[tokio::test]
async fn skills_that_nobody_has_and_unknown_ways_to_assign_are_refused() {
    let room = Room::new().await;
    let typo = SOP.replace("[customs]", "[custom]");
    let refused = room
        .try_apply(&format!("{TEAMS}---{typo}"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let what = "nobody of department warehouse has the skill `custom`";
    assert!(refused.message().contains(what), "{refused}");
    let refused = room
        .try_apply(&TEAMS.replace("automatic", "random"))
        .await
        .unwrap_err();
    assert!(refused.message().contains("random"), "{refused}");
    let twice = SOP.replace("[customs]", "[customs, customs]");
    let refused = room
        .try_apply(&format!("{TEAMS}---{twice}"))
        .await
        .unwrap_err();
    assert!(refused.message().contains("is there twice"), "{refused}");
}

#[tokio::test]
async fn listeners_hear_who_was_given_it() {
    let room = room(SOP).await;
    room.deliver(&[opened(1, 1)]).await;
    room.dispatch().await;
    let event = &room.events("assigned").await[0];
    let Some(Payload::Ticket(changed)) = &event.payload else {
        panic!("a ticket event")
    };
    assert_eq!((&*changed.team, &*changed.assignee), ("east", "wang"));
    assert!(!changed.acknowledged);
}
