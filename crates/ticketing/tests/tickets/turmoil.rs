//! Everything at once: reports out of order, timers on two replicas, people.

use contracts::event::v1::Event;
use sqlx::{Executor as _, Postgres, pool::PoolConnection};
use tonic::Code;

use crate::{
    exceptions::*,
    opening::SHIPPING_DELAY,
    room::{Room, accept, acknowledge, complete, hand_over},
};

const TICKETS: u128 = 30;

/// Seven versions of every exception; the last leaves the odd ones open.
fn reports() -> Vec<Event> {
    let versions = |number: u128| {
        (1..=7).map(move |version| match version {
            2 | 5 => cleared(number, version),
            7 if number.is_multiple_of(2) => cleared(number, version),
            _ => updated(number, version),
        })
    };
    (1..=TICKETS).flat_map(versions).collect()
}

/// Delivers all reports in small batches, in an order of its own.
async fn deliver_from(room: &Room, offset: usize) {
    let mut events = reports();
    events.rotate_left(offset);
    let (even, odd): (Vec<_>, Vec<_>) = events
        .into_iter()
        .enumerate()
        .partition(|(index, _)| index % 3 == 0);
    let shuffled: Vec<Event> = odd
        .into_iter()
        .chain(even)
        .map(|(_, event)| event)
        .collect();
    for batch in shuffled.chunks(11) {
        room.deliver(batch).await;
        room.advance(7).await;
    }
}

/// Acts on every ticket there is, and accepts what a busy ticket answers.
async fn act_on_everything(room: &Room, actor: &str) {
    for number in (1..=TICKETS).cycle().take(90) {
        let Some(ticket) = room.find(number).await else {
            continue;
        };
        let step = ticket.steps[ticket.current_step as usize].name.clone();
        let offered = ticket.steps.iter().any(|step| step.offer.is_some());
        let act = match number % 3 {
            0 => acknowledge(),
            1 => complete(&step),
            _ if offered => accept(),
            _ => hand_over(&format!("team-of-{actor}"), "turmoil"),
        };
        let outcome = room.act(number, actor, &ticket.etag, act).await;
        if let Err(refused) = outcome {
            assert!(
                matches!(refused.code(), Code::Aborted | Code::FailedPrecondition),
                "{refused}"
            );
        }
    }
}

async fn keep_waking(room: &Room) {
    let replica = room.another_replica();
    for _ in 0..40 {
        tokio::join!(room.wake(), replica.wake());
    }
}

#[tokio::test]
async fn tickets_stay_whole_whatever_happens_at_once() {
    let room = Room::new().await;
    room.apply(SHIPPING_DELAY).await;
    tokio::join!(
        deliver_from(&room, 0),
        deliver_from(&room, 61),
        deliver_from(&room, 127),
        act_on_everything(&room, "wang"),
        act_on_everything(&room, "li"),
        keep_waking(&room),
    );
    room.wake().await;
    for happening in ["step-completed", "offered", "overdue", "reopened"] {
        assert!(
            room.told(happening).await > 0,
            "{happening} belongs to a turmoil"
        );
    }
    for number in 1..=TICKETS {
        assert_eq!(room.exception_version(number).await, 7);
    }
    for (promise, broken) in [
        ("one ticket an exception", ONE_TICKET),
        ("the ledger has no gap and no overlap", GAPS),
        ("the ledger ends where the ticket does", ENDS),
        ("an exception that is over leaves no ticket open", OPEN),
        ("only tickets that are open wait for an instant", WAKINGS),
        ("no deadline is missed before its time", BREACHES),
        ("versions are told without gap", VERSIONS),
    ] {
        assert_eq!(room.count(broken).await, 0, "{promise}");
    }
    what_follows_from_tickets_is_as_if_made_anew(&room).await;
}

#[tokio::test]
async fn what_becomes_of_a_ticket_that_is_opened_while_others_are_waited_for_is_not_lost() {
    let room = Room::new().await;
    room.deliver(&[opened(1, 1)]).await;
    let mut first = hold(
        &room,
        1,
        "update tickets set version = version where id = $1",
    )
    .await;
    let both = [updated(1, 2), updated(2, 2)];
    let delivering = room.deliver(&both);
    let meanwhile = async {
        until_waited_for(&room, &mut first).await;
        room.deliver(&[opened(2, 1)]).await;
        let touch = "update tickets set version = version + 100 where id = $1";
        let mut second = hold(&room, 2, touch).await;
        first.execute("commit").await.unwrap();
        until_waited_for(&room, &mut second).await;
        second.execute("commit").await.unwrap();
    };
    tokio::join!(delivering, meanwhile);
    assert_eq!(room.exception_version(2).await, 2);
    assert!(room.ticket(2).await.etag.parse::<i64>().unwrap() > 100);
}

/// Changes a ticket in a transaction that goes on.
async fn hold(room: &Room, number: u128, change: &'static str) -> PoolConnection<Postgres> {
    let mut holder = room.pool().acquire().await.unwrap();
    holder.execute("begin").await.unwrap();
    let changing = sqlx::query(change).bind(ticket_id(number).uuid());
    changing.execute(&mut *holder).await.unwrap();
    holder
}

/// Waits until a statement waits for what is held.
async fn until_waited_for(room: &Room, holder: &mut PoolConnection<Postgres>) {
    let own = sqlx::query_scalar("select pg_backend_pid()");
    let own: i32 = own.fetch_one(&mut **holder).await.unwrap();
    let blocked = "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))";
    loop {
        let blocked = sqlx::query_scalar::<_, i64>(blocked).bind(own);
        if blocked.fetch_one(room.pool()).await.unwrap() > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Makes anew what lists go by, as the migration did that introduced it.
async fn what_follows_from_tickets_is_as_if_made_anew(room: &Room) {
    let migration = include_str!("../../migrations/0004_lists.sql");
    let statement = |start: &str| {
        let rest = &migration[migration.find(start).unwrap()..];
        rest[..=rest.find(';').unwrap()].to_owned()
    };
    let kept = "create table kept as select id, deadline_at from tickets;
        create table rebuilt (like ticket_tasks);";
    let rebuilt = [
        kept.to_owned(),
        statement("update tickets set deadline_at"),
        statement("with active as").replace("into ticket_tasks", "into rebuilt"),
    ];
    for statements in rebuilt {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(room.pool())
            .await
            .unwrap();
    }
    assert!(room.count("select count(*) from ticket_tasks").await > 0);
    for (what, differs) in [("deadlines", DEADLINES), ("tasks", TASKS)] {
        assert_eq!(room.count(differs).await, 0, "{what}");
    }
}

const DEADLINES: &str = "select count(*) from kept join tickets using (id)
where kept.deadline_at is distinct from tickets.deadline_at";

const TASKS: &str = "select count(*) from (
    (table ticket_tasks except all table rebuilt)
    union all (table rebuilt except all table ticket_tasks)
) as differences";

const ONE_TICKET: &str = "select abs(count(*) - 30) from tickets";

pub(crate) const GAPS: &str = "select count(*) from (
    select started_at, opened_at, ticket_ledger.ordinal,
        lag(ended_at) over (partition by ticket_id order by ordinal) as before
    from ticket_ledger join tickets on tickets.id = ticket_id
) as entries
where started_at is distinct from case ordinal when 0 then opened_at else before end";

pub(crate) const ENDS: &str = "select count(*) from tickets join lateral (
    select ended_at from ticket_ledger where ticket_id = tickets.id order by ordinal desc limit 1
) as last on true
where ended_at is distinct from resolved_at";

const OPEN: &str = "select count(*) from tickets
where exception_standing <> 'open' and state <> 'resolved'";

const WAKINGS: &str = "select count(*) from ticket_wakings
join tickets on tickets.id = ticket_id where state = 'resolved'";

const BREACHES: &str = "select count(*) from ticket_breaches where told_at < due_at";

pub(crate) const VERSIONS: &str = "select count(*) from tickets
where version <> (select count(*) from event_log
        where event_id like 'ticket/' || tickets.id || '/%')
    or version <> (select count(*) from ticket_transitions where ticket_id = tickets.id)";
