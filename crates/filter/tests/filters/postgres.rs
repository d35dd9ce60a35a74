//! PostgreSQL and the predicate let the same rows pass.

use filter::{Bind, Environment, Filter, Piece, Sql};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use service::testkit::TestDatabase;
use sqlx::{Connection as _, Executor as _, PgConnection, Postgres, QueryBuilder, types::Json};

use crate::{
    filters::stated,
    items::{Item, item, noon, schema},
};

const ITEMS: usize = 300;
const FILTERS: usize = 400;

fn sample<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

async fn stored(connection: &mut PgConnection, items: &[Item]) {
    let table = "create table items (id bigint, \"order\" text, note text, state text,
        priority integer, amount double precision, waited interval, due_at timestamptz,
        overdue boolean, ticket uuid, tags text[], attributes jsonb)";
    connection.execute(table).await.unwrap();
    for (id, item) in (0_i64..).zip(items) {
        sqlx::query("insert into items values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
            .bind(id)
            .bind(&item.order)
            .bind(&item.note)
            .bind(item.state)
            .bind(item.priority)
            .bind(item.amount)
            .bind(item.waited)
            .bind(item.due_at)
            .bind(item.overdue)
            .bind(item.ticket)
            .bind(&item.tags)
            .bind(item.attributes.as_ref().map(Json))
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}

fn push(query: &mut QueryBuilder<Postgres>, sql: &Sql) {
    for piece in sql.pieces() {
        match piece {
            Piece::Text(text) => query.push(text),
            Piece::Bind(Bind::Text(text)) => query.push_bind(text.clone()),
            Piece::Bind(Bind::Integer(number)) => query.push_bind(*number),
            Piece::Bind(Bind::Float(number)) => query.push_bind(*number),
            Piece::Bind(Bind::Duration(duration)) => query.push_bind(*duration),
            Piece::Bind(Bind::Instant(instant)) => query.push_bind(*instant),
            Piece::Bind(Bind::Uuid(uuid)) => query.push_bind(*uuid),
        };
    }
}

async fn found(connection: &mut PgConnection, sql: &Sql) -> Result<Vec<i64>, sqlx::Error> {
    let mut query = QueryBuilder::new("select id from items i where ");
    push(&mut query, sql);
    query
        .push(" and id >= ")
        .push_bind(0_i64)
        .push(" order by id");
    query.build_query_scalar().fetch_all(connection).await
}

#[tokio::test]
async fn postgres_finds_exactly_the_rows_that_the_predicate_lets_pass() {
    let database = TestDatabase::empty().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let mut runner = TestRunner::deterministic();
    let items: Vec<Item> = (0..ITEMS).map(|_| sample(&mut runner, &item())).collect();
    stored(&mut connection, &items).await;
    let (schema, filters) = (schema(), stated());
    let mut selective = 0;
    for number in 0..FILTERS {
        let text = sample(&mut runner, &filters).text;
        let me = [Some("ab"), None][number % 2];
        let environment = Environment { now: noon(), me };
        let filter = Filter::parse(&text, &schema).unwrap();
        let passing = (0_i64..)
            .zip(&items)
            .filter(|(_, item)| filter.matches(*item, &environment));
        let passing: Vec<i64> = passing.map(|(id, _)| id).collect();
        let sql = filter.sql(&environment);
        let found = found(&mut connection, &sql)
            .await
            .unwrap_or_else(|error| panic!("{text}\n{}\n{error}", sql.text(1)));
        assert_eq!(found, passing, "{text}\n{}", sql.text(1));
        selective += usize::from(!found.is_empty() && found.len() < ITEMS);
    }
    assert!(
        selective > FILTERS / 2,
        "only {selective} filters tell rows apart"
    );
}
