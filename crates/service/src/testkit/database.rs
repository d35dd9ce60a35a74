//! A fresh database on the PostgreSQL of the environment.

use std::hash::{DefaultHasher, Hash, Hasher};

use secrecy::SecretString;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

use super::environment;
use crate::config::PostgresSettings;
use crate::database::{Database, OWN_SCHEMA};

/// Where the tests find PostgreSQL.
const URL: &str = "ORDERWATCH_TEST_POSTGRES_URL";

/// A database of its own, dropped at the end.
pub struct TestDatabase {
    admin_url: String,
    name: String,
    url: String,
    database: Option<Database>,
}

impl TestDatabase {
    /// Creates a database with the schema and its migrations.
    ///
    /// # Panics
    /// When PostgreSQL is missing or refuses.
    pub async fn create(schema: &str, migrator: &'static Migrator) -> Self {
        let mut created = Self::migrated(schema, migrator).await;
        created.database = Some(created.connect(schema, migrator).await);
        created
    }

    /// Creates a database with the schema and its migrations, to which nobody is connected.
    ///
    /// # Panics
    /// When PostgreSQL is missing or refuses.
    pub async fn migrated(schema: &str, migrator: &'static Migrator) -> Self {
        let template = template(schema, migrator).await;
        Self::new(&format!(" TEMPLATE {template}")).await
    }

    /// Creates a database at an older version of its schema, puts rows of that time into it, and
    /// brings it up to date.
    ///
    /// # Panics
    /// When PostgreSQL is missing or refuses.
    pub async fn aged(
        schema: &str,
        migrator: &'static Migrator,
        version: i64,
        rows: &'static str,
    ) -> Self {
        let older = migrator.iter().filter(|it| it.version <= version).cloned();
        let older = Box::leak(Box::new(Migrator::with_migrations(older.collect())));
        let mut created = Self::empty().await;
        let database = created.connect(schema, older).await;
        let filled = database.pool().execute(rows).await;
        filled.expect("rows of an older version");
        database.pool().close().await;
        created.database = Some(created.connect(schema, migrator).await);
        created
    }

    /// Creates a database without anything in it.
    ///
    /// # Panics
    /// When PostgreSQL is missing or refuses.
    pub async fn empty() -> Self {
        Self::new("").await
    }

    async fn new(like: &str) -> Self {
        let (admin_url, mut connection) = admin().await;
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}{like}")))
            .await
            .expect("create a test database");
        let mut url = url::Url::parse(&admin_url).expect("URL of the test database");
        url.set_path(&name);
        Self {
            admin_url,
            name,
            url: url.into(),
            database: None,
        }
    }

    /// Connects to a schema of it.
    ///
    /// # Panics
    /// When the migrations fail.
    pub async fn connect(&self, schema: &str, migrator: &'static Migrator) -> Database {
        let url = SecretString::from(self.url.clone());
        let settings = PostgresSettings {
            url,
            max_connections: 6,
            ..PostgresSettings::default()
        };
        let database = Database::connect(&settings, schema, migrator)
            .await
            .expect("connect to the test database");
        database
            .maintain_partitions(30)
            .await
            .expect("partitions of the test database");
        database
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The schema it was created with.
    ///
    /// # Panics
    /// When it was created empty.
    #[must_use]
    pub fn database(&self) -> &Database {
        self.database
            .as_ref()
            .expect("TestDatabase::empty has no schema; use create or connect")
    }

    /// The pool of that schema.
    ///
    /// # Panics
    /// When it was created empty.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.database().pool()
    }
}

/// A connection by which databases are created.
async fn admin() -> (String, PgConnection) {
    let url = environment(URL);
    match PgConnection::connect(&url).await {
        Ok(connection) => (url, connection),
        Err(error) => {
            panic!("no PostgreSQL at {URL}={url}: {error}; run the tests by ./scripts/test")
        }
    }
}

/// Name of the database that those with this schema are copied from, which is made when it is
/// first needed: whoever else needs it waits, and it has its name once it is whole. It stays.
async fn template(schema: &str, migrator: &'static Migrator) -> String {
    let mut hasher = DefaultHasher::new();
    OWN_SCHEMA.hash(&mut hasher);
    for migration in migrator.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    let name = format!("template_{schema}_{:016x}", hasher.finish());
    let (_, mut connection) = admin().await;
    sqlx::query("SELECT pg_advisory_lock(hashtext($1))")
        .bind(&name)
        .execute(&mut connection)
        .await
        .expect("wait for the template");
    let made = sqlx::query("SELECT FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .expect("look for the template");
    if made.is_none() {
        let unfinished = TestDatabase::empty().await;
        let database = unfinished.connect(schema, migrator).await;
        database.pool().close().await;
        let rename = format!("ALTER DATABASE {} RENAME TO {name}", unfinished.name);
        connection
            .execute(AssertSqlSafe(rename))
            .await
            .expect("name the template");
    }
    name
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (admin_url, name) = (self.admin_url.clone(), self.name.clone());
        // The test's own runtime may be ending, so the drop has one of its own.
        let dropped = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            else {
                return;
            };
            runtime.block_on(async {
                if let Ok(mut connection) = PgConnection::connect(&admin_url).await {
                    let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    let _ = connection.execute(AssertSqlSafe(statement)).await;
                }
            });
        });
        let _ = dropped.join();
    }
}
