//! Queues, and what is whose to do.

use contracts::ticketing::v1::{
    ListTicketsRequest, Ticket, act as it, ticket_service_server::TicketService as _,
};
use tonic::{Code, Request};

use crate::{
    exceptions::*,
    filters::varied_room,
    room::{Room, accept, complete, hand_over},
};
use ticketing::{domain::task::TaskKind, events::instant::to_wire};

/// Two teams of the warehouse, one of logistics, and one that arbitrates.
pub(crate) const TEAMS: &str = "
apiVersion: orderwatch/v1
kind: Team
metadata: { name: east }
spec: { department: warehouse, lead: zhao, members: [{ login: zhao }, { login: wang }], warehouses: [shanghai] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: west }
spec: { department: warehouse, lead: qian, members: [{ login: qian }], warehouses: [beijing] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: road }
spec: { department: logistics, lead: chen, members: [{ login: chen }] }
---
apiVersion: orderwatch/v1
kind: Team
metadata: { name: bridge }
spec: { department: operations, lead: sun, members: [{ login: sun, roles: [arbiter] }] }
---
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  reminders: { within: always }
  pauses: [{ reason: customer, atMost: 1d }]
  handOver: { answerWithin: 1h }
  steps:
    - { name: check, title: { en: Check }, department: warehouse, teamOf: warehouse, assignee: duty-lead, expected: 4h,
        outcomes: [{ name: found, next: [pack, drive] }] }
    - { name: pack, title: { en: Pack }, department: warehouse, teamOf: warehouse, expected: 2h }
    - { name: drive, title: { en: Drive }, department: logistics, expected: 1h }
";

async fn room() -> Room {
    let room = Room::new().await;
    room.apply(TEAMS).await;
    room.deliver(&[opened(1, 1)]).await;
    room
}

fn work_of(login: &str) -> ListTicketsRequest {
    ListTicketsRequest {
        me: login.to_owned(),
        my_work: true,
        order_by: "time_left".to_owned(),
        ..Default::default()
    }
}

async fn whose(room: &Room, order: &str) -> Vec<&'static str> {
    let mut whose = Vec::new();
    for login in ["zhao", "wang", "qian", "chen", "sun", "li"] {
        let work = room.tickets(work_of(login)).await;
        if work.iter().any(|ticket| ticket.order_id == order) {
            whose.push(login);
        }
    }
    whose
}

fn claim(step: &str) -> it::Act {
    it::Act::Claim(it::Claim {
        step: step.to_owned(),
    })
}

fn of_step(act: it::Act, named: &str) -> it::Act {
    match act {
        it::Act::HandOver(it) => it::Act::HandOver(it::HandOver {
            step: named.to_owned(),
            ..it
        }),
        it::Act::Accept(_) => it::Act::Accept(it::Accept {
            step: named.to_owned(),
        }),
        other => other,
    }
}

async fn act(room: &Room, login: &str, act: it::Act) -> Ticket {
    let etag = room.ticket(1).await.etag;
    room.act(1, login, &etag, act).await.unwrap()
}

#[tokio::test]
async fn a_ticket_is_the_work_of_everybody_who_has_a_step_of_it() {
    let room = room().await;
    assert_eq!(
        whose(&room, "order-1").await,
        ["zhao", "wang"],
        "a role is nobody"
    );
    act(&room, "wang", claim("check")).await;
    assert_eq!(whose(&room, "order-1").await, ["wang"]);
    act(&room, "wang", complete("check")).await;
    assert_eq!(whose(&room, "order-1").await, ["zhao", "wang", "chen"]);
    act(&room, "zhao", claim("pack")).await;
    assert_eq!(whose(&room, "order-1").await, ["zhao", "chen"]);
    act(&room, "zhao", complete("pack")).await;
    assert_eq!(whose(&room, "order-1").await, ["chen"]);
    act(&room, "chen", complete("drive")).await;
    assert!(
        whose(&room, "order-1").await.is_empty(),
        "nothing is left to do"
    );
}

#[tokio::test]
async fn who_is_asked_has_it_to_answer_and_when_they_are_silent_the_arbiter() {
    let room = room().await;
    act(&room, "wang", claim("check")).await;
    act(
        &room,
        "wang",
        of_step(hand_over("logistics", "theirs"), "check"),
    )
    .await;
    assert_eq!(
        whose(&room, "order-1").await,
        ["wang", "chen"],
        "the giver has it until then"
    );
    room.advance(61).await;
    room.wake().await;
    assert_eq!(whose(&room, "order-1").await, ["wang", "sun"]);
    act(&room, "chen", of_step(accept(), "check")).await;
    assert_eq!(whose(&room, "order-1").await, ["chen"]);
}

#[tokio::test]
async fn work_comes_by_its_own_deadlines_page_by_page() {
    let room = room().await;
    act(&room, "wang", complete("check")).await;
    room.advance(30).await;
    let west = Order {
        warehouse: "beijing",
        kind: "",
        amount: 1.0,
    };
    room.deliver(&[opened(2, 1), of_order(opened(3, 1), &west)])
        .await;
    // Of ticket 1 chen's step is due before the warehouse's.
    let mut work = Vec::new();
    let mut request = ListTicketsRequest {
        page_size: 1,
        ..work_of("zhao")
    };
    loop {
        let page = room.page(request.clone()).await;
        assert_eq!(page.total, 2);
        work.extend(page.tickets.into_iter().map(|it| it.order_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(work, ["order-1", "order-2"]);
    let late = ListTicketsRequest {
        filter: "opened_at > ago(\"1m\")".to_owned(),
        ..work_of("zhao")
    };
    assert_eq!(room.tickets(late).await.len(), 1, "a filter narrows it");
    let nobody = room
        .service()
        .list_tickets(Request::new(work_of("")))
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), Code::InvalidArgument);
    assert!(
        nobody.message().contains("me: must say who asks"),
        "{}",
        nobody.message()
    );
}

#[tokio::test]
async fn a_queue_counts_what_a_team_works_on() {
    let room = room().await;
    let west = Order {
        warehouse: "beijing",
        kind: "",
        amount: 1.0,
    };
    room.deliver(&[opened(2, 1), of_order(opened(3, 1), &west)])
        .await;
    act(&room, "wang", complete("check")).await;
    act(&room, "zhao", claim("pack")).await;
    room.act(3, "qian", "1", hand_over("logistics", "theirs"))
        .await
        .unwrap();
    room.act(
        2,
        "wang",
        "1",
        it::Act::Pause(it::Pause {
            reason: "customer".into(),
        }),
    )
    .await
    .unwrap();
    room.advance(70).await;
    room.wake().await;
    room.act(3, "qian", &room.ticket(3).await.etag, claim("check"))
        .await
        .unwrap();
    let queues = room.queues("").await;
    let told: Vec<_> = queues
        .iter()
        .map(|it| {
            (
                &*it.team,
                it.open,
                it.unclaimed,
                it.overdue,
                it.paused,
                it.asked,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("", 1, 1, 1, 0, 0),
            ("road", 0, 0, 0, 0, 0),
            ("bridge", 0, 0, 0, 0, 0),
            ("east", 2, 1, 0, 1, 0),
            ("west", 1, 0, 0, 0, 0),
        ]
    );
    assert_eq!(queues[3].next_due_at, Some(to_wire(noon_and(120))));
    assert_eq!(queues[0].next_due_at, None, "what is late is late already");
    let warehouse = room.queues("warehouse").await;
    assert_eq!(warehouse, queues[3..]);
}

#[tokio::test]
async fn the_table_finds_the_work_that_duties_include() {
    let room = varied_room().await;
    room.apply(&TEAMS[..TEAMS.rfind("---").unwrap()]).await;
    let tickets = room.loaded().await;
    let mut found = 0;
    for login in [
        "zhao",
        "wang",
        "qian",
        "chen",
        "sun",
        "O'Neill*",
        "duty-lead",
    ] {
        let duties = room.roster().await.duties(login);
        let is_work = |ticket: &&ticketing::domain::ticket::Ticket| {
            ticket.tasks().any(|task| duties.include(&task))
        };
        let mut expected: Vec<String> = tickets
            .iter()
            .filter(is_work)
            .map(|it| it.id.to_string())
            .collect();
        let mut work: Vec<String> = room
            .tickets(work_of(login))
            .await
            .into_iter()
            .map(|it| it.id)
            .collect();
        expected.sort();
        work.sort();
        assert_eq!(work, expected, "{login}");
        found += work.len();
    }
    assert!(found > 10);
    let asked = tickets
        .iter()
        .flat_map(ticketing::domain::ticket::Ticket::tasks);
    assert!(asked.filter(|task| task.kind != TaskKind::Work).count() > 0);
}
