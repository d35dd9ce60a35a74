//! Measures what timers cost: tickets opened a second, 100,000 that fell due in an outage caught up
//! with, each beside the same rows written by bare SQL in the same batches, and how late timers of
//! a minute fire by the database's clock while two replicas keep the time.
//!
//! ```text
//! python3 scripts/servers.py run --durable --data-dir /tmp/servers -- \
//!     cargo run --release -p ticketing --example bench_timers -- [TICKETS]
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails stops")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are small"
)]

#[path = "../tests/tickets/exceptions.rs"]
#[expect(dead_code, reason = "a measurement needs little of exceptions")]
mod exceptions;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::event::v1::Event;
use prost::Message as _;
use service::clock::Clock;
use service::consume::{Handler as _, Position, Received, Upstream};
use service::lifecycle::Shutdown;
use service::relay::RelayHandle;
use service::testkit::TestDatabase;
use sqlx::{AssertSqlSafe, PgPool};
use ticketing::desk::{Desk, WakingSettings, keep_time};
use ticketing::domain::actor::Person;
use ticketing::events::consume::Exceptions;
use ticketing::store;

/// Rows of one transaction.
const BATCH: usize = 500;
/// Every ticket waits for one instant: two hours after its opening.
const SOP: &str = "
apiVersion: orderwatch/v1
kind: Sop
metadata: { name: shipping-delay }
spec:
  scenarios: [shipping-delay]
  sla: { response: 2h }
  reminders: { within: always }
  steps:
    - { name: check, title: { en: Check }, department: warehouse, assignee: zhao, expected: 10d }
";
const RESPONSE: TimeDelta = TimeDelta::hours(2);
/// How long the timers of the third measurement take to fall due, one after the other.
const SPREAD: TimeDelta = TimeDelta::seconds(60);

#[tokio::main]
async fn main() {
    let tickets = std::env::args().nth(1);
    let tickets: usize = tickets.map_or(100_000, |text| text.parse().unwrap());
    let opened_in = caught_up(tickets).await;
    punctual(tickets, opened_in).await;
}

async fn desk(database: &TestDatabase, clock: &Clock) -> Desk {
    let relay = RelayHandle::default();
    let desk = Desk::new(database.database().clone(), clock.clone(), relay);
    let person = Person::try_from("wang".to_owned()).unwrap();
    let applied = desk.apply_sops(SOP, person, "measured", false).await;
    applied.unwrap();
    desk
}

fn received(event: &Event, sequence: i64) -> Received {
    Received {
        upstream: Upstream::named("rule-evaluation"),
        position: Position {
            transaction: 1,
            sequence,
        },
        event_id: event.id.clone(),
        subject: "orderwatch.exceptions.opened".to_owned(),
        payload: event.encode_to_vec().into(),
        traceparent: None,
    }
}

/// Opens tickets through the desk, `batch` a transaction.
async fn open(
    desk: &Desk,
    tickets: usize,
    batch: usize,
    mut before: impl FnMut(usize),
) -> Duration {
    let events: Vec<Received> = (1..=tickets)
        .map(|number| received(&exceptions::opened(number as u128, 1), number as i64))
        .collect();
    let exceptions = Exceptions::new(desk.clone());
    let begun = Instant::now();
    for (number, batch) in events.chunks(batch).enumerate() {
        before(number);
        exceptions.handle(batch).await.unwrap();
    }
    begun.elapsed()
}

fn told(what: &str, count: usize, took: Duration, bare: Option<Duration>) {
    let (rate, seconds) = (count as f64 / took.as_secs_f64(), took.as_secs_f64());
    let beside = bare.map(|bare| {
        let ratio = bare.as_secs_f64() / took.as_secs_f64();
        format!(
            "; bare SQL {:.0} a second, ratio {ratio:.2}",
            count as f64 / bare.as_secs_f64()
        )
    });
    println!(
        "{what}: {rate:.0} a second ({seconds:.1} s){}",
        beside.unwrap_or_default()
    );
}

/// Opens tickets, lets all fall due while nobody runs, and wakes them.
async fn caught_up(tickets: usize) -> Duration {
    let database = TestDatabase::create("ticketing", &store::MIGRATOR).await;
    let clock = Clock::manual(exceptions::noon());
    let desk = desk(&database, &clock).await;
    let opening = open(&desk, tickets, BATCH, |_| {}).await;
    let pool = database.pool();
    let bare = Bare::of(pool).await;
    let bare_opening = bare.opened().await;
    told("opened", tickets, opening, Some(bare_opening));

    clock.advance(RESPONSE * 2);
    let begun = Instant::now();
    while desk.wake_due(BATCH as i64).await.unwrap() > 0 {}
    let waking = begun.elapsed();
    let (fired, of): (i64, i64) = sqlx::query_as(
        "select count(*), count(distinct ticket_id) from ticket_breaches where promise = 'response'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(
        (fired, of),
        (tickets as i64, tickets as i64),
        "each fires once"
    );
    let bare_waking = bare.woken().await;
    told("fired after an outage", tickets, waking, Some(bare_waking));
    opening
}

/// The rows that the desk wrote, written again by nothing but SQL.
struct Bare<'p> {
    pool: &'p PgPool,
    batches: Vec<Vec<uuid::Uuid>>,
}

impl<'p> Bare<'p> {
    async fn of(pool: &'p PgPool) -> Self {
        let ids: Vec<uuid::Uuid> = sqlx::query_scalar("select id from tickets order by id")
            .fetch_all(pool)
            .await
            .unwrap();
        let batches = ids.chunks(BATCH).map(<[_]>::to_vec).collect();
        run(pool, "create schema bare").await;
        for table in TABLES {
            let like = format!("create table bare.{table} (like {table} including all)");
            run(pool, &like).await;
            // Rows that are changed keep to their pages as those of the desk do.
            let options: Option<Vec<String>> =
                sqlx::query_scalar("select reloptions from pg_class where oid = $1::regclass")
                    .bind(table)
                    .fetch_one(pool)
                    .await
                    .unwrap();
            for option in options.unwrap_or_default() {
                run(pool, &format!("alter table bare.{table} set ({option})")).await;
            }
        }
        Self { pool, batches }
    }

    /// Lays the events that are not written yet ready by ticket, outside of what is measured.
    async fn events(&self) {
        run(self.pool, "drop table if exists told").await;
        run(
            self.pool,
            "create table told as select split_part(event_id, '/', 2)::uuid as of_ticket, event_log.*
            from event_log where event_id like 'ticket/%'
                and id > (select coalesce(max(id), 0) from bare.event_log)",
        )
        .await;
        run(self.pool, "create index on told (of_ticket)").await;
        run(self.pool, "analyze").await;
    }

    async fn opened(&self) -> Duration {
        self.events().await;
        let mut statements: Vec<String> = TABLES[..TABLES.len() - 2]
            .iter()
            .map(|table| {
                let id = if *table == "tickets" {
                    "id"
                } else {
                    "ticket_id"
                };
                format!("insert into bare.{table} select * from {table} where {id} = any($1)")
            })
            .collect();
        statements.extend([EVENTS, PENDING].map(str::to_owned));
        self.timed(&statements).await
    }

    async fn woken(&self) -> Duration {
        self.events().await;
        let update = "update bare.tickets as old set promises = new.promises, steps = new.steps,
            overdue = new.overdue, due_at = new.due_at, version = new.version,
            changed_at = new.changed_at
            from tickets as new where new.id = old.id and old.id = any($1)";
        let happened = "insert into bare.ticket_transitions
            select * from ticket_transitions where ticket_id = any($1) and version > 1";
        let missed = "insert into bare.ticket_breaches
            select * from ticket_breaches where ticket_id = any($1)";
        let waits = "update bare.ticket_wakings as old set wake_at = new.wake_at
            from ticket_wakings as new
            where new.ticket_id = old.ticket_id and old.ticket_id = any($1)";
        let claim = "select id from bare.tickets where id in (select ticket_id
            from bare.ticket_wakings where ticket_id = any($1)) order by id
            for update skip locked";
        let statements = [claim, update, happened, missed, waits, EVENTS, PENDING];
        self.timed(&statements.map(str::to_owned)).await
    }

    async fn timed(&self, statements: &[String]) -> Duration {
        let begun = Instant::now();
        for batch in &self.batches {
            let mut transaction = self.pool.begin().await.unwrap();
            for statement in statements {
                let query = sqlx::query(AssertSqlSafe(statement.clone())).bind(batch);
                query.execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        }
        begun.elapsed()
    }
}

/// What the desk writes; events last.
const TABLES: [&str; 8] = [
    "tickets",
    "ticket_ledger",
    "ticket_transitions",
    "ticket_tasks",
    "ticket_wakings",
    "ticket_breaches",
    "event_log",
    "event_pending",
];
const EVENTS: &str = "insert into bare.event_log overriding system value
    select id, xid, event_id, subject, payload, traceparent, created_at
    from told where of_ticket = any($1)";
const PENDING: &str = "insert into bare.event_pending select id, xid, created_at
    from told where of_ticket = any($1)";

async fn run(pool: &PgPool, statement: &str) {
    let query = sqlx::query(AssertSqlSafe(statement.to_owned()));
    query.execute(pool).await.unwrap();
}

/// Lets timers fall due one after the other while two replicas keep the time.
async fn punctual(tickets: usize, opened_in: Duration) {
    const GROUP: usize = 100;
    let database = TestDatabase::create("ticketing", &store::MIGRATOR).await;
    let clock = Clock::manual(Utc::now());
    let desk_of_then = desk(&database, &clock).await;
    // When written, by the database's clock.
    let pool = database.pool();
    let column =
        "alter table ticket_breaches add column fired_at timestamptz default clock_timestamp()";
    run(pool, column).await;
    let first: DateTime<Utc> = Utc::now() + opened_in * 3 + Duration::from_secs(10);
    let groups = tickets.div_ceil(GROUP);
    let step = SPREAD / i32::try_from(groups).unwrap();
    let begin = first - RESPONSE;
    open(&desk_of_then, tickets, GROUP, |number| {
        clock.set(begin + step * i32::try_from(number).unwrap());
    })
    .await;
    assert!(
        Utc::now() < first,
        "opened too slowly: timers are due already"
    );
    let settings = WakingSettings {
        batch: BATCH as i64,
        recheck: Duration::from_secs(30),
    };
    let shutdown = Shutdown::new();
    for _ in 0..2 {
        let replica = desk(&database, &Clock::wall()).await;
        tokio::spawn(keep_time(replica, settings, shutdown.clone()));
    }
    let deadline = first + SPREAD * 2;
    loop {
        let fired: i64 = sqlx::query_scalar("select count(*) from ticket_breaches")
            .fetch_one(pool)
            .await
            .unwrap();
        if fired >= tickets as i64 {
            break;
        }
        assert!(Utc::now() < deadline, "{fired} of {tickets} fired");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    shutdown.cancel();
    let (count, early, within, median, p99, p999, latest): (i64, i64, f64, f64, f64, f64, f64) =
        sqlx::query_as(
            "with late as (select extract(epoch from fired_at - due_at)::float8 as by
                from ticket_breaches)
            select count(*), count(*) filter (where by < 0),
                (count(*) filter (where by <= 1))::float8 / count(*),
                percentile_disc(0.5) within group (order by by),
                percentile_disc(0.99) within group (order by by),
                percentile_disc(0.999) within group (order by by), max(by) from late",
        )
        .fetch_one(pool)
        .await
        .unwrap();
    println!(
        "punctual: {count} timers within {} s, {early} early, {:.3}% within a second; \
         late by {median:.3} s (median), {p99:.3} s (99%), {p999:.3} s (99.9%), {latest:.3} s (latest)",
        SPREAD.num_seconds(),
        within * 100.0
    );
    assert_eq!((count, early), (tickets as i64, 0), "each once, none early");
}
