//! Calendars and teams, and procedures that go by them.

use contracts::ticketing::v1::{
    MigrateTicketRequest, act as it, ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};

use crate::{
    exceptions::*,
    room::{Room, acknowledge, complete, hand_over},
};

/// The desk works around the clock on weekdays; two teams, one of them of the warehouse shanghai.
const OFFICE: &str = r#"
apiVersion: orderwatch/v1
kind: Calendar
metadata: { name: desk }
spec:
  timeZone: UTC
  weekly: { monday: ["08:00-20:00"], tuesday: ["08:00-20:00"], wednesday: ["08:00-20:00"], thursday: ["08:00-20:00"], friday: ["08:00-20:00"], saturday: ["08:00-20:00"], sunday: ["08:00-20:00"] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: shanghai-floor }
spec: { department: warehouse, lead: zhao, members: [{ login: zhao }], warehouses: [shanghai] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: beijing-floor }
spec: { department: warehouse, lead: qian, members: [{ login: qian }], warehouses: [beijing] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: bridge }
spec: { department: operations, lead: sun, members: [{ login: sun, roles: [supervisor] }] }
"#;

const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  pauses: [{ reason: customer, atMost: 1d }]
  steps:
    - { name: check, title: { en: Check }, department: warehouse, teamOf: warehouse, expected: 10h, calendar: desk }
    - { name: tell, title: { en: Tell }, department: customer-service, expected: 2h }
";

async fn room() -> Room {
    let room = Room::new().await;
    assert_eq!(room.apply(&format!("{OFFICE}---{SOP}")).await, 5);
    room.deliver(&[opened(1, 1)]).await;
    room
}

#[tokio::test]
async fn the_order_decides_the_team_and_the_calendar_when_its_step_is_due() {
    let ticket = room().await.ticket(1).await;
    assert_eq!(ticket.team, "shanghai-floor");
    let due = ticketing::events::instant::to_wire(noon_and(22 * 60));
    assert_eq!(
        ticket.due_at,
        Some(due),
        "eight hours on one day, and two from eight on the next"
    );
}

#[tokio::test]
async fn a_procedure_that_names_what_there_is_not_is_refused() {
    let room = Room::new().await;
    let refused = room.try_apply(SOP).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().contains("there is no calendar `desk`"),
        "{}",
        refused.message()
    );
    let with_team = SOP.replace("teamOf: warehouse", "team: night-shift");
    let refused = room.try_apply(&format!("{OFFICE}---{with_team}")).await;
    let refused = refused.unwrap_err();
    assert!(
        refused
            .message()
            .contains("department warehouse has no team `night-shift`"),
        "{}",
        refused.message()
    );
    assert_eq!(
        room.count("select count(*) from office_documents").await,
        0,
        "all or nothing"
    );
}

#[tokio::test]
async fn what_is_applied_twice_changes_nothing_and_other_replicas_see_what_changed() {
    let room = room().await;
    assert_eq!(room.apply(&format!("{OFFICE}---{SOP}")).await, 0);
    let other = OFFICE.replace("[{ login: zhao }]", "[{ login: zhao }, { login: zhou }]");
    assert_eq!(room.apply(&other).await, 1);
    room.act(1, "zhou", "1", acknowledge()).await.unwrap();
    let told = "select count(*) from event_log where subject = 'orderwatch.changes.team'";
    assert_eq!(room.count(told).await, 4);
}

#[tokio::test]
async fn who_is_not_of_the_department_may_not_do_its_work() {
    let room = room().await;
    for (act, what) in [
        (acknowledge(), "acknowledge"),
        (complete("check"), "complete"),
        (hand_over("logistics", "no"), "hand over"),
        (
            it::Act::Pause(it::Pause {
                reason: "customer".into(),
            }),
            "pause",
        ),
    ] {
        let refused = room.act(1, "li", "1", act).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied, "{what}");
        assert!(refused.message().contains("people of warehouse"), "{what}");
    }
    assert_eq!(room.story(1).await, ["opened"]);
    room.act(1, "sun", "1", complete("check")).await.unwrap();
}

#[tokio::test]
async fn a_supervisor_may_close_past_a_guard_and_the_audit_log_hears_of_it() {
    let room = room().await;
    let close = it::Act::Resolve(it::Resolve {
        reason: "settled by phone".into(),
        past_mandatory: true,
    });
    let refused = room.act(1, "zhao", "1", close.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    room.act(1, "sun", "1", close).await.unwrap();
    let kept = "select count(*) from ticket_transitions where overridden and actor = 'sun'";
    assert_eq!(room.count(kept).await, 1);
    let event = &room.events("resolved").await[0];
    let Some(contracts::event::v1::event::Payload::Ticket(changed)) = &event.payload else {
        panic!("a ticket event")
    };
    assert!(changed.overridden);
}

#[tokio::test]
async fn a_changed_procedure_is_for_new_tickets_unless_a_running_one_is_migrated() {
    let room = room().await;
    room.apply(&SOP.replace("expected: 10h, calendar: desk", "expected: 1h"))
        .await;
    let migrate = async |dry_run| {
        let request = MigrateTicketRequest {
            ticket_id: ticket_id(1).to_string(),
            actor: "sun".into(),
            reason: "agreed".into(),
            etag: "1".into(),
            deadlines: true,
            dry_run,
        };
        let answer = room.service().migrate_ticket(Request::new(request)).await;
        answer.unwrap().into_inner().ticket.unwrap()
    };
    let preview = migrate(true).await;
    let kept = room.ticket(1).await;
    assert_eq!((preview.sop_version, kept.sop_version), (2, 1));
    let migrated = migrate(false).await;
    assert_eq!(migrated, preview);
    let due = ticketing::events::instant::to_wire(noon_and(60));
    assert_eq!(room.ticket(1).await.due_at, Some(due));
}

#[tokio::test]
async fn the_delivered_teams_go_with_the_delivered_calendars() {
    let room = Room::new().await;
    let teams = include_str!("../../../../deploy/teams/shop.yaml");
    let refused = room.try_apply(teams).await.unwrap_err();
    assert!(refused.message().contains("cn-warehouse"), "{refused}");
    let calendars = [
        include_str!("../../../../deploy/calendars/cn-warehouse.yaml"),
        include_str!("../../../../deploy/calendars/service-desk.yaml"),
    ];
    let both = format!("{}---\n{}---\n{teams}", calendars[0], calendars[1]);
    assert_eq!(room.apply(&both).await, 5);
}
