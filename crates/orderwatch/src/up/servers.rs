//! PostgreSQL and nats-server: our own, kept running, or somebody else's,
//! only looked for.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tonic::transport::Uri;

use super::Options;
use super::child::{Server, Supervisor, last_words};
use super::directory::Directory;
use super::nats::Nats;
use super::ports::Ports;
use super::postgres::{Installation, make_database};
use crate::failure::{Exit, Failure};
use crate::progress::note;

/// How long a private server may take until it answers; crash recovery of a
/// large database takes a while.
const PRIVATE_START: Duration = Duration::from_secs(120);
/// How long somebody else's server may take until it answers.
const FOREIGN_START: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Both servers.
pub(crate) struct Servers {
    postgres: Option<Supervisor>,
    nats: Option<Supervisor>,
    postgres_url: String,
    nats_url: String,
}

impl Servers {
    /// Starts what is ours, and waits until both answer.
    ///
    /// # Errors
    ///
    /// A server that does not answer, with the last lines of its log.
    pub(crate) async fn start(
        directory: &Directory,
        installation: Option<Installation>,
        ports: Ports,
        options: &Options,
    ) -> Result<Self, Failure> {
        let postgres = private_or_foreign_postgres(directory, installation, ports, options);
        let nats = private_or_foreign_nats(directory, ports, options);
        let ((postgres, postgres_url), (nats, nats_url)) = tokio::try_join!(postgres, nats)?;
        Ok(Self {
            postgres,
            nats,
            postgres_url,
            nats_url,
        })
    }

    /// Where PostgreSQL is, password included.
    pub(crate) fn postgres_url(&self) -> &str {
        &self.postgres_url
    }

    /// Where nats-server is.
    pub(crate) fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// Stops what is ours: first the broker, then the database.
    pub(crate) async fn stop(self) {
        for supervisor in [self.nats, self.postgres].into_iter().flatten() {
            supervisor.stop().await;
        }
    }
}

async fn private_or_foreign_postgres(
    directory: &Directory,
    installation: Option<Installation>,
    ports: Ports,
    options: &Options,
) -> Result<(Option<Supervisor>, String), Failure> {
    if let Some(url) = &options.postgres_url {
        let connect = async || PgConnection::connect(url).await?.close().await;
        answered(FOREIGN_START, connect)
            .await
            .map_err(|error| unreachable("PostgreSQL", url, &error))?;
        return Ok((None, url.clone()));
    }
    let Some(installation) = installation else {
        return Err(Failure::new(
            Exit::Internal,
            "PostgreSQL was not looked for",
        ));
    };
    note("starting PostgreSQL");
    let server = installation.server(ports.postgres()).await?;
    let (url, maintenance) = (server.url(), server.maintenance_url());
    let supervisor = Supervisor::start(server);
    match answered(PRIVATE_START, async || make_database(&maintenance).await).await {
        Ok(()) => Ok((Some(supervisor), url)),
        Err(error) => Err(silent(directory, "postgres", supervisor, &error).await),
    }
}

async fn private_or_foreign_nats(
    directory: &Directory,
    ports: Ports,
    options: &Options,
) -> Result<(Option<Supervisor>, String), Failure> {
    if let Some(url) = &options.nats_url {
        let first = url.split(',').next().unwrap_or(url).trim();
        let address = nats_address(first).ok_or_else(|| {
            Failure::invalid(format!(
                "{} is not an address; write nats://host:4222",
                without_secrets(url)
            ))
        })?;
        answered(FOREIGN_START, async || greeting(&address).await)
            .await
            .map_err(|error| unreachable("nats-server", first, &error))?;
        return Ok((None, url.clone()));
    }
    note("starting nats-server");
    let server = Nats::new(directory, ports.nats())?;
    let url = server.url();
    let name = server.recipe().name;
    let supervisor = Supervisor::start(server);
    let address = format!("127.0.0.1:{}", ports.nats());
    match answered(PRIVATE_START, async || greeting(&address).await).await {
        Ok(()) => Ok((Some(supervisor), url)),
        Err(error) => Err(silent(directory, name, supervisor, &error).await),
    }
}

/// Asks until there is an answer, or the time is up.
async fn answered<E, F>(limit: Duration, mut ask: F) -> Result<(), E>
where
    F: AsyncFnMut() -> Result<(), E>,
{
    let deadline = Instant::now() + limit;
    loop {
        match ask().await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// A nats-server greets whoever connects with its `INFO`.
async fn greeting(address: &str) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    let mut line = String::new();
    let mut reader = BufReader::new(stream);
    tokio::time::timeout(Duration::from_secs(5), reader.read_line(&mut line)).await??;
    if line.starts_with("INFO ") {
        return Ok(());
    }
    Err(std::io::Error::other(
        "what listens there is no nats-server",
    ))
}

fn nats_address(url: &str) -> Option<String> {
    let uri: Uri = if url.contains("://") {
        url.parse()
    } else {
        format!("nats://{url}").parse()
    }
    .ok()?;
    Some(format!(
        "{}:{}",
        uri.host()?,
        uri.port_u16().unwrap_or(4222)
    ))
}

/// An address as it may be shown: host and port, no user, no password.
pub(crate) fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if scheme.is_empty() {
        host.to_owned()
    } else {
        format!("{scheme}://{host}")
    }
}

fn unreachable(what: &str, url: &str, error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Unavailable, format!("cannot use {what}: {error}"))
        .at(without_secrets(url))
        .remedy("correct the address, start that server, or leave the address out to have a private one")
}

async fn silent(
    directory: &Directory,
    name: &str,
    supervisor: Supervisor,
    error: &dyn std::error::Error,
) -> Failure {
    supervisor.stop().await;
    let log = directory.log(name);
    Failure::new(
        Exit::Unavailable,
        format!("{name} does not answer: {error}"),
    )
    .at(log.display().to_string())
    .detail(last_words(&log))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::up::account::Account;
    use crate::up::ports::Private;

    #[test]
    fn addresses_are_shown_without_secrets() {
        assert_eq!(
            without_secrets("postgres://orderwatch:secret@db:5432/orderwatch?x=y"),
            "postgres://db:5432"
        );
        assert_eq!(without_secrets("nats://a@b:4222"), "nats://b:4222");
        assert_eq!(
            nats_address("nats://user:word@broker").unwrap(),
            "broker:4222"
        );
    }

    async fn up(directory: &Directory) -> (Servers, Ports) {
        let options = Options {
            data_dir: directory.path().to_owned(),
            port_base: None,
            clock: None,
            config: None,
            postgres_url: None,
            nats_url: None,
        };
        let installation = Installation::find(directory).await.unwrap();
        crate::up::nats::stop_orphan(directory).await;
        let ports = free_ports();
        let servers = Servers::start(directory, Some(installation), ports, &options);
        (servers.await.unwrap(), ports)
    }

    /// Ports below those that the system hands out, so that tests beside each
    /// other do not race for them.
    fn free_ports() -> Ports {
        let private = Private {
            postgres: true,
            nats: true,
        };
        let mut base = 12_000 + (std::process::id() % 500) as u16 * 40;
        loop {
            base += 20;
            if let Ok(ports) = Ports::choose(Some(base), None, private) {
                return ports;
            }
        }
    }

    async fn count(url: &str) -> Result<i64, sqlx::Error> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_scalar("select count(*) from kept")
            .fetch_one(&mut connection)
            .await
    }

    fn kill(pid_file: &std::path::Path, mark: &str) {
        let orphan = crate::up::process::Orphan::find(pid_file, mark).unwrap();
        let pid = rustix::process::Pid::from_raw(orphan.id()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn servers_killed_again_and_again_come_back_with_everything_committed() {
        // PostgreSQL's account must be able to enter when the tests run as root.
        let everybody_enters = std::fs::Permissions::from_mode(0o755);
        let mut builder = tempfile::Builder::new();
        let folder = builder.permissions(everybody_enters).tempdir().unwrap();
        let directory = Directory::open(folder.path()).unwrap();
        let data = directory
            .folder_of(Account::unprivileged().unwrap().as_ref())
            .unwrap();
        let (servers, ports) = up(&directory).await;
        let url = servers.postgres_url().to_owned();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::query("create table kept (id int)")
            .execute(&mut connection)
            .await
            .unwrap();
        for round in 1..=3 {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::query("insert into kept values (1)")
                .execute(&mut connection)
                .await
                .unwrap();
            kill(&data.join("data/postmaster.pid"), "postgres");
            kill(&directory.path().join("nats.pid"), "nats-server");
            let address = format!("127.0.0.1:{}", ports.nats());
            answered(PRIVATE_START, async || greeting(&address).await)
                .await
                .unwrap();
            answered(PRIVATE_START, async || count(&url).await.map(drop))
                .await
                .unwrap();
            assert_eq!(count(&url).await.unwrap(), round);
        }
        servers.stop().await;
        assert!(!data.join("data/postmaster.pid").exists());
        let (servers, _) = up(&directory).await;
        assert_eq!(count(servers.postgres_url()).await.unwrap(), 3);
        servers.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_broker_whose_store_is_deleted_starts_with_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::open(folder.path()).unwrap();
        let nats = Nats::new(&directory, free_ports().nats() + 5).unwrap();
        let address = format!("127.0.0.1:{}", nats.url().rsplit_once(':').unwrap().1);
        let supervisor = Supervisor::start(nats);
        let store = directory.path().join("nats/jetstream");
        let present = async || std::fs::metadata(&store).map(drop);
        answered(PRIVATE_START, async || greeting(&address).await)
            .await
            .unwrap();
        answered(PRIVATE_START, present).await.unwrap();
        // The supervisor must have seen the store once before it can miss it.
        tokio::time::sleep(Duration::from_secs(1)).await;
        std::fs::remove_dir_all(directory.path().join("nats")).unwrap();
        answered(PRIVATE_START, present).await.unwrap();
        answered(PRIVATE_START, async || greeting(&address).await)
            .await
            .unwrap();
        supervisor.stop().await;
    }
}
