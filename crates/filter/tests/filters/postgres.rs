//! PostgreSQL and the predicate let the same rows pass.

use filter::{Bind, Environment, Filter, Piece, Sql};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use service::testkit::TestDatabase;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, Postgres, QueryBuilder,
    types::Json,
};

use crate::{
    filters::{literal, stated},
    items::{Item, TEXTS, item, noon, schema},
};

const ITEMS: usize = 300;
const FILTERS: usize = 400;

fn sample<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Items in memory and in a table.
struct Table {
    items: Vec<Item>,
    connection: PgConnection,
    _database: TestDatabase,
}

impl Table {
    async fn of(items: Vec<Item>) -> Self {
        let database = TestDatabase::empty().await;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        create(&mut connection).await;
        for (id, item) in (0_i64..).zip(&items) {
            insert(&mut connection, id, item).await;
        }
        Self {
            items,
            connection,
            _database: database,
        }
    }

    /// How many items pass a filter, in memory as in the table.
    async fn passing(&mut self, text: &str, environment: &Environment<'_>) -> usize {
        let filter = Filter::parse(text, &schema()).unwrap();
        let passing = (0_i64..)
            .zip(&self.items)
            .filter(|(_, item)| filter.matches(*item, environment));
        let passing: Vec<i64> = passing.map(|(id, _)| id).collect();
        let sql = filter.sql(environment);
        let found = found(&mut self.connection, &sql)
            .await
            .unwrap_or_else(|error| panic!("{text}\n{}\n{error}", sql.text(1)));
        assert_eq!(found, passing, "{text}\n{}", sql.text(1));
        found.len()
    }
}

/// Makes the table. Its text is ordered as people read it, where PostgreSQL knows how, so that
/// nothing rests on the collation of the database.
async fn create(connection: &mut PgConnection) {
    let collation = "select coalesce(max(collname), 'default') from pg_collation
        where collprovider = 'i' and collname = 'und-x-icu'";
    let collation: String = sqlx::query_scalar(collation)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let text = format!("text collate \"{collation}\"");
    let table = format!(
        "create table items (id bigint, \"order\" {text}, note {text}, state {text},
            priority integer, amount double precision, waited interval, due_at timestamptz,
            overdue boolean, ticket uuid, tags text[] collate \"{collation}\", attributes jsonb)"
    );
    connection.execute(AssertSqlSafe(table)).await.unwrap();
}

async fn insert(connection: &mut PgConnection, id: i64, item: &Item) {
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
        .execute(connection)
        .await
        .unwrap();
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
    let mut runner = TestRunner::deterministic();
    let items = (0..ITEMS).map(|_| sample(&mut runner, &item())).collect();
    let mut table = Table::of(items).await;
    let filters = stated();
    let mut selective = 0;
    for number in 0..FILTERS {
        let text = sample(&mut runner, &filters).text;
        let me = [Some("ab"), None][number % 2];
        let environment = Environment { now: noon(), me };
        let passing = table.passing(&text, &environment).await;
        selective += usize::from((1..ITEMS).contains(&passing));
    }
    assert!(
        selective > FILTERS / 2,
        "only {selective} filters tell rows apart"
    );
}

#[tokio::test]
async fn every_text_is_compared_and_looked_for_as_it_is_in_memory() {
    let items = TEXTS.map(|text| Item {
        order: text.to_owned(),
        tags: Some(vec![text.to_owned()]),
        attributes: Some([("k".to_owned(), text.to_owned())].into()),
        ..Item::default()
    });
    let mut table = Table::of(items.to_vec()).await;
    let environment = Environment {
        now: noon(),
        me: None,
    };
    for text in TEXTS {
        let literal = literal(text);
        let open = &literal[1..literal.len() - 1];
        for asked in [
            "order =",
            "order !=",
            "order <",
            "order >=",
            "attributes.k <=",
            "tags:",
        ] {
            table
                .passing(&format!("{asked} {literal}"), &environment)
                .await;
        }
        for asked in ["order =", "order !=", "attributes.k =", "tags:"] {
            for (start, end) in [("*", ""), ("", "*"), ("*", "*")] {
                let text = format!("{asked} \"{start}{open}{end}\"");
                table.passing(&text, &environment).await;
            }
        }
        table
            .passing(&format!("order:{literal}"), &environment)
            .await;
    }
}
