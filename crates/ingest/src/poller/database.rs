//! Databases that queries ask: one connection a connector, closed when nobody runs.

mod civil;
mod mysql;
mod postgres;
mod rows;
mod trouble;

use std::time::Duration;

use jiff::tz::TimeZone;
use order::Span;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection as _, MySqlConnection, PgConnection};
use tokio::sync::Mutex;

use crate::connector::Statement;
use crate::poll::{Broken, Record, Select};
use trouble::broken;

/// Longest that a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How much longer than its timeout an answer is waited for, as the database keeps to the
/// timeout itself.
const GRACE: Duration = Duration::from_secs(5);

/// The database of a connector, as far as it is open.
#[derive(Debug, Default)]
pub(super) struct Database {
    session: Mutex<Option<Session>>,
}

/// What is asked.
#[derive(Debug)]
pub(super) struct Question<'q> {
    pub(super) url: &'q SecretString,
    pub(super) statement: &'q Statement,
    pub(super) select: Select,
    /// Where the database's wall clocks hang.
    pub(super) zone: &'q TimeZone,
    pub(super) timeout: Span,
    /// Most bytes of the answer.
    pub(super) most: u64,
}

/// A stay at a database. However it ends, the connection does not stay open.
pub(super) struct Visit<'d>(&'d Database);

#[derive(Debug)]
struct Session {
    url: SecretString,
    connection: Connection,
}

#[derive(Debug)]
enum Connection {
    Postgres(Box<PgConnection>),
    MySql(Box<MySqlConnection>),
}

impl Database {
    /// Begins a run.
    pub(super) const fn visit(&self) -> Visit<'_> {
        Visit(self)
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        // Whoever holds the session now visits as well, and closes it.
        if let Ok(mut session) = self.0.session.try_lock() {
            session.take();
        }
    }
}

impl Visit<'_> {
    /// Asks; one statement at a time. A connection that failed is not used again.
    pub(super) async fn select(&self, question: &Question<'_>) -> Result<Vec<Record>, Broken> {
        let mut held = self.0.session.lock().await;
        let url = question.url.expose_secret();
        let open = held.take().filter(|open| open.url.expose_secret() == url);
        let mut session = match open {
            Some(session) => session,
            None => Session::open(question).await?,
        };
        let longest = duration(question.timeout) + GRACE;
        let answered = tokio::time::timeout(longest, session.select(question)).await;
        let records = answered.map_err(|_| Broken::Timeout(question.timeout))??;
        *held = Some(session);
        Ok(records)
    }

    /// Takes leave of the database, unless somebody else asks it now.
    pub(super) async fn end(self) {
        let session = self.0.session.try_lock().ok();
        if let Some(session) = session.and_then(|mut session| session.take()) {
            session.close().await;
        }
    }
}

impl Session {
    async fn close(self) {
        let closed = match self.connection {
            Connection::Postgres(connection) => connection.close().await,
            Connection::MySql(connection) => connection.close().await,
        };
        // It is gone one way or the other.
        drop(closed);
    }

    async fn open(question: &Question<'_>) -> Result<Self, Broken> {
        let url = question.url.expose_secret();
        let opening = async {
            match url.split_once("://").map(|(scheme, _)| scheme) {
                Some("postgres" | "postgresql") => {
                    let connection = postgres::open(url).await?;
                    Ok(Connection::Postgres(Box::new(connection)))
                }
                Some("mysql" | "mariadb") => {
                    let connection = mysql::open(url, question).await?;
                    Ok(Connection::MySql(Box::new(connection)))
                }
                _ => {
                    let message = "the secret of `database` is not the URL of one: expected \
                                   postgres://… or mysql://…";
                    Err(Broken::Unsendable(message.to_owned()))
                }
            }
        };
        let opened = tokio::time::timeout(CONNECT, opening).await;
        let late = |_| Broken::Connection(format!("none within {}s", CONNECT.as_secs()));
        Ok(Self {
            url: question.url.clone(),
            connection: opened.map_err(late)??,
        })
    }

    async fn select(&mut self, question: &Question<'_>) -> Result<Vec<Record>, Broken> {
        match &mut self.connection {
            Connection::Postgres(connection) => postgres::select(connection, question).await,
            Connection::MySql(connection) => mysql::select(connection, question).await,
        }
    }
}

/// Runs statements that answer nothing.
async fn run<D: sqlx::Database>(
    connection: &mut D::Connection,
    statements: String,
) -> Result<(), Broken>
where
    for<'c> &'c mut D::Connection: sqlx::Executor<'c, Database = D>,
{
    let statements = sqlx::raw_sql(sqlx::AssertSqlSafe(statements));
    let done = statements.execute(&mut *connection).await;
    done.map(drop).map_err(|error| broken(&error))
}

fn duration(span: Span) -> Duration {
    Duration::from_micros(u64::try_from(span.micros()).unwrap_or(u64::MAX))
}
