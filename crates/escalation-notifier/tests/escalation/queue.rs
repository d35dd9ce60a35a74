//! What waits is asked for by an index; it must be what a look at all of it would say.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    time::Duration,
};

use escalation_notifier::{
    SERVICE,
    domain::{
        channel::Channel,
        delivery::Outgoing,
        share::{self, Queue, Waiting},
    },
    store::queue,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use service::testkit::TestDatabase;
use sqlx::PgPool;
use uuid::Uuid;

const CHANNEL: Channel = Channel::Webhook;

/// A delivery as it is written down.
#[derive(Debug, Clone)]
struct Row {
    id: Uuid,
    channel: Channel,
    recipient: String,
    urgency: i16,
    state: &'static str,
    /// What it may have arrived as.
    known_as: Option<Uuid>,
    /// Seconds since it is due; less than none when it is not yet.
    due_for: i32,
    /// Seconds since it was written down.
    age: i32,
}

impl Row {
    fn is_due(&self) -> bool {
        self.channel == CHANNEL && matches!(self.state, "pending" | "retrying") && self.due_for > 0
    }

    fn is_due_for(&self, recipient: &str) -> bool {
        self.is_due() && self.recipient == recipient
    }
}

fn row(random: &mut StdRng) -> Row {
    let states = ["pending", "retrying", "retrying", "sent", "sending", "held"];
    Row {
        id: Uuid::from_u128(random.random()),
        channel: [CHANNEL, CHANNEL, Channel::Slack][random.random_range(0..3)],
        recipient: format!("r{}", random.random_range(0..4)),
        urgency: random.random_range(0..7),
        known_as: [
            None,
            None,
            Some(Uuid::from_u128(1)),
            Some(Uuid::from_u128(2)),
        ][random.random_range(0..4)],
        state: states[random.random_range(0..states.len())],
        // Far from now, so that none becomes due while it is asked; many at the same instant.
        due_for: [-3_600, -1_800, 1, 1, 7, 60][random.random_range(0..6)],
        age: random.random_range(0..3),
    }
}

async fn write(pool: &PgPool, rows: &[Row]) {
    let of = |column: fn(&Row) -> String| rows.iter().map(column).collect::<Vec<_>>();
    sqlx::query(
        "with present as (select clock_timestamp() as instant)
         insert into delivery (id, ticket_id, order_id, cause, level, occurrence, channel,
             recipient, shown, urgency, ticket, state, known_as, next_attempt_at, created_at)
         select id, id::text, 'O', 'opened', 1, 1, channel, recipient, recipient, urgency,
             $7, state, known_as, instant - make_interval(secs => due_for),
             instant - make_interval(secs => age)
         from present, unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[],
             $6::integer[], $8::integer[], $9::uuid[]) as new (id, channel, recipient, urgency, state, due_for, age, known_as)",
    )
    .bind(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    .bind(of(|row| row.channel.to_string()))
    .bind(of(|row| row.recipient.clone()))
    .bind(rows.iter().map(|row| row.urgency).collect::<Vec<_>>())
    .bind(of(|row| row.state.to_owned()))
    .bind(rows.iter().map(|row| row.due_for).collect::<Vec<_>>())
    .bind(ticket())
    .bind(rows.iter().map(|row| row.age).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.known_as).collect::<Vec<_>>())
    .execute(pool)
    .await
    .unwrap();
}

fn ticket() -> serde_json::Value {
    let ticket = escalation_notifier::domain::ticket::Ticket::default();
    serde_json::to_value(ticket).unwrap()
}

async fn database() -> TestDatabase {
    TestDatabase::create(SERVICE.schema, SERVICE.migrator).await
}

/// The first so many of what is due for a recipient: the most urgent, and of these what is due
/// the longest.
fn first<'a>(
    rows: &'a [Row],
    recipient: &str,
    kind: i32,
    urgency: RangeInclusive<i16>,
    limit: usize,
) -> Vec<&'a Row> {
    let mut due: Vec<&Row> = rows
        .iter()
        .filter(|row| row.is_due_for(recipient) && urgency.contains(&row.urgency))
        .filter(|row| row.known_as.is_some() == (kind == queue::AGAIN))
        .collect();
    due.sort_by_key(|row| (Reverse(row.urgency), Reverse(row.due_for), row.id));
    due.truncate(limit);
    due
}

fn ids(rows: &[&Row]) -> BTreeSet<Uuid> {
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn what_waits_is_what_a_look_at_all_of_it_says() {
    let database = database().await;
    let pool = database.pool();
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let count = random.random_range(0..60);
        let rows: Vec<Row> = (0..count).map(|_| row(&mut random)).collect();
        sqlx::query("truncate delivery cascade")
            .execute(pool)
            .await
            .unwrap();
        write(pool, &rows).await;
        let mut conn = pool.begin().await.unwrap();

        let mut most_urgent = BTreeMap::<&str, i16>::new();
        for row in rows.iter().filter(|row| row.is_due()) {
            let urgency = most_urgent.entry(&row.recipient).or_insert(row.urgency);
            *urgency = row.urgency.max(*urgency);
        }
        let mut recipients: Vec<_> = most_urgent.into_iter().collect();
        recipients.sort_by_key(|(name, urgency)| (Reverse(*urgency), *name));
        let recipients: Vec<_> = recipients.into_iter().map(|(name, _)| name).collect();
        let due = queue::recipients_due(&mut conn, CHANNEL).await.unwrap();
        assert_eq!(due, recipients, "seed {seed}");

        let waits =
            |row: &&Row| row.channel == CHANNEL && ["pending", "retrying"].contains(&row.state);
        let next = rows.iter().filter(waits).map(|row| -row.due_for).min();
        let until = queue::until_due(&mut conn, CHANNEL).await.unwrap();
        assert_eq!(until.is_some(), next.is_some(), "seed {seed}");
        let next = Duration::from_secs(next.unwrap_or_default().max(0).unsigned_abs().into());
        let until = until.unwrap_or_default();
        assert!(
            until <= next && next - until < Duration::from_secs(60),
            "seed {seed}: {until:?}"
        );

        for recipient in ["r0", "r1", "r2", "r3"] {
            let mut most = || Queue {
                again: random.random_range(1..6),
                new: random.random_range(1..6),
            };
            let most = Waiting {
                urgent: most(),
                ordinary: most(),
            };
            let count = |kind, urgency, most: u32| {
                let first = first(&rows, recipient, kind, urgency, most as usize);
                let messages = first.iter().map(|row| row.known_as.unwrap_or(row.id));
                u32::try_from(messages.collect::<BTreeSet<_>>().len()).unwrap()
            };
            let counted = |urgency: RangeInclusive<i16>, most: Queue| Queue {
                again: count(queue::AGAIN, urgency.clone(), most.again),
                new: count(queue::NEW, urgency, most.new),
            };
            let expected = Waiting {
                urgent: counted(share::OVERTAKING, most.urgent),
                ordinary: counted(share::ORDINARY, most.ordinary),
            };
            let waiting = queue::waiting(&mut conn, CHANNEL, recipient, most);
            assert_eq!(waiting.await.unwrap(), expected, "seed {seed}");

            let lowest = random.random_range(0..7);
            let urgency = lowest..=random.random_range(lowest..7);
            let limit = random.random_range(0..8);
            for kind in [queue::AGAIN, queue::NEW] {
                let claimed =
                    queue::claim(&mut conn, CHANNEL, recipient, kind, urgency.clone(), limit);
                let claimed = claimed.await.unwrap();
                let theirs: BTreeSet<Uuid> = claimed.iter().map(|it| it.id.as_uuid()).collect();
                let first = first(&rows, recipient, kind, urgency.clone(), limit as usize);
                assert_eq!(theirs, ids(&first), "seed {seed}");
                let order = |it: &Outgoing| (Reverse(it.urgency), it.created_at, it.id);
                assert!(claimed.is_sorted_by_key(order), "seed {seed}");
            }
        }
        conn.rollback().await.unwrap();
    }
}

/// Claims so many at a time, and begins them, until nothing is due any more.
async fn claim_all(pool: PgPool, limit: u32) -> Vec<Uuid> {
    let mut all = Vec::new();
    loop {
        let mut transaction = pool.begin().await.unwrap();
        let claimed = queue::claim(
            &mut transaction,
            CHANNEL,
            "r0",
            queue::NEW,
            share::ANY,
            limit,
        );
        let ids: Vec<Uuid> = claimed
            .await
            .unwrap()
            .iter()
            .map(|it| it.id.as_uuid())
            .collect();
        let begun =
            sqlx::query("update delivery set state = 'sending' where id = any($1)").bind(&ids);
        begun.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        all.extend(&ids);
        let mut conn = pool.acquire().await.unwrap();
        let left = queue::recipients_due(&mut conn, CHANNEL).await.unwrap();
        if ids.is_empty() && left.is_empty() {
            return all;
        }
    }
}

/// What waits for one recipient and cannot have arrived.
fn new_for_one(seed: u64, count: usize) -> Vec<Row> {
    let mut random = StdRng::seed_from_u64(seed);
    let rows = (0..count).map(|_| Row {
        recipient: "r0".to_owned(),
        known_as: None,
        ..row(&mut random)
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_at_once_claim_everything_and_nothing_twice() {
    let database = database().await;
    let rows = new_for_one(1, 600);
    write(database.pool(), &rows).await;
    let replicas = [3, 7, 20, 64].map(|limit| claim_all(database.pool().clone(), limit));
    let claimed = futures::future::join_all(replicas).await.concat();
    let once: BTreeSet<Uuid> = claimed.iter().copied().collect();
    assert_eq!(claimed.len(), once.len(), "something was claimed twice");
    assert_eq!(
        once,
        ids(&first(&rows, "r0", queue::NEW, share::ANY, rows.len()))
    );
}

#[tokio::test]
async fn no_more_is_locked_than_is_claimed() {
    let database = database().await;
    let rows = new_for_one(2, 200);
    write(database.pool(), &rows).await;
    let mut one = database.pool().begin().await.unwrap();
    let mut other = database.pool().begin().await.unwrap();
    let mut claimed = BTreeSet::new();
    for conn in [&mut one, &mut other] {
        let some = queue::claim(conn, CHANNEL, "r0", queue::NEW, share::ANY, 10)
            .await
            .unwrap();
        claimed.extend(some.iter().map(|it| it.id.as_uuid()));
    }
    assert_eq!(
        claimed,
        ids(&first(&rows, "r0", queue::NEW, share::ANY, 20))
    );
}

/// What a question reads, in blocks.
async fn blocks(pool: &PgPool, backlog: i64) -> i64 {
    sqlx::query("truncate delivery cascade")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into delivery (id, ticket_id, order_id, cause, level, occurrence, channel, recipient,
             shown, urgency, ticket, state, next_attempt_at, created_at)
         select gen_random_uuid(), number::text, 'O', 'opened', 1, 1, $2, 'r0', 'r0', 1, $3, 'retrying',
             case when number % 10 = 0 then clock_timestamp() - interval '1 second'
                 else clock_timestamp() + interval '1 hour' end, now()
         from generate_series(1, $1) as number",
    )
    .bind(backlog)
    .bind(CHANNEL.as_str())
    .bind(ticket())
    .execute(pool)
    .await
    .unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let read = "select sum(idx_blks_hit + idx_blks_read + heap_blks_hit + heap_blks_read)::bigint
                from pg_statio_user_tables where relname = 'delivery'";
    let flush = "select pg_stat_force_next_flush()";
    sqlx::query(flush).execute(&mut *conn).await.unwrap();
    sqlx::query("select 1").execute(&mut *conn).await.unwrap();
    let before: i64 = sqlx::query_scalar(read)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    let fifty = Queue { again: 50, new: 50 };
    let most = Waiting {
        urgent: fifty,
        ordinary: fifty,
    };
    assert_eq!(
        queue::recipients_due(&mut conn, CHANNEL).await.unwrap(),
        ["r0"]
    );
    let waiting = queue::waiting(&mut conn, CHANNEL, "r0", most)
        .await
        .unwrap();
    assert_eq!(waiting.ordinary, Queue { again: 0, new: 50 });
    let claimed = queue::claim(&mut conn, CHANNEL, "r0", queue::NEW, share::ANY, 50);
    assert_eq!(claimed.await.unwrap().len(), 50);
    sqlx::query(flush).execute(&mut *conn).await.unwrap();
    sqlx::query("select 1").execute(&mut *conn).await.unwrap();
    let after: i64 = sqlx::query_scalar(read)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    after - before
}

#[tokio::test]
async fn claiming_costs_what_is_claimed_however_much_waits() {
    let database = database().await;
    let few = blocks(database.pool(), 1_000).await;
    let many = blocks(database.pool(), 20_000).await;
    assert!(
        few > 0 && many < 2 * few,
        "{few} blocks of 1,000, {many} of 20,000"
    );
}
