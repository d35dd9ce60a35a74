//! The service's own schema: pool, migrations, partitions.

pub(crate) mod partitions;

use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use tracing::{info, warn};

use crate::config::PostgresSettings;
use crate::error::{Error, ErrorKind, database_kind};

/// What `service` keeps in each schema.
pub(crate) const OWN_SCHEMA: &str = include_str!("../schema/event_log.sql");

/// A pool whose unqualified names mean the service's schema; cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    schema: Arc<str>,
}

impl Database {
    /// Connects, waiting for a server that is still starting; creates the
    /// schema, the event log in it, and runs the service's migrations.
    ///
    /// # Errors
    /// [`Error::DatabaseUnreachable`] with host and remedy, [`Error::Migration`], or
    /// [`Error::TransactionsRestarted`] after a restore into a new cluster.
    pub async fn connect(
        settings: &PostgresSettings,
        schema: &str,
        migrator: &'static Migrator,
    ) -> Result<Self, Error> {
        let options = options(settings, schema)?;
        let host = shown_host(&options);
        await_server(&options, &host, settings.start_timeout.duration()).await?;
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout.duration())
            .connect_with(options)
            .await
            .map_err(|error| Error::DatabaseUnreachable {
                host,
                reason: error.to_string(),
            })?;
        let database = Self {
            pool,
            schema: schema.into(),
        };
        database.migrate(migrator).await?;
        database.check_transactions().await?;
        Ok(database)
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Name of the schema.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether the database answers within two seconds.
    pub async fn answers(&self) -> bool {
        let asked = async {
            sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
                .fetch_one(&self.pool)
                .await
        };
        matches!(
            tokio::time::timeout(Duration::from_secs(2), asked).await,
            Ok(Ok(_))
        )
    }

    /// Refuses a cluster whose transactions are numbered below those of the event
    /// log. What a snapshot shows was written by transactions below its `xmax`, so
    /// a log that reaches it was written on another cluster.
    async fn check_transactions(&self) -> Result<(), Error> {
        let found = sqlx::query!(
            r#"SELECT max(xid) AS logged, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "reached!"
               FROM event_log"#
        )
        .fetch_one(&self.pool)
        .await?;
        match found.logged {
            Some(logged) if logged >= found.reached => Err(Error::TransactionsRestarted {
                schema: self.schema.to_string(),
                logged,
                reached: found.reached,
            }),
            _ => Ok(()),
        }
    }

    async fn migrate(&self, migrator: &'static Migrator) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        lock(&mut transaction, "orderwatch.schema").await?;
        let schema = &*self.schema;
        let known = sqlx::query_scalar!(
            r#"SELECT to_regnamespace($1) IS NOT NULL AS "known!""#,
            format!("\"{schema}\"")
        )
        .fetch_one(&mut *transaction)
        .await?;
        if !known {
            transaction
                .execute(AssertSqlSafe(format!("CREATE SCHEMA \"{schema}\"")))
                .await?;
        }
        sqlx::raw_sql(OWN_SCHEMA).execute(&mut *transaction).await?;
        transaction.commit().await?;
        let migrated = migrator.run(&self.pool).await;
        migrated.map_err(|source| Error::Migration {
            schema: schema.to_owned(),
            source,
        })?;
        info!(database.schema = schema, "schema is up to date");
        Ok(())
    }
}

/// Takes a lock of that name until the transaction ends.
pub(crate) async fn lock(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text AS "locked""#,
        name
    )
    .fetch_one(connection)
    .await
    .map(drop)
}

fn options(settings: &PostgresSettings, schema: &str) -> Result<PgConnectOptions, Error> {
    let parsed: Result<PgConnectOptions, _> = settings.url.expose_secret().parse();
    let options = parsed.map_err(|_| Error::DatabaseUnreachable {
        host: "(postgres.url)".to_owned(),
        reason: "the address is malformed; expected postgres://user:password@host:port/database"
            .to_owned(),
    })?;
    Ok(options
        .application_name(&format!("orderwatch {schema}"))
        .options([
            ("search_path", schema),
            ("idle_in_transaction_session_timeout", "60s"),
            ("lock_timeout", "20s"),
        ]))
}

fn shown_host(options: &PgConnectOptions) -> String {
    format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    )
}

/// A server that is starting, or not there yet, is waited for; one that refuses
/// the user or has no such database is not.
async fn await_server(
    options: &PgConnectOptions,
    host: &str,
    patience: Duration,
) -> Result<(), Error> {
    let started = Instant::now();
    let mut delay = Duration::from_millis(100);
    loop {
        let error = match PgConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) => error,
        };
        let may_come = database_kind(&error) == ErrorKind::Unavailable;
        if !may_come || started.elapsed() + delay > patience {
            return Err(Error::DatabaseUnreachable {
                host: host.to_owned(),
                reason: error.to_string(),
            });
        }
        warn!(database.host = host, error = %error, retry.ms = delay.as_millis(), "database does not answer yet");
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(Duration::from_secs(3));
    }
}
