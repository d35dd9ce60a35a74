//! How lists are found among 100,000 open tickets.

use contracts::ticketing::v1::ExportTicketsRequest;
use sqlx::{Postgres, QueryBuilder};
use ticketing::{
    domain::duties::{Duties, Staff},
    store::listing::{Order, Selection, TicketFilter},
};

use crate::{room::Room, tables::exported};

/// 100,000 open tickets of 5 departments and 50 teams, each held by one of 1,000 people or by
/// nobody, and 20,000 that are resolved.
const MANY: &str = "
insert into sops (name, version, scenarios, steps, applied_at, applied_by, reason)
values ('bulk', 1, '{}', '[]', now(), 'test', 'test');
insert into tickets (id, exception_id, exception_version, exception_standing, exception_opened_at,
    unconfirmed, rule, scenario, severity, order_id, order_summary, sop, sop_version, steps,
    current_step, state, department, team, assignee, opened_at, due_at, deadline_at, resolved_at,
    automatic, overdue, version, changed_at)
select gen_random_uuid(), gen_random_uuid(), 1, 'open', at, false, 'late', 'bulk', 'high',
    'order-' || n, '{}', 'bulk', 1, to_jsonb(repeat('step ', 120)), 0,
    case when n <= 20000 then 'resolved' when n % 3 = 0 then 'acknowledged' else 'open' end,
    'department-' || n % 5, 'team-' || n % 50,
    case when n % 7 = 0 then '' else 'person-' || n % 1000 end,
    at, at + n % 9973 * interval '1 minute', at + n % 9973 * interval '1 minute',
    case when n <= 20000 then at end, false, false, 1, at
from (select n, timestamptz '2026-06-18' + n * interval '1 second' as at
    from generate_series(1, 120000) as n) as numbers;
insert into ticket_tasks
select id, 'step', 'work', department, team, assignee, due_at, false, false
from tickets where state <> 'resolved';
analyze tickets;
analyze ticket_tasks";

/// What PostgreSQL did for a first page.
struct Plan {
    text: String,
    /// Pages of 8 KiB that were looked at.
    pages: i64,
}

async fn plan(room: &Room, filter: &str, order: Order, duties: Option<Duties>) -> Plan {
    let selection = Selection {
        filters: vec![TicketFilter::parse(filter).unwrap()],
        me: Some("person-11".to_owned()),
        duties,
    };
    let mut query = QueryBuilder::<Postgres>::new("explain (analyze, buffers, format json) ");
    selection.write_page(&mut query, order, None, 51, room.now());
    let plan: serde_json::Value = query
        .build_query_scalar()
        .fetch_one(room.pool())
        .await
        .unwrap();
    let top = &plan[0]["Plan"];
    let pages = |of: &str| top[of].as_i64().unwrap();
    Plan {
        pages: pages("Shared Hit Blocks") + pages("Shared Read Blocks"),
        text: plan.to_string(),
    }
}

#[tokio::test]
async fn a_first_page_looks_at_little_among_100_000_open_tickets() {
    let room = Room::new().await;
    sqlx::raw_sql(MANY).execute(room.pool()).await.unwrap();
    queues_are_found(&room).await;
    work_is_found(&room).await;
    all_of_them_are_exported_piece_by_piece(&room).await;
}

/// The first page of a queue is read from its index.
async fn queues_are_found(room: &Room) {
    for (filter, order, index) in [
        ("", Order::Newest, "tickets_newest"),
        ("state != resolved", Order::TimeLeft, "tickets_by_time_left"),
        (
            "state != resolved AND department = \"department-3\"",
            Order::TimeLeft,
            "tickets_of_department_by_time_left",
        ),
        (
            "state = open AND department = \"department-3\"",
            Order::TimeLeft,
            "tickets_of_department_by_time_left",
        ),
        (
            "state != resolved AND department = \"department-3\"",
            Order::Newest,
            // Whichever of two is as good.
            "tickets_",
        ),
        (
            "state = (open OR acknowledged) AND team = \"team-7\"",
            Order::TimeLeft,
            "tickets_of_team_by_time_left",
        ),
        (
            "state != resolved AND assignee = me()",
            Order::TimeLeft,
            "tickets_of_assignee_by_time_left",
        ),
    ] {
        let plan = plan(room, filter, order, None).await;
        assert!(plan.text.contains(index), "{filter}: {}", plan.text);
        assert!(plan.pages < 500, "{filter} read {} pages", plan.pages);
    }
}

/// The work of a person is read from what is theirs and their team's.
async fn work_is_found(room: &Room) {
    let named = |what: &str, numbers: std::ops::Range<u32>| {
        numbers
            .map(|number| format!("{what}-{number}"))
            .collect::<Vec<_>>()
    };
    let duties = Duties {
        login: "person-11".to_owned(),
        departments: named("department", 1..2),
        teams: named("team", 11..12),
        arbiter: true,
        staff: Staff {
            logins: named("person", 0..1000),
            departments: named("department", 0..5),
        },
    };
    let plan = plan(room, "", Order::TimeLeft, Some(duties)).await;
    assert!(!plan.text.contains("\"Seq Scan\""), "{}", plan.text);
    assert!(plan.pages < 5_000, "read {} pages", plan.pages);
}

async fn all_of_them_are_exported_piece_by_piece(room: &Room) {
    let pieces = exported(room, ExportTicketsRequest::default()).await;
    let lines = pieces.iter().flatten().filter(|byte| **byte == b'\n');
    assert_eq!(lines.count(), 120_001);
    assert!(pieces.iter().all(|piece| piece.len() < 80_000));
}
